"""The text of a note: plain, and the same whenever it is made from the same messages. Pure.

No moment of making stands in it, so that what is filed is to the letter what the preview showed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from messaging.library import cards
from messaging.mailbox.entries import Entry
from messaging.text import without_bidi_controls

# Short enough for a phone.
LINE: Final = "-" * 32


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the messages."""

    title: str
    veteran: str
    team: str
    facility: str
    clinic: str
    category: str
    subject: str
    number: int
    author: str
    # The zone's abbreviations are in the times; its name tells which clock they are read from.
    zone: str


def note_text(head: Head, entries: Sequence[Entry]) -> str:
    """Return the note: who, when, message numbers and the words themselves, the oldest first."""
    facts = (
        ("Veteran", head.veteran),
        ("Facility", head.facility),
        ("Care team", head.team),
        ("Clinic", head.clinic),
        ("Conversation", f"{head.subject} ({head.category}, message number {head.number})"),
        ("Messages", f"{len(entries)}, from VA Secure Messaging"),
        ("Times", f"in the facility's time zone, {head.zone}"),
        ("Saved to the record by", head.author),
    )
    lines = [_plain(head.title), "", *(f"{term}: {_plain(text)}" for term, text in facts)]
    for entry in entries:
        lines += ["", LINE, *_entry(entry)]
    return "\n".join([*lines, "", LINE, "End of note"])


def _entry(entry: Entry) -> Iterator[str]:
    role = "care team" if entry.is_mine else "veteran"
    yield f"From: {_plain(', '.join(part for part in (entry.author, entry.author_title, role) if part))}"
    yield f"Sent: {entry.sent}"
    yield f"Message number: {entry.number}"
    if entry.is_automatic:
        yield "Automatic reply"
    if entry.guided:
        yield from ("", _plain(str(entry.guided.label)))
        for term, text in entry.guided.answers:
            yield f"{_plain(str(term))}:"
            yield from _typed(text)
    yield from ("", *_typed(entry.body))
    if entry.signature:
        yield from ("", *_typed(entry.signature))
    if entry.legal:
        yield from ("", f"Signed by: {_plain(entry.legal.name)}", f"Certified: {_plain(str(entry.legal.statement))}")
    if entry.cards:
        yield from ("", *_typed(cards.as_text(entry.cards)))
    if entry.files:
        yield from ("", "Files with this message, not part of this note:")
        yield from (f"- {_plain(info.name)}" for info in entry.files)


def _typed(text: str) -> Iterator[str]:
    """Indent what somebody typed: no line of it can pass for one of ours, such as another message's head."""
    return (f"    {line}".rstrip() for line in text.splitlines())


def _plain(text: str) -> str:
    return without_bidi_controls(text)
