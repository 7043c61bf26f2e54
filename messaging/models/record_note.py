"""Notes for the health record: what staff chose of a conversation, on its way into the patient's chart."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import VeteranRecord
from eligibility.models import Facility, StaffMember
from messaging.models.conversation import Conversation
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class Clinic(models.Model):
    """A clinic of a facility as the health record knows it: where notes are filed. Administrators keep the list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="clinics")
    # The health record's own key of the location, such as its number there.
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[models.Manager["Clinic"]]

    class Meta:
        ordering = ("name", "code")
        constraints = (models.UniqueConstraint(fields=("facility", "code"), name="clinic_code_once"),)

    def __str__(self) -> str:
        return self.name


class NoteState(models.TextChoices):
    """Where a note stands."""

    WAITING = "waiting", "Waiting to be filed"
    FILED = "filed", "Filed"
    FAILED = "failed", "Not filed"
    DISMISSED = "dismissed", "Given up"


class RecordNote(SealedModel):
    """One note. The id is the form's key, so that a form posted twice makes one note.

    A relay claims it by moving `next_attempt_at` (its lease) ahead. `document_id` is what the health record
    knows it by: the same at every attempt, another one when the note's content is changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="record_notes")
    # Whose key seals it; whom it is filed for is looked up when it is sent: records are merged meanwhile.
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    author_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    # Name and title as they were when it was written.
    author_name = models.CharField(max_length=1000)
    author_title = models.CharField(max_length=1000, blank=True)
    message_ids = ArrayField(models.UUIDField())
    title_sealed = SealedTextField()
    text_sealed = SealedTextField()
    # Keyed: tells a form that is posted again from one with other content.
    content_digest = models.BinaryField()
    first_sent_at = models.DateTimeField(help_text="when the first of its messages was sent")
    last_sent_at = models.DateTimeField(help_text="when the last of its messages was sent")
    written_at = models.DateTimeField()
    document_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=NoteState.choices, default=NoteState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    # From here on two days are tried: when it was written, changed, or somebody had it tried again.
    owed_since = models.DateTimeField()
    # An attempt ended without a clear answer: the health record may have it although we do not know.
    may_be_there = models.BooleanField(default=False)
    # A code of ours: an HTTP status, the server's stable issue code, or a word.
    last_error = models.CharField(max_length=50, blank=True)
    filed_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=64, blank=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    dismissal_sealed = SealedTextField(null=True)

    objects: ClassVar[models.Manager["RecordNote"]]

    class Meta:
        ordering = ("written_at", "id")
        indexes = (
            models.Index(fields=("conversation", "written_at"), name="record_note_of_conversation"),
            models.Index(fields=("next_attempt_at",), condition=Q(state="waiting"), name="record_note_waiting"),
            # What is to be dealt with, for the list and its count.
            models.Index(fields=("conversation",), condition=Q(state="failed"), name="record_note_failed"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=NoteState.values), name="record_note_state_known"),
            models.CheckConstraint(
                condition=Q(state="filed", filed_at__isnull=False) | ~Q(state="filed") & Q(filed_at__isnull=True),
                name="record_note_filed_paired",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="dismissed",
                    dismissed_at__isnull=False,
                    dismissed_by__isnull=False,
                    dismissal_sealed__isnull=False,
                )
                | ~Q(state="dismissed")
                & Q(dismissed_at__isnull=True, dismissed_by__isnull=True, dismissal_sealed__isnull=True),
                name="record_note_dismissed_paired",
            ),
        )

    def __str__(self) -> str:
        return f"record note {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
