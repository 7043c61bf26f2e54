"""One text to many veterans: separate conversations, made one after the other in the background."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, VeteranRecord
from eligibility.models import CareTeam, Facility, Relation, StaffMember
from messaging.models.conversation import Category, Conversation
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class BroadcastState(models.TextChoices):
    """Where a broadcast stands."""

    DRAFT = "draft", "Draft"
    CHECKING = "checking", "Checking who can get it"
    READY = "ready", "Ready to send"
    SENDING = "sending", "Being sent"
    DONE = "done", "Sent"
    STOPPED = "stopped", "Stopped"


# A worker has something to do.
RUNNING = (BroadcastState.CHECKING, BroadcastState.SENDING)


class Source(models.TextChoices):
    """How its veterans are chosen."""

    LIST = "list", "A list of ICNs"
    ASSOCIATIONS = "associations", "Veterans assigned to the team"


class Broadcast(SealedModel):
    """The text, sealed under the facility's key until each conversation has its own, and where it stands.

    `version` grows with every save of the draft, as a Draft's does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="broadcasts")
    # Whose key seals it: the team's facility when it was begun.
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    author_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=BroadcastState.choices, default=BroadcastState.DRAFT)
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    subject_sealed = SealedTextField(null=True)
    body_sealed = SealedTextField(null=True)
    # Ids of the health library's links while it is written; the cards that everybody gets once it is confirmed.
    links_sealed = SealedTextField(null=True)
    cards_sealed = SealedTextField(null=True)
    source = models.CharField(max_length=15, choices=Source.choices, default=Source.LIST)
    # What was pasted or uploaded: it may hold anything, so it is sealed, and gone once the text is sent.
    list_sealed = SealedTextField(null=True)
    relation = models.CharField(max_length=20, choices=Relation.choices, blank=True)
    registered_at = models.ForeignKey(Facility, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Lines of the list that named somebody for the second time.
    repeated = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Why it was stopped before its end: by somebody, or because its author may no longer write to many.
    end_reason = models.CharField(max_length=20, blank=True)

    objects: ClassVar[models.Manager["Broadcast"]]

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=("updated_at",), condition=Q(state__in=("checking", "sending")), name="broadcast_running"
            ),
            models.Index(fields=("team", "-created_at", "-id"), name="broadcast_of_team"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=BroadcastState.values), name="broadcast_state_known"),
            models.UniqueConstraint(fields=("team",), condition=Q(state="sending"), name="broadcast_one_sending"),
            models.UniqueConstraint(
                fields=("team", "author_staff"), condition=Q(state="draft"), name="broadcast_one_draft"
            ),
        )

    def __str__(self) -> str:
        return f"broadcast {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.FACILITY, self.facility.key_owner_id)


class RecipientState(models.TextChoices):
    """Where one of its veterans stands."""

    UNCHECKED = "unchecked", "Not checked yet"
    PENDING = "pending", "Will get it"
    SENT = "sent", "Got it"
    LEFT_OUT = "left_out", "Did not get it"


class BroadcastRecipient(SealedModel):
    """One line of a broadcast. Its id is the draft id of the message that it becomes: never twice.

    `record` is empty for a line that means no veteran; `given` is what the line said.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    broadcast = models.ForeignKey(Broadcast, on_delete=models.CASCADE, related_name="recipients")
    position = models.PositiveIntegerField()
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, null=True, related_name="+")
    given_sealed = SealedTextField(null=True)
    state = models.CharField(max_length=10, choices=RecipientState.choices, default=RecipientState.UNCHECKED)
    reason = models.CharField(max_length=30, blank=True)
    conversation = models.OneToOneField(Conversation, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["BroadcastRecipient"]]

    class Meta:
        ordering = ("broadcast", "position")
        indexes = (models.Index(fields=("broadcast", "state", "position"), name="broadcast_recipients"),)
        constraints = (
            models.UniqueConstraint(fields=("broadcast", "record"), name="broadcast_each_once"),
            models.UniqueConstraint(fields=("broadcast", "position"), name="broadcast_position_once"),
            models.CheckConstraint(
                condition=Q(state="sent", conversation__isnull=False) | ~Q(state="sent") & Q(conversation__isnull=True),
                name="broadcast_sent_paired",
            ),
            models.CheckConstraint(
                condition=Q(state="left_out") & ~Q(reason="") | ~Q(state="left_out") & Q(reason=""),
                name="broadcast_reason_paired",
            ),
        )

    def __str__(self) -> str:
        return f"broadcast recipient {self.id}"

    def sealing_owner(self) -> Owner:
        return self.broadcast.sealing_owner()
