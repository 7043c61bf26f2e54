"""A conversation as plain text."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from messaging.library import cards
from messaging.records.transcript import Said, Transcript
from messaging.text import without_bidi_controls

LINE = "-" * 72


def as_text(transcript: Transcript) -> bytes:
    """Return the text file: UTF-8, with line ends that every editor knows."""
    lines = [without_bidi_controls(transcript.subject), "", *_pairs(transcript.facts)]
    for said in transcript.messages:
        lines += ["", LINE, *_said(said)]
    lines += ["", LINE, _("This is private. Keep it where others can’t read it."), ""]
    return "\r\n".join(lines).encode()


def _pairs(pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for term, text in pairs:
        # The questions of a guided form end in their own mark.
        yield f"{term}{'' if term.endswith('?') else ':'} {without_bidi_controls(text)}"


def _said(said: Said) -> Iterator[str]:
    yield from (without_bidi_controls(said.author), said.sent, *said.about)
    if said.guided:
        yield from ("", said.guided.label, *_pairs(tuple(said.guided.answers)))
    yield from ("", *said.body.split("\n"))
    if said.signature:
        yield from ("", *said.signature.split("\n"))
    if said.legal:
        yield from ("", *_pairs(said.legal_facts))
    if said.cards:
        yield from ("", *cards.as_text(said.cards).split("\n"))
    if said.files:
        yield from ("", _("Files:"), *(f"- {without_bidi_controls(line)}" for line in said.files))
    if said.after:
        yield from ("", *said.after)
