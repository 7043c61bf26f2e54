"""How somebody signs in, and what that proves."""

import uuid

from django.db import models

from accounts.models.account import Account


class CredentialKind(models.TextChoices):
    """The credential services."""

    MHV = "mhv", "My HealtheVet"
    DSLOGON = "dslogon", "DS Logon"
    IDME = "idme", "ID.me"
    LOGINGOV = "logingov", "Login.gov"
    STAFF = "staffsso", "Staff single sign-on"


class Level(models.TextChoices):
    """Each service's own levels; accounts.tiers.tier_of maps them to a tier."""

    BASIC = "basic", "Basic"
    ADVANCED = "advanced", "Advanced"
    PREMIUM = "premium", "Premium"
    DSLOGON1 = "1", "Level 1 (Basic)"
    DSLOGON2 = "2", "Level 2 (Premium)"
    LOA1 = "loa1", "LOA1 / IAL1"
    LOA3 = "loa3", "LOA3 / IAL2"
    IAL1 = "ial1", "IAL1"
    IAL2 = "ial2", "IAL2"
    UNKNOWN = "unknown", "Unknown"


class Credential(models.Model):
    """One account's credential at one service. A My HealtheVet credential is the account itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=10, choices=CredentialKind.choices)
    # (issuer, subject) is the provider's name for the person; an email address never is.
    issuer = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=300)
    level = models.CharField(max_length=10, choices=Level.choices)
    linked_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    unlinked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "linked_at")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "issuer", "subject"),
                condition=models.Q(unlinked_at__isnull=True),
                name="credential_subject_unique",
            ),
            models.UniqueConstraint(
                fields=("account",),
                condition=models.Q(kind=CredentialKind.MHV, unlinked_at__isnull=True),
                name="credential_one_mhv",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} credential {self.id}"
