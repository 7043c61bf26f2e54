"""The messages of an opened conversation with everything that belongs to them.

The one source of the page, of break glass, of the print view, the PDF, the text file and the archive: what
one of them shows, they all have. Dates and names are formatted here, once per message.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from messaging import guided as guided_forms
from messaging import signing
from messaging.around import Around
from messaging.around import around as around_of
from messaging.attachments.queries import FileInfo, files_of_messages
from messaging.guided import Guided
from messaging.inbox.handing_over import Move, moves
from messaging.library import cards
from messaging.library.cards import Card
from messaging.models import Conversation, Message, MessageOpening, SentInError, Side
from messaging.models.message import MessageKind
from smportal import times
from smportal.crypto.fields import warm
from smportal.prepared import Compiled

# Where there are no more than these, nothing is folded.
UNFOLDED = 3
# Characters of a folded message.
FIRST_WORDS = 90


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a conversation as the page shows it."""

    id: uuid.UUID
    number: int
    is_mine: bool
    author: str
    author_title: str
    body: str
    sent: str
    sent_iso: str
    opened: str
    is_automatic: bool
    # When the veteran said, after this message and before the next, that no answer is needed; mostly empty.
    withdrawn: str
    # Shown as one line until somebody opens it, with its first words.
    is_folded: bool
    # What a message has beside its text: templates/messaging/entry_form.html and entry_parts.html show them.
    guided: guided_forms.Shown | None = None
    signature: str = ""
    legal: signing.SignedAs | None = None
    cards: tuple[Card, ...] = ()
    files: tuple[FileInfo, ...] = ()
    # Withdrawn as sent in error: when, by whom and why, for staff. A veteran's entry then says so in its body.
    in_error: str = ""
    # Hand-overs to another team after this message and before the next.
    moves: tuple[Move, ...] = ()

    @property
    def first_words(self) -> str:
        """Return how the message begins."""
        return Truncator(" ".join(self.body[: 2 * FIRST_WORDS].split())).chars(FIRST_WORDS)


def _messages(conversation_id: uuid.UUID) -> QuerySet[Any]:
    openings = MessageOpening.objects.filter(message=OuterRef("id")).order_by("opened_at").values("opened_at")
    found = Message.objects.filter(conversation_id=conversation_id).select_related("sent_in_error")
    return found.annotate(first_opened_at=Subquery(openings[:1])).order_by("sent_at", "id")


_MESSAGES: Final = Compiled(_messages)


def entries(
    conversation: Conversation, *, side: Side, zone: dt.tzinfo, you: str = "You", around: Around | None = None
) -> list[Entry]:
    """Return the messages of a disclosed conversation, oldest first, with their receipts, files and hand-overs.

    `around` is the conversation's, if it is at hand already.
    """
    messages = _MESSAGES.rows(conversation.id)
    warm(messages, "body_sealed")
    withdrawn = _withdrawn(messages, (around or around_of(conversation, side)).withdrawals, zone)
    files = files_of_messages(message for message in messages if not _is_hidden(message, side))
    moved = _moves(conversation, messages, side, zone)
    last_own = max((place for place, message in enumerate(messages) if message.side == side), default=0)
    return [
        Entry(
            id=message.id,
            number=message.number,
            is_mine=message.side == side,
            author=message.author_name or you,
            author_title=message.author_title,
            sent=times.moment(message.sent_at, zone),
            sent_iso=message.sent_at.isoformat(),
            opened=times.moment(message.first_opened_at, zone) if message.first_opened_at else "",
            is_automatic=message.kind == MessageKind.ACKNOWLEDGEMENT,
            withdrawn=withdrawn.get(message.id, ""),
            # What came after the reader's own last message is what they are here for.
            is_folded=len(messages) > UNFOLDED and place < min(last_own, len(messages) - 2),
            files=tuple(files.get(message.id, ())),
            moves=tuple(moved.get(message.id, ())),
            **_words(message, side, zone),
        )
        for place, message in enumerate(messages)
    ]


def _message_at(messages: Sequence[Message], at: dt.datetime) -> Message:
    """Return the last message before something that happened at `at`."""
    return next((message for message in reversed(messages) if message.sent_at <= at), messages[0])


def _withdrawn(
    messages: Sequence[Message], withdrawals: Sequence[dt.datetime], zone: dt.tzinfo
) -> dict[uuid.UUID, str]:
    """Return, for the last message before each withdrawal, when that was."""
    return {_message_at(messages, at).id: times.moment(at, zone) for at in withdrawals if messages}


def _moves(
    conversation: Conversation, messages: Sequence[Message], side: Side, zone: dt.tzinfo
) -> dict[uuid.UUID, list[Move]]:
    """Return hand-overs by the last message before them."""
    found: dict[uuid.UUID, list[Move]] = defaultdict(list)
    for move in moves(conversation, zone=zone, internal=side == Side.STAFF) if messages else ():
        found[_message_at(messages, move.at).id].append(move)
    return found


def _is_hidden(message: Message, side: Side) -> bool:
    """Tell whether a message was withdrawn from this side's view as sent in error."""
    return side == Side.VETERAN and hasattr(message, "sent_in_error")


class Parts(TypedDict):
    """What a message has beside its text, as people read it."""

    guided: guided_forms.Shown | None
    signature: str
    legal: signing.SignedAs | None
    cards: tuple[Card, ...]


def parts_of(message: Message) -> Parts:
    """Return the guided fields, signatures and links of a message."""
    return Parts(
        guided=guided_forms.shown(Guided.unpacked(message.unseal_text("guided_sealed"))),
        signature=message.unseal_text("signature_sealed"),
        legal=signing.signed_as(message.unseal_text("legal_sealed")),
        cards=cards.of(message),
    )


class Words(Parts):
    """What a message says to one side."""

    body: str
    in_error: str


def _words(message: Message, side: Side, zone: dt.tzinfo) -> Words:
    """Return what a message says: all of it, or to a veteran from whose view it was withdrawn, only that it was."""
    error: SentInError | None = getattr(message, "sent_in_error", None)
    if _is_hidden(message, side):
        said = _("A message was withdrawn by your care team because it was sent in error.")
        return Words(body=said, in_error="", guided=None, signature="", legal=None, cards=())
    marked = ""
    if error is not None:
        when, why = times.moment(error.withdrawn_at, zone), error.get_reason_display()
        marked = f"Withdrawn from the veteran’s view on {when} by {error.by_name}. {why}."
    return Words(body=message.unseal_text("body_sealed"), in_error=marked, **parts_of(message))
