"""Search against a naive reference: open everything, keep what passes, sort it. Random mailboxes and searches."""

import datetime as dt
import re
import unicodedata
import uuid
import zoneinfo
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from eligibility.models import CareTeam
from messaging.mailbox.folders.actions import create
from messaging.mailbox.queries import mailbox_of
from messaging.models import Category, Conversation, Message, Place
from messaging.search import own, scanning
from messaging.search.criteria import Criteria
from smportal.actor import Actor
from tests import factories
from tests.messaging.search.making import START, make_thread

WORDS = (
    "knee",
    "Knees",
    "KNIE",
    "niño",
    "nino",
    "café",
    "refill",
    "refilled",
    "comedy",
    "med",
    "blood",
    "pressure",
    "B12",
)
AUTHORS = ("Nora Nurse", "Dr. Knee", "José Niño")
MAILBOXES, SEARCHES = 4, 25
ZONE = zoneinfo.ZoneInfo("America/New_York")
CUTS: dict[str, list[float]] = {
    "FIRST_BATCH": [100, 3],
    "LARGEST_BATCH": [1_000, 7, 100],
    "MESSAGES_AT_ONCE": [1_000, 5],
    "SECONDS": [60.0, 60.0, 0.0],
    "ROWS": [25, 4, 25, 7],
}


@dataclass(frozen=True)
class Made:
    """A mailbox with everything that is in it in clear, as it was made."""

    actor: Actor
    teams: list[CareTeam]
    folder_id: str
    threads: list[tuple[Conversation, str, list[str]]]


def make(chance: Random) -> Made:
    """Make a mailbox over a record and two that were merged into it, beside one of somebody else."""
    teams = [factories.make_team(public_name=name) for name in ("Knee clinic", "Café team")]
    account, record, _ = factories.make_eligible_veteran(teams[0])
    merged = factories.make_record(merged_into=record)
    records = [record, merged, factories.make_record(merged_into=merged)]
    actor, threads = factories.actor_for(account), []
    folder = create(actor=actor, name="Knee papers")
    kept: list[dict[str, Any]] = [
        {"place": Place.INBOX},
        {"place": Place.TRASH},
        {"place": Place.FOLDER, "folder": folder},
    ]
    for _ in range(40):
        bodies = [text(chance, 12) for _ in range(chance.randint(1, 4))]
        subject = text(chance, 3)
        conversation = make_thread(
            chance.choice(records),
            chance.choice(teams),
            subject,
            bodies,
            # Many at the same instant: the order's second key counts.
            at=START + dt.timedelta(hours=12 * chance.randint(0, 20)),
            apart=dt.timedelta(hours=chance.choice([1, 30])),
            author=chance.choice(AUTHORS),
            category=chance.choice(Category.values),
            veteran_unread=chance.random() < 0.3,
            **chance.choice(kept),
        )
        threads.append((conversation, subject, bodies))
    make_thread(factories.make_record(), teams[0], " ".join(WORDS), [" ".join(WORDS)])
    return Made(actor, teams, str(folder.id), threads)


def text(chance: Random, most: int) -> str:
    return chance.choice((" ", ", ", "\n", "-", "_")).join(chance.choices(WORDS, k=chance.randint(1, most)))


def criteria(chance: Random, made: Made) -> Criteria:
    def maybe(value: object, odds: float = 0.15) -> object:
        return value if chance.random() < odds else None

    typed = chance.choices([*WORDS, '"blood pressure"', "kn", "nora"], k=chance.randint(0, 3))
    typed += ['"knee refill'] * (chance.random() < 0.1)
    since = START.date() + dt.timedelta(days=chance.randint(0, 12))
    found = {
        "words": " ".join(typed),
        "team": maybe(chance.choice(made.teams).id),
        "category": maybe(chance.choice(Category.values)) or "",
        "since": maybe(since),
        "until": maybe(since + dt.timedelta(days=chance.randint(0, 5))),
        "unread": bool(maybe(value=True)),
        "place": maybe(chance.choice(["inbox", "trash", "sent", made.folder_id])) or "",
        "number": maybe(chance.choice(made.threads)[0].number, 0.05),
    }
    return Criteria(**found)  # type: ignore[arg-type]


def plain(written: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", written).casefold()
    return "".join(char for char in taken_apart if not unicodedata.combining(char)).replace("_", " ")


def has(texts: list[str], typed: str) -> bool:
    """Look for each word at the beginning of a word, for each phrase as whole words; "knees" also finds knee."""
    for phrase, word in re.findall(r'"([^"]*)"?|(\S+)', typed):
        if phrase:
            pattern = r"\b" + r"\W+".join(plain(phrase).split()) + r"\b"
        else:
            pattern = rf"\b{plain(word)}" + (rf"|\b{plain(word)[:-1]}\b" if plain(word) == "knees" else "")
        if not any(re.search(pattern, plain(one)) for one in texts):
            return False
    return True


@dataclass(frozen=True)
class Opened:
    """One conversation with all of it in clear."""

    row: Conversation
    subject: str
    messages: list[tuple[Message, str]]


def opened(made: Made) -> list[Opened]:
    """Open the whole mailbox, the newest conversation first."""
    rows = Conversation.objects.select_related("team").in_bulk([row.id for row, _, _ in made.threads])
    found = [
        Opened(
            rows[made_row.id],
            subject,
            [(one, one.unseal_text("body_sealed")) for one in Message.objects.filter(conversation=made_row)],
        )
        for made_row, subject, _ in made.threads
    ]
    return sorted(found, key=lambda one: (one.row.last_message_at, one.row.id), reverse=True)


def passes(one: Opened, asked: Criteria) -> bool:
    row = one.row
    texts = [one.subject, row.team.public_name]
    inside = [(message, body) for message, body in one.messages if in_days(message.sent_at, asked)]
    for message, body in inside:
        texts += [body, message.author_name, str(message.number)]
    return (
        bool(inside)
        and has(texts, asked.words)
        and asked.team in {None, row.team_id}
        and asked.category in {"", row.category}
        and (row.veteran_unread or not asked.unread)
        and (
            asked.place in {"", row.place, str(row.folder_id)}
            or (asked.place == "sent" and row.last_sent_at is not None)
        )
        and asked.number in {None, *(message.number for message, _ in one.messages)}
    )


def in_days(at: dt.datetime, asked: Criteria) -> bool:
    day = at.astimezone(ZONE).date()
    return (asked.since is None or asked.since <= day) and (asked.until is None or day <= asked.until)


@pytest.mark.parametrize("seed", range(MAILBOXES))
def test_search_finds_what_the_reference_finds_in_its_order(
    db: None, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(seed)
    # How the work is cut up must not show.
    for name, sizes in CUTS.items():
        monkeypatch.setattr(scanning, name, sizes[seed % len(sizes)])
    made = make(chance)
    mailbox, everything = mailbox_of(made.actor), opened(made)
    teams, counts = own.teams_of(mailbox), set()
    for _ in range(SEARCHES):
        asked, found, cursor = criteria(chance, made), [], None
        while True:
            page = own.found_in(made.actor, mailbox, uuid.uuid4(), asked, teams, cursor=cursor)
            found += [row.id for row in page.rows]
            cursor = page.after
            if cursor is None:
                break
        assert found == [one.row.id for one in everything if passes(one, asked)], asked
        counts.add(min(len(found), 5))
    assert len(counts) >= 3
