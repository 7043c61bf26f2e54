"""The 3-business-day clock."""

import uuid

from django.db import models
from django.db.models import Q

from eligibility.models import StaffMember
from messaging.models.conversation import Conversation


class ObligationEnd(models.TextChoices):
    """How a clock stopped."""

    ANSWERED = "answered", "Answered"
    HANDLED = "handled", "Completed without a reply"
    WITHDRAWN = "withdrawn", "No longer needed, said the veteran"
    # An answer before it was withdrawn as sent in error: the clock that this answer had stopped runs on for both.
    JOINED = "joined", "Goes on in an earlier clock"


class Obligation(models.Model):
    """A veteran's unanswered message waits for the team.

    Steps (reminder, overdue, escalation) are instants computed from `started_at` in the facility's
    business time; `…_at` says when each falls due, `…_done_at` when it was taken, once.
    `next_step_at` is the earliest step not yet taken: what the sweep looks for. Deadlines follow
    domain rules, section 6.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="obligations")
    started_at = models.DateTimeField()
    remind_at = models.DateTimeField()
    due_at = models.DateTimeField()
    escalate_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    next_step_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=ObligationEnd.choices, blank=True)
    # Business minutes from start to answer, by the calendar of that moment; only for answers: what reports count.
    answered_minutes = models.PositiveIntegerField(null=True, blank=True)
    ended_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("started_at", "id")
        indexes = (
            models.Index(
                fields=("next_step_at",),
                condition=Q(ended_at__isnull=True, next_step_at__isnull=False),
                name="obligation_due_steps",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("conversation",), condition=Q(ended_at__isnull=True), name="obligation_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False) & ~Q(end=""),
                name="obligation_end_paired",
            ),
            models.CheckConstraint(
                condition=Q(remind_at__lte=models.F("due_at")) & Q(due_at__lte=models.F("escalate_at")),
                name="obligation_steps_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"obligation {self.id}"
