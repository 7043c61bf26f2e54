"""Conversations that went from one care team to another."""

import uuid
from typing import ClassVar

from django.db import models

from eligibility.models import CareTeam, StaffMember
from messaging.models.conversation import Conversation


class HandOver(models.Model):
    """One hand-over: both sides see it in the conversation. A trigger refuses every change.

    The id is the form's key, so that a form posted twice hands over once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="handovers")
    from_team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="+")
    to_team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="+")
    by_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField()

    objects: ClassVar[models.Manager["HandOver"]]

    class Meta:
        ordering = ("handed_at", "id")
        indexes = (models.Index(fields=("conversation", "handed_at"), name="handover_of_conversation"),)
        constraints = (
            models.CheckConstraint(condition=~models.Q(from_team=models.F("to_team")), name="handover_to_another_team"),
        )

    def __str__(self) -> str:
        return f"hand-over {self.id}"
