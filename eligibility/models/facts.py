"""Effective-dated facts that the feeds bring. From and until are inclusive local dates; an empty end is open.

`stated_…` is what the feed said; the column without it is what follows (a new open period closes the
earlier open one on the day before). Loading compares stated values, so that order and repetition
change nothing. The database refuses overlaps.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Value

from accounts.models import VeteranRecord
from eligibility.models.facility import Facility
from eligibility.models.team import CareTeam


def _period(start: str, end: str) -> Func:
    return Func(F(start), F(end), Value("[]"), function="daterange", output_field=DateRangeField())


def never_overlapping(
    name: str, *same: str, start: str, end: str, condition: models.Q | None = None
) -> ExclusionConstraint:
    """Return the constraint that refuses two overlapping periods of the same subject."""
    pairs: list[tuple[F | Func | str, str]] = [(field, RangeOperators.EQUAL) for field in same]
    return ExclusionConstraint(
        name=name, expressions=[*pairs, (_period(start, end), RangeOperators.OVERLAPS)], condition=condition
    )


class Enrollment(models.Model):
    """Enrollment in VA health care. Only `enrolled` counts. "Today" is US Eastern."""

    class Status(models.TextChoices):
        ENROLLED = "enrolled", "Enrolled"
        PENDING = "pending", "Pending"
        REJECTED = "rejected", "Rejected"
        CANCELLED = "cancelled", "Cancelled"

    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="enrollments")
    status = models.CharField(max_length=10, choices=Status.choices)
    priority_group = models.PositiveSmallIntegerField(null=True, blank=True)
    effective_date = models.DateField()
    stated_end_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("record", "effective_date")
        constraints = (
            models.UniqueConstraint(fields=("record", "effective_date"), name="enrollment_key"),
            never_overlapping("enrollment_never_overlaps", "record", start="effective_date", end="end_date"),
        )

    def __str__(self) -> str:
        return f"enrollment {self.pk}"


class Registration(models.Model):
    """Registration as a patient at a facility. "Today" is in the facility's zone."""

    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="registrations")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="registrations")
    registered_on = models.DateField()
    stated_ended_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("record", "facility", "registered_on")
        constraints = (
            models.UniqueConstraint(fields=("record", "facility", "registered_on"), name="registration_key"),
            never_overlapping(
                "registration_never_overlaps", "record", "facility", start="registered_on", end="ended_on"
            ),
        )

    def __str__(self) -> str:
        return f"registration {self.pk}"


class Participation(models.Model):
    """A provider's agreement to use secure messaging with one team; it may name staff not yet loaded."""

    staff_id = models.CharField(max_length=40)
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(max_length=1000, blank=True)
    opted_in = models.BooleanField()
    effective_from = models.DateField()
    stated_until = models.DateField(null=True, blank=True)
    effective_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("team", "staff_id", "effective_from")
        constraints = (
            models.UniqueConstraint(fields=("staff_id", "team", "effective_from"), name="participation_key"),
            never_overlapping(
                "participation_never_overlaps",
                "staff_id",
                "team",
                start="effective_from",
                end="effective_until",
                # Ended by a removal before it began: it keeps its row, with the day before its start as its end.
                condition=models.Q(effective_until__isnull=True)
                | models.Q(effective_until__gte=models.F("effective_from")),
            ),
        )

    def __str__(self) -> str:
        return f"participation {self.pk}"


class Relation(models.TextChoices):
    """Why a veteran may write to a team."""

    PRIMARY_CARE = "primary_care", "Primary care"
    CLINIC = "clinic", "Clinic"
    MANUAL = "manual", "Added by hand"


class Association(models.Model):
    """A veteran may write to a care team."""

    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="associations")
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="associations")
    relation = models.CharField(max_length=20, choices=Relation.choices)
    effective_from = models.DateField()
    stated_until = models.DateField(null=True, blank=True)
    effective_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("record", "team", "effective_from")
        constraints = (
            models.UniqueConstraint(fields=("record", "team", "relation", "effective_from"), name="association_key"),
            never_overlapping(
                "association_never_overlaps",
                "record",
                "team",
                "relation",
                start="effective_from",
                end="effective_until",
            ),
        )

    def __str__(self) -> str:
        return f"association {self.pk}"
