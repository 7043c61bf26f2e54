"""One file per aggregate."""

from messaging.models.absence import Absence, Surrogate
from messaging.models.alarm import TeamAlarm
from messaging.models.archive import Archive, ArchivePart, ArchiveState
from messaging.models.attachment import Attachment, AttachmentState
from messaging.models.break_glass import BreakGlassUse, Verdict
from messaging.models.broadcast import Broadcast, BroadcastRecipient, BroadcastState, RecipientState, Source
from messaging.models.closure import Closure
from messaging.models.conversation import Category, Conversation, Place, Side, State
from messaging.models.draft import Draft
from messaging.models.escalation import EscalationRecipient
from messaging.models.folder import Folder, MailboxTally
from messaging.models.handover import HandOver
from messaging.models.library import LibraryLink, LibraryTopic, LinkLanguage
from messaging.models.message import InternalNote, Message, MessageKind, MessageOpening
from messaging.models.notification import Notification, NotificationKind, NotificationState
from messaging.models.obligation import Obligation, ObligationEnd
from messaging.models.own_reminder import OwnReminder
from messaging.models.record_note import Clinic, NoteState, RecordNote
from messaging.models.reply_template import ReplyTemplate, TemplateLevel
from messaging.models.search import SavedSearch
from messaging.models.sent_in_error import ErrorReason, ErrorVerdict, SentInError
from messaging.models.signature import PersonalSignature

__all__ = [
    "Absence",
    "Archive",
    "ArchivePart",
    "ArchiveState",
    "Attachment",
    "AttachmentState",
    "BreakGlassUse",
    "Broadcast",
    "BroadcastRecipient",
    "BroadcastState",
    "Category",
    "Clinic",
    "Closure",
    "Conversation",
    "Draft",
    "ErrorReason",
    "ErrorVerdict",
    "EscalationRecipient",
    "Folder",
    "HandOver",
    "InternalNote",
    "LibraryLink",
    "LibraryTopic",
    "LinkLanguage",
    "MailboxTally",
    "Message",
    "MessageKind",
    "MessageOpening",
    "NoteState",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Obligation",
    "ObligationEnd",
    "OwnReminder",
    "PersonalSignature",
    "Place",
    "RecipientState",
    "RecordNote",
    "ReplyTemplate",
    "SavedSearch",
    "SentInError",
    "Side",
    "Source",
    "State",
    "Surrogate",
    "TeamAlarm",
    "TemplateLevel",
    "Verdict",
]
