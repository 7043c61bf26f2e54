"""When staff are away, and who stands in for them meanwhile."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Account
from eligibility.models import CareTeam, StaffMember
from eligibility.models.facts import never_overlapping


class AbsenceNote(models.TextChoices):
    """What colleagues are told. Fixed words: nobody can write here why somebody is ill."""

    LEAVE = "leave", "On leave"
    TRAINING = "training", "In training"
    OTHER_DUTY = "other_duty", "On other duty"


class Absence(models.Model):
    """Whole local dates, both inclusive, in the person's own time zone.

    Instants are not stored: when the zone changes, the dates mean other instants from then on
    (messaging.absence.cover computes them).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="absences")
    first_date = models.DateField()
    last_date = models.DateField()
    note = models.CharField(max_length=20, choices=AbsenceNote.choices, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    # Called off or ended early; from then on the row is history.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("first_date", "id")
        constraints = (
            models.CheckConstraint(condition=Q(last_date__gte=F("first_date")), name="absence_ends_after_start"),
            never_overlapping(
                "absence_never_overlaps",
                "staff",
                start="first_date",
                end="last_date",
                condition=Q(ended_at__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=("staff", "last_date"), condition=Q(ended_at__isnull=True), name="absence_in_force"),
        )

    def __str__(self) -> str:
        return f"absence {self.id}"


class Surrogate(models.Model):
    """Who stands in for an absent person in one team: another member of it (ADR 0027)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    absence = models.ForeignKey(Absence, on_delete=models.PROTECT, related_name="surrogates")
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="+")
    surrogate = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="stands_in")

    class Meta:
        ordering = ("absence", "team")
        constraints = (models.UniqueConstraint(fields=("absence", "team"), name="surrogate_once_per_team"),)

    def __str__(self) -> str:
        return f"surrogate {self.id}"
