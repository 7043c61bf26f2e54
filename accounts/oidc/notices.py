"""Mails that tell somebody of a change of their account; sent once it is certain."""

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.db import transaction

from accounts.models import Account


def credential_linked(account: Account) -> None:
    """Tell that another way to sign in was added."""
    _send("account/email/credential_linked", account)


def record_unlinked(account: Account) -> None:
    """Tell that the account is not connected to a health record any more."""
    _send("account/email/record_unlinked", account)


def record_linked(account: Account) -> None:
    """Tell that the account is connected to a health record now."""
    _send("account/email/record_linked", account)


def level_raised(account: Account) -> None:
    """Tell that VA staff checked documents and made the account Premium."""
    _send("account/email/level_raised", account)


def record_unlinked_by_staff(account: Account) -> None:
    """Tell that an administrator disconnected the account from a health record."""
    _send("account/email/record_unlinked_by_staff", account)


def _send(template: str, account: Account) -> None:
    def send() -> None:
        # allauth's mails name the site by the request; outside of one there is nobody to tell.
        if context.request is not None:
            get_adapter().send_notification_mail(template, account)

    transaction.on_commit(send)
