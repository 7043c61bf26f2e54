"""Where each repeated task stands: the slot that was taken last, and how the last run ended."""

from django.db import models
from django.db.models import Q


class Outcome(models.TextChoices):
    """How a run ended."""

    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class JobSlot(models.Model):
    """One row for each job of the schedule; written by smportal.jobs.slots alone."""

    name = models.CharField(max_length=60, primary_key=True)
    # The number of the newest slot that a run has taken.
    slot = models.BigIntegerField()
    # The run that has it; none once that run has ended.
    run_id = models.UUIDField(null=True)
    claimed_at = models.DateTimeField()
    # How often this slot was taken: more than once only when a run failed or died.
    attempts = models.PositiveSmallIntegerField()
    runs = models.PositiveBigIntegerField(help_text="how often a slot was taken, ever")
    # Runs that began and never said how they ended, or have not yet.
    unfinished = models.PositiveBigIntegerField()
    # How the run that ended last ended.
    ended_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    count = models.PositiveIntegerField(null=True, help_text="how many things the run dealt with")
    error = models.CharField(max_length=80, blank=True, help_text="the name of the exception's class, nothing else")
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome.values]), name="job_outcome_known"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | Q(ended_at__isnull=False) & ~Q(outcome=""),
                name="job_end_paired",
            ),
        )

    def __str__(self) -> str:
        return f"job {self.name}"
