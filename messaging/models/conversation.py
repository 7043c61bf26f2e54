"""A thread between one veteran and one care team."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import VeteranRecord
from eligibility.models import CareTeam, StaffMember
from messaging.models.folder import Folder
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind

# What a queue is sorted by: the due instant, or the last message where no clock runs.
QUEUE_AT = Coalesce("due_at", "last_message_at")
# The same instant as an expression that no index has.
QUEUE_AT_OF_FEW = Coalesce("due_at", "last_message_at", "created_at")


class Category(models.TextChoices):
    """What a conversation is about, in the veteran's words (domain rules, section 4)."""

    GENERAL = "general", _("General")
    APPOINTMENT = "appointment", _("Appointment")
    MEDICATION = "medication", _("Medication")
    TEST_RESULT = "test_result", _("Test result")
    REFERRAL = "referral", _("Referral")
    EDUCATION = "education", _("Education")
    ADMINISTRATIVE = "administrative", _("Administrative")


class State(models.TextChoices):
    """The care team's side of a conversation; messaging.workflow holds the transitions."""

    NEW = "new", "New"
    IN_PROGRESS = "in_progress", "In progress"
    ANSWERED = "answered", "Answered"
    COMPLETED = "completed", "Completed"


# Somebody of the care team has something to do.
OPEN_STATES = (State.NEW, State.IN_PROGRESS)


class Side(models.TextChoices):
    """Who wrote."""

    VETERAN = "veteran", "Veteran"
    STAFF = "staff", "Care team"


class Place(models.TextChoices):
    """Where the veteran keeps a conversation: one place for each. Sent and Drafts are views."""

    INBOX = "inbox", "Inbox"
    TRASH = "trash", "Trash"
    # One of the veteran's own: `folder` says which.
    FOLDER = "folder", "Own folder"


class Outcome(models.TextChoices):
    """How a conversation was completed."""

    ANSWERED = "answered", "Answered in a message"
    PHONED = "phoned", "Answered by phone"
    APPOINTMENT_MADE = "appointment_made", "Appointment made"
    REFERRED = "referred", "Sent to another service"
    DECEASED = "deceased", "The veteran has died"
    NO_ACTION = "no_action_needed", "No action needed"
    WITHDRAWN = "withdrawn", "No longer needed, said the veteran"


# What staff may choose; only the veteran can say that no answer is needed any more.
STAFF_OUTCOMES = [outcome for outcome in Outcome if outcome is not Outcome.WITHDRAWN]


class Conversation(SealedModel):
    """The veteran's view (`place`, `veteran_unread`) and the team's (`state`, `assignee`) of one thread.

    `due_at` repeats the open obligation's due instant, so that a queue is one indexed read;
    only messaging.response.actions writes it, in the obligation's own transaction.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="conversations")
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="conversations")
    category = models.CharField(max_length=20, choices=Category.choices)
    subject_sealed = SealedTextField()
    # The number of the first message: what a veteran reads out on the phone.
    number = models.BigIntegerField(unique=True)
    started_by = models.CharField(max_length=10, choices=Side.choices)
    # The earlier conversation that the veteran goes on with, or that `copy_of` was sent in.
    continues = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="continued_by")
    # The own message that the veteran sent to this team too.
    copy_of = models.ForeignKey("Message", on_delete=models.PROTECT, null=True, blank=True, related_name="copies")
    created_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    last_from = models.CharField(max_length=10, choices=Side.choices)
    message_count = models.PositiveIntegerField(default=0)
    # Whether any message of it has a file: for lists and search, which must not decrypt to know.
    # Files that the veteran sees; a message says by itself how many it has.
    has_attachment = models.BooleanField(default=False)
    # The veteran's view
    place = models.CharField(max_length=10, choices=Place.choices, default=Place.INBOX)
    folder = models.ForeignKey(
        Folder, on_delete=models.PROTECT, null=True, blank=True, related_name="conversations", db_index=False
    )
    veteran_unread = models.BooleanField(default=False)
    last_sent_at = models.DateTimeField(null=True, help_text="the veteran's own last message: the Sent view's order")
    # The team's view
    state = models.CharField(max_length=12, choices=State.choices)
    assignee = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="assigned")
    team_unread = models.BooleanField(default=False)
    possibly_urgent = models.BooleanField(default=False)
    # When somebody last handed it over or opened it again, and changed who has it: what is new in a queue, beside what
    # veterans write. Nobody is told of their own deeds.
    came_at = models.DateTimeField(null=True)
    came_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    assigned_at = models.DateTimeField(null=True)
    assigned_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    # Whether there are hand-overs to show: saves every other page the look.
    was_handed_over = models.BooleanField(default=False, db_default=False)
    # The same for notes for the health record.
    has_record_notes = models.BooleanField(default=False, db_default=False)
    due_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    completed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Conversation"]]

    class Meta:
        ordering = ("-last_message_at", "-id")
        indexes = (
            models.Index(fields=("record", "place", "-last_message_at", "-id"), name="mailbox_list"),
            # Search goes through all places at once.
            models.Index(fields=("record", "-last_message_at", "-id"), name="record_recent"),
            models.Index(
                fields=("record", "-last_sent_at", "-id"), condition=Q(last_sent_at__isnull=False), name="mailbox_sent"
            ),
            models.Index(
                fields=("folder", "-last_message_at", "-id"), condition=Q(folder__isnull=False), name="mailbox_folder"
            ),
            # What a list can be filtered by; that of the teams also sorts it by their names, team by team.
            models.Index(
                fields=("record", "place", "-last_message_at", "-id"),
                condition=Q(veteran_unread=True),
                name="mailbox_unread",
            ),
            models.Index(
                fields=("record", "place", "-last_message_at", "-id"),
                condition=Q(has_attachment=True),
                name="mailbox_files",
            ),
            models.Index(fields=("record", "team", "place", "-last_message_at", "-id"), name="mailbox_team"),
            models.Index(fields=("record", "category", "place", "-last_message_at", "-id"), name="mailbox_category"),
            models.Index(fields=("team", "-last_message_at", "-id"), name="team_recent"),
            # Which teams a veteran wrote with, and which veterans a team has: for the choices of a search.
            models.Index(fields=("record", "team"), name="record_team"),
            models.Index(fields=("team", "record"), name="team_record"),
            models.Index(fields=("team", "state", "-last_message_at", "-id"), name="team_state"),
            # Open work: possibly urgent first, then by due instant; without a clock, by the last message.
            models.Index(
                F("team"),
                F("possibly_urgent"),
                QUEUE_AT,
                F("id"),
                condition=Q(state__in=("new", "in_progress")),
                name="team_queue",
            ),
            # The same for what nobody has yet: beside much that is assigned it must not be looked for one by one.
            models.Index(
                F("team"),
                F("possibly_urgent"),
                QUEUE_AT,
                F("id"),
                condition=Q(state__in=("new", "in_progress"), assignee__isnull=True),
                name="team_unassigned",
            ),
            # How many are overdue and due today.
            models.Index(
                fields=("team", "due_at"),
                condition=Q(state__in=("new", "in_progress"), due_at__isnull=False),
                name="team_due",
            ),
            # What is new in a queue.
            models.Index(fields=("team", "came_at"), condition=Q(came_at__isnull=False), name="team_came"),
            models.Index(
                fields=("team", "assigned_at"), condition=Q(assigned_at__isnull=False), name="team_reassigned"
            ),
            # What a queue can be narrowed by: who has it, and what it is about. Open work as above…
            models.Index(
                F("team"),
                F("assignee"),
                F("possibly_urgent"),
                QUEUE_AT,
                F("id"),
                condition=Q(state__in=("new", "in_progress"), assignee__isnull=False),
                name="team_assigned",
            ),
            models.Index(
                F("team"),
                F("category"),
                F("possibly_urgent"),
                QUEUE_AT,
                F("id"),
                condition=Q(state__in=("new", "in_progress")),
                name="team_category",
            ),
            # … also by both at once: somebody may have much, of all but one category.
            models.Index(
                F("team"),
                F("assignee"),
                F("category"),
                F("possibly_urgent"),
                QUEUE_AT,
                F("id"),
                condition=Q(state__in=("new", "in_progress"), assignee__isnull=False),
                name="team_assigned_category",
            ),
            models.Index(
                F("team"),
                F("category"),
                F("possibly_urgent"),
                QUEUE_AT,
                F("id"),
                condition=Q(state__in=("new", "in_progress"), assignee__isnull=True),
                name="team_unassigned_category",
            ),
            # … and what waits for nobody by its last message.
            models.Index(
                fields=("team", "state", "assignee", "-last_message_at", "-id"),
                condition=Q(state__in=("answered", "completed")),
                name="team_done_assigned",
            ),
            models.Index(
                fields=("team", "state", "category", "-last_message_at", "-id"),
                condition=Q(state__in=("answered", "completed")),
                name="team_done_category",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(number__gte=1_000_000_000, number__lte=9_999_999_999), name="number_ten_digits"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="conversation_state_known"),
            models.CheckConstraint(condition=Q(place__in=Place.values), name="conversation_place_known"),
            models.CheckConstraint(
                condition=Q(place="folder", folder__isnull=False) | (~Q(place="folder") & Q(folder__isnull=True)),
                name="conversation_folder_fits_place",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(state="completed"), name="conversation_completed_at_paired"
            ),
        )

    def __str__(self) -> str:
        return f"conversation {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
