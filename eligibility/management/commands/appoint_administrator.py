"""``manage.py appoint_administrator USERNAME EMAIL``: the first national administrator of an installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.actions import create_staff_account
from accounts.models import Account
from eligibility.actions.roles import grant_role
from eligibility.models import Role
from smportal.actor import Actor
from smportal.errors import DomainError


class Command(BaseCommand):
    """Opens a staff account with the national administrator's role; whoever can run it holds the keys anyway."""

    help = "Open a staff account without a password and make it a national administrator. Audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("email")

    def handle(self, *args: Any, username: str, email: str, **options: Any) -> None:
        """Raise CommandError in one line for a taken user name or a wrong address."""
        actor = Actor.system("appoint_administrator")
        try:
            validate_email(email)
            with transaction.atomic():
                account: Account = create_staff_account(actor=actor, username=username, email=email)
                grant_role(actor=actor, account_id=account.id, role=Role.ADMINISTRATOR, facility_id=None)
        except DomainError as error:
            raise CommandError(error.text) from None
        except ValidationError:
            raise CommandError(f"{email} is not an email address") from None
        self.stdout.write(
            f"{username} is a national administrator now. They set a password with “Forgot your password?” "
            "on the sign-in page, then a second factor."
        )
