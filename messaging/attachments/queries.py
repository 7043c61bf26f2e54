"""What can be known of files: for drafts, conversations, lists, search, and for whoever makes an archive of them.

Callers name what the actor has opened already (a disclosed conversation, an own basket); one file by its id is
looked up only through what the actor may see.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from messaging.attachments.baskets import Basket, basket_of, checked_basket, visible_files
from messaging.attachments.kinds import KINDS
from messaging.attachments.refusals import text_of
from messaging.attachments.sealing import reader
from messaging.models import Attachment, AttachmentState, Conversation, Message
from messaging.permissions import visible_conversations
from smportal.actor import Actor
from smportal.crypto.fields import warm
from smportal.errors import Conflict, NotFound

__all__ = [
    "Basket",
    "FileInfo",
    "basket_of",
    "checked_basket",
    "file_of",
    "files_of_conversation",
    "files_of_messages",
    "has_files",
    "in_basket",
    "names_by_message",
    "ready_files",
    "stream",
]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """One file as a page or an archive shows it. Only `is_ready` files have bytes to give."""

    id: uuid.UUID
    message_id: uuid.UUID | None
    name: str
    kind: str
    kind_label: str
    media_type: str
    size: int
    size_text: str
    state: str
    state_text: str
    has_thumbnail: bool
    # The page's own name for the upload, by which it knows its file.
    key: uuid.UUID | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it may be downloaded."""
        return self.state == AttachmentState.READY

    @property
    def is_refused(self) -> bool:
        """Whether it will never be delivered."""
        return self.state == AttachmentState.REFUSED

    @property
    def is_waiting(self) -> bool:
        """Whether the scan has not ended."""
        return self.state in {AttachmentState.CHECKING, AttachmentState.HELD}

    @property
    def was_taken(self) -> bool:
        """Whether it is part of the draft or message, and not only a word about a file that could not be added."""
        return bool(self.kind)


def in_basket(basket: Basket) -> list[FileInfo]:
    """Return the files of an unsent text, refused ones included, in the order in which they were added."""
    return _infos(basket.rows())


def has_files(draft_id: uuid.UUID) -> bool:
    """Tell whether a draft has files: then it is worth keeping, although nothing is typed yet."""
    return Attachment.objects.filter(draft_id=draft_id, message__isnull=True).exists()


def files_of_messages(messages: Iterable[Message]) -> dict[uuid.UUID, list[FileInfo]]:
    """Return the files of messages that the caller has disclosed, by message; no query when none has any."""
    ids = [message.id for message in messages if message.attachment_count]
    return _by_message(Attachment.objects.filter(message_id__in=ids)) if ids else {}


def files_of_conversation(conversation: Conversation) -> dict[uuid.UUID, list[FileInfo]]:
    """Return what the veteran sees of a conversation's files, by message; no query when it has none."""
    if not conversation.has_attachment:
        return {}
    rows = Attachment.objects.filter(message__conversation=conversation, message__sent_in_error__isnull=True)
    return _by_message(rows)


def _by_message(rows: "QuerySet[Attachment]") -> dict[uuid.UUID, list[FileInfo]]:
    found: dict[uuid.UUID, list[FileInfo]] = defaultdict(list)
    for info in _infos(rows):
        if info.message_id is not None:
            found[info.message_id].append(info)
    return dict(found)


def names_by_message(message_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Return the files' names of messages that the caller may read: for search. Messages without files are left out."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    rows = list(Attachment.objects.filter(message_id__in=message_ids).order_by("created_at", "id"))
    warm(rows, "name_sealed")
    for row in rows:
        if row.message_id is not None:
            found[row.message_id].append(row.unseal_text("name_sealed"))
    return dict(found)


def ready_files(conversation: Conversation) -> "QuerySet[Attachment]":
    """Return a disclosed conversation's files that may be handed out to the veteran, oldest first."""
    ready = Attachment.objects.filter(
        message__conversation=conversation, message__sent_in_error__isnull=True, state=AttachmentState.READY
    )
    return ready.order_by("message__sent_at", "created_at", "id")


def states(actor: Actor, conversation_id: uuid.UUID, file_ids: Collection[uuid.UUID]) -> list[FileInfo]:
    """Return how files of messages in a conversation stand, those that the actor may see, without their names.

    For a page that shows the names already: nothing is opened by asking, so nothing is disclosed. Raises NotFound
    for a conversation that is not the actor's.
    """
    if not visible_conversations(actor).filter(id=conversation_id).exists():
        raise NotFound
    rows = visible_files(actor).filter(message__conversation_id=conversation_id, id__in=file_ids)
    return [info_of(row, named=False) for row in rows.order_by("created_at", "id")]


def info_of(row: Attachment, *, named: bool = True) -> FileInfo:
    """Return what is shown of one file."""
    kind = KINDS.get(row.kind)
    return FileInfo(
        id=row.id,
        message_id=row.message_id,
        name=row.unseal_text("name_sealed") if named else "",
        kind=row.kind,
        kind_label=str(kind.label) if kind else "",
        media_type=kind.media_type if kind else "",
        size=row.size,
        size_text=filesizeformat(row.size),
        state=row.state,
        state_text=_state_text(row),
        has_thumbnail=row.thumbnail_size > 0,
        key=row.upload_key,
    )


def stream(row: Attachment, first: int = 0, last: int | None = None) -> Iterator[bytes]:
    """Yield one file's bytes, decrypted, in pieces of at most 64 KiB.

    For a row of `ready_files` or `file_of`. Raises UnsealError for bytes that are missing or changed.
    """
    return reader(row).pieces(first, last)


def file_of(actor: Actor, file_id: uuid.UUID) -> Attachment:
    """Return a file that the actor may download now.

    Raises NotFound for anything that the actor may not see, Conflict while it is checked or after it was refused.
    """
    row = visible_files(actor).filter(id=file_id).first()
    if row is None:
        raise NotFound
    if row.state != AttachmentState.READY:
        raise Conflict(_state_text(row), code=f"file_{row.state}")
    return row


def _infos(rows: "QuerySet[Attachment]") -> list[FileInfo]:
    found = list(rows.order_by("created_at", "id"))
    warm(found, "name_sealed")
    return [info_of(row) for row in found]


def _state_text(row: Attachment) -> str:
    match row.state:
        case AttachmentState.READY:
            return _("Ready")
        case AttachmentState.REFUSED:
            return text_of(row.refusal)
        case AttachmentState.HELD:
            return _(
                "The virus check is taking longer than usual. We keep trying. Nobody can open this file until then."
            )
        case _:
            return _("Checking for viruses")
