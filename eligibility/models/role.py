"""Roles beside care: administrators, privacy officers, auditors."""

from django.db import models

from accounts.models import Account
from eligibility.models.facility import Facility


class Role(models.TextChoices):
    """What somebody may do in the admin."""

    ADMINISTRATOR = "administrator", "Administrator"
    PRIVACY_OFFICER = "privacy_officer", "Privacy officer"
    AUDITOR = "auditor", "Auditor"


class RoleGrant(models.Model):
    """A role at one facility (and its children), or everywhere when the facility is empty."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, null=True, blank=True, related_name="role_grants")
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("account", "role")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "role", "facility"),
                condition=models.Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="role_grant_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} grant {self.pk}"
