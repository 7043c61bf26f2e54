"""Fills a database with conversations: COPY instead of actions, sealed with the real envelope.

2,000 veterans with 30 conversations of 6, 3 or 2 messages each make a team's inbox of 60,000, every
one of them open and waiting for an answer; with another team, one more veteran has 500 messages and one
has 20,000 conversations: 200,000 messages in all. The oldest conversation of these two has a word that no other has.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from accounts.models import VeteranRecord
from benchmarks import people
from benchmarks.people import Cast
from eligibility.models import CareTeam, StaffMember
from messaging.models import Category, Conversation, Folder, Message, MessageOpening, Obligation, Place, Side, State
from smportal import clock
from smportal.crypto import envelope
from smportal.crypto.envelope import SealingKey
from smportal.crypto.fields import context_of
from smportal.crypto.owner import Owner, OwnerKind

WORDS = ("my", "knee", "still", "hurts", "when", "I", "walk", "in", "the", "morning", "and", "new", "medicine", "helps")
SIZES = (6, 3, 3, 2, 2, 2)
DAYS = 40
URGENT = 3
# Conversations of the heavy mailbox in an own folder, and how many of it there are for each one with files.
FILED = 30
FILES_EVERY = 40


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is made."""

    veterans: int
    each: int
    searched: int
    heavy: int


# 167 conversations of 6, 3, 3, 2, 2 and 2 messages in turn are 500 messages.
FULL = Scale(veterans=2_000, each=30, searched=167, heavy=20_000)
TINY = Scale(veterans=16, each=30, searched=12, heavy=90)
RARE = "axolotl"


@dataclass(slots=True)
class Thread:
    """One conversation to be written."""

    record_id: uuid.UUID
    team_id: uuid.UUID
    key: SealingKey
    serial: int
    size: int
    last_at: dt.datetime
    has_rare: bool = False
    # The heavy mailbox: everything in it is unread, and some of it lies in an own folder.
    is_heavy: bool = False
    folder_id: uuid.UUID | None = None
    id: uuid.UUID = field(default_factory=uuid.uuid4)


def fill(scale: Scale) -> None:
    """Make people and conversations, in one transaction."""
    chance = random.Random(1)
    texts = [_text(chance, length) for length in range(200, 1_000, 4)]
    with transaction.atomic():
        cast = people.make_cast(scale.veterans)
        threads = list(_threads(cast, scale, chance))
        for record in cast.veterans[-2:]:
            own = (thread for thread in threads if thread.record_id == record.id)
            min(own, key=lambda thread: thread.last_at).has_rare = True
        folder_id = _folder(cast.veterans[-1])
        for thread in [thread for thread in threads if thread.is_heavy][:FILED]:
            thread.folder_id = folder_id
        numbers = iter(chance.sample(range(1_000_000_000, 9_999_999_999), sum(thread.size for thread in threads)))
        messages = [(thread, [next(numbers) for _ in range(thread.size)]) for thread in threads]
        _copy(Conversation, (_conversation(thread, mine[0], texts) for thread, mine in messages))
        colleague = cast.staff[-1]
        openings: list[dict[str, object]] = []
        _copy(Message, _messages(messages, texts, colleague, openings))
        _copy(MessageOpening, openings)
        _copy(Obligation, (_obligation(thread) for thread in threads))


def _text(chance: random.Random, length: int) -> str:
    text = ""
    while len(text) < length:
        text += " ".join(chance.choices(WORDS, k=11)) + ".\n"
    return text[:length].strip()


def _threads(cast: Cast, scale: Scale, chance: random.Random) -> Iterator[Thread]:
    now = clock.now()
    serial = 0
    for record in cast.veterans:
        is_searcher, is_heavy = record is cast.veterans[-2], record is cast.veterans[-1]
        team: CareTeam = cast.other if is_heavy or is_searcher else cast.busy
        key = envelope.sealing_key(_owner(record))
        for number in range(scale.heavy if is_heavy else scale.searched if is_searcher else scale.each):
            at = now - dt.timedelta(seconds=chance.uniform(60, DAYS * 86_400))
            thread = Thread(record.id, team.id, key, serial, 1 if is_heavy else SIZES[number % len(SIZES)], at)
            thread.is_heavy = is_heavy
            yield thread
            serial += 1


def _folder(record: VeteranRecord) -> uuid.UUID:
    folder = Folder(record=record, name_digest=b"bench", created_at=clock.now())
    folder.seal_text("name_sealed", "Diabetes")
    folder.save(force_insert=True)
    return folder.id


def _owner(record: VeteranRecord) -> Owner:
    return Owner(OwnerKind.VETERAN, record.id)


def _sealed(thread: Thread, context: str, row_id: uuid.UUID, text: str) -> bytes:
    owner = Owner(OwnerKind.VETERAN, thread.record_id)
    return envelope.seal(owner, context, row_id, text.encode(), key=thread.key)


def _conversation(thread: Thread, number: int, texts: Sequence[str]) -> dict[str, object]:
    subject = texts[thread.serial % len(texts)][:45].replace("\n", " ")
    return {
        "id": thread.id,
        "record_id": thread.record_id,
        "team_id": thread.team_id,
        "category": Category.values[thread.serial % len(Category.values)],
        "subject_sealed": _sealed(thread, context_of(Conversation, "subject_sealed"), thread.id, subject),
        "number": number,
        "started_by": Side.VETERAN,
        "created_at": thread.last_at - dt.timedelta(hours=thread.size),
        "last_message_at": thread.last_at,
        "last_from": Side.VETERAN,
        "message_count": thread.size,
        "place": Place.FOLDER if thread.folder_id else Place.INBOX,
        "folder_id": thread.folder_id,
        # Few of many, as in a mailbox that is kept for years; no files lie behind them.
        "has_attachment": thread.is_heavy and thread.serial % FILES_EVERY == 0,
        "veteran_unread": thread.is_heavy or thread.serial % 10 == 0,
        "last_sent_at": thread.last_at,
        "state": State.NEW,
        "team_unread": True,
        "possibly_urgent": thread.serial < URGENT,
        "due_at": thread.last_at + dt.timedelta(days=3),
        "outcome": "",
    }


def _messages(
    threads: Iterable[tuple[Thread, list[int]]],
    texts: Sequence[str],
    colleague: StaffMember,
    openings: list[dict[str, object]],
) -> Iterator[dict[str, object]]:
    context = context_of(Message, "body_sealed")
    for thread, numbers in threads:
        for place, number in enumerate(numbers):
            last = thread.size - 1
            # The first and the last are the veteran's: an answer is due.
            side = Side.VETERAN if place == 0 or (last - place) % 2 == 0 else Side.STAFF
            staff = colleague if side == Side.STAFF else None
            message_id = uuid.uuid4()
            sent_at = thread.last_at - dt.timedelta(hours=last - place)
            if side == Side.VETERAN and place < last:
                openings.append({"message_id": message_id, "staff_id": colleague.id, "opened_at": sent_at})
            yield {
                "id": message_id,
                "conversation_id": thread.id,
                "record_id": thread.record_id,
                "kind": "message",
                "number": number,
                "side": side,
                "author_staff_id": staff.id if staff else None,
                "author_name": staff.name if staff else "",
                "author_title": staff.title if staff else "",
                "body_sealed": _sealed(thread, context, message_id, _body(thread, texts[number % len(texts)])),
                "possibly_urgent": False,
                "sent_at": sent_at,
                "draft_id": uuid.uuid4(),
                "attachment_count": 0,
                "content_digest": b"benchmark",
            }


def _body(thread: Thread, text: str) -> str:
    return f"{text} {RARE}" if thread.has_rare else text


def _obligation(thread: Thread) -> dict[str, object]:
    hours = {"remind_at": 48, "due_at": 72, "escalate_at": 120, "next_step_at": 48}
    return {
        "id": uuid.uuid4(),
        "conversation_id": thread.id,
        "started_at": thread.last_at,
        "end": "",
        **{name: thread.last_at + dt.timedelta(hours=after) for name, after in hours.items()},
    }


def _copy(model: type, rows: Iterable[dict[str, object]]) -> None:
    quote = connection.ops.quote_name
    found = iter(rows)
    first = next(found)
    columns = ", ".join(quote(name) for name in first)
    table = quote(model._meta.db_table)  # type: ignore[attr-defined]  # noqa: SLF001 - Django's documented interface
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write_row(list(first.values()))
        for row in found:
            copy.write_row(list(row.values()))
