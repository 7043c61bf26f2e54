"""Care team members."""

import uuid

from django.db import models
from django.db.models.functions import Lower

from accounts.models import Account
from eligibility.models.facility import Facility
from eligibility.models.team import CareTeam


class StaffMember(models.Model):
    """Somebody who works at a facility. The account may come later than the record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff_id = models.CharField(max_length=40, unique=True)
    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="staff_member"
    )
    name = models.CharField(max_length=1000)
    email = models.EmailField(blank=True)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="staff")
    title = models.CharField(max_length=1000, blank=True)
    is_active = models.BooleanField(default=True)
    # What the staff feed last said of activity and teams ("no", or "A;B|A": teams, then those led): only
    # a difference from it is applied, so that a change by hand outlives tonight's file. None: never in a feed.
    stated_teams = models.TextField(null=True, blank=True, editable=False)  # noqa: DJ001 - None is not "no teams"

    class Meta:
        ordering = (Lower("name"), "staff_id")

    def __str__(self) -> str:
        return f"{self.name} ({self.staff_id})"


class TeamMembership(models.Model):
    """A staff member in a care team; removed memberships are kept with their end."""

    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="memberships")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="memberships")
    is_lead = models.BooleanField("triage lead", default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("team", "staff")
        constraints = (
            models.UniqueConstraint(
                fields=("team", "staff"), condition=models.Q(ended_at__isnull=True), name="membership_once"
            ),
        )

    def __str__(self) -> str:
        return f"membership {self.pk}"
