"""A conversation as plain text."""

from django.utils.translation import gettext as _

from messaging.records.transcript import Transcript
from messaging.text import without_bidi_controls

LINE = "-" * 72


def as_text(transcript: Transcript) -> bytes:
    """Return the text file: UTF-8, with line ends that every editor knows."""
    lines = [without_bidi_controls(transcript.subject), ""]
    lines += [f"{term}: {without_bidi_controls(text)}" for term, text in transcript.facts]
    for said in transcript.messages:
        lines += ["", LINE, without_bidi_controls(said.author), said.sent, *said.about, "", *said.body.split("\n")]
    lines += ["", LINE, _("This is private. Keep it where others can’t read it."), ""]
    return "\r\n".join(lines).encode()
