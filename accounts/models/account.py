"""Sign-in accounts."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models.record import VeteranRecord


class AccountKind(models.TextChoices):
    """Somebody who is both has two accounts."""

    VETERAN = "veteran", "Veteran"
    STAFF = "staff", "Staff"


class MessageOrder(models.TextChoices):
    """How the messages of a conversation stand on the page."""

    OLDEST_FIRST = "oldest", _("Oldest first")
    NEWEST_FIRST = "newest", _("Newest first")


class EmailChoice(models.TextChoices):
    """Which emails somebody wants (domain rules, section 8); some kinds are sent whatever is chosen."""

    NONE = "none", "None"
    EACH = "each", "Each message"
    DAILY = "daily", "Once a day"
    ASSIGNED = "assigned", "When a conversation is assigned to me"


DEFAULT_CHOICES = {AccountKind.VETERAN: EmailChoice.EACH, AccountKind.STAFF: EmailChoice.ASSIGNED}
DEFAULT_DIGEST_HOUR = 8


class AccountManager(BaseUserManager["Account"]):
    """What Django and allauth ask of a manager; accounts are made by accounts.actions."""

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(username__iexact=username)


class Account(AbstractBaseUser):
    """Somebody who signs in. Rights come from roles and memberships, never from flags here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=AccountKind.choices, default=AccountKind.VETERAN)
    username = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    preferred_name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    record = models.OneToOneField(
        VeteranRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="account"
    )
    time_zone = models.CharField(max_length=64, blank=True, help_text="IANA name; empty: the facility's")
    language = models.CharField(max_length=10, blank=True, default="", help_text="What was chosen; empty: nothing yet")
    message_order = models.CharField(
        max_length=10,
        choices=MessageOrder.choices,
        default=MessageOrder.OLDEST_FIRST,
        db_default=MessageOrder.OLDEST_FIRST,
    )
    email_choice = models.CharField(
        max_length=10,
        choices=EmailChoice.choices,
        blank=True,
        default="",
        db_default="",
        help_text="empty: the default of the kind",
    )
    digest_hour = models.PositiveSmallIntegerField(
        default=DEFAULT_DIGEST_HOUR,
        db_default=DEFAULT_DIGEST_HOUR,
        help_text="When the daily email is due, in the account's own zone",
    )
    # Care team members only. Somebody who speaks to the computer, or whose hand slips, turns them off (WCAG 2.1.4).
    shortcut_keys = models.BooleanField(default=True, db_default=True, help_text="single keys do things")
    created_at = models.DateTimeField()

    objects = AccountManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = (
            models.UniqueConstraint(Lower("username"), name="account_username_unique"),
            models.CheckConstraint(
                condition=models.Q(kind=AccountKind.VETERAN) | models.Q(record__isnull=True),
                name="account_staff_has_no_record",
            ),
            models.CheckConstraint(condition=models.Q(digest_hour__lte=23), name="account_digest_hour"),
            # Nothing is assigned to a veteran.
            models.CheckConstraint(
                condition=models.Q(kind=AccountKind.STAFF) | ~models.Q(email_choice=EmailChoice.ASSIGNED),
                name="account_veteran_choice",
            ),
        )

    def __str__(self) -> str:
        return f"account {self.username}"

    @property
    def wanted_emails(self) -> EmailChoice:
        """What was chosen, else the default of the account's kind."""
        return EmailChoice(self.email_choice or DEFAULT_CHOICES[AccountKind(self.kind)])

    # Django admin asks these; the portal's admin classes decide by role (eligibility.admin_site).
    @property
    def is_staff(self) -> bool:
        return self.kind == AccountKind.STAFF

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False
