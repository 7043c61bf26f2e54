"""The zip file, made while it is sent: one conversation in memory at a time, and nothing in clear on a disk."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.template.loader import render_to_string

from messaging.models import Archive, ArchivePart
from smportal import times
from smportal.crypto import envelope
from smportal.crypto.fields import context_of

STYLE: Final = Path(__file__).parent / "archive.css"


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation in the index."""

    folder: str
    subject: str
    team: str
    when: str
    count: int


class _Sink(io.RawIOBase):
    """Where zipfile writes to: keeps what was written until it is taken. It cannot be sought in."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """Return what came since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zip_of(archive: Archive) -> Iterator[bytes]:
    """Yield the archive as a zip file. The caller has put on record that it was taken. Raises UnsealError."""
    sink, lines = _Sink(), []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in _parts(archive):
            line = _line(archive, part)
            lines.append(line)
            packed.writestr(f"{line.folder}/conversation.txt", _open(part, "text_sealed"))
            packed.writestr(f"{line.folder}/conversation.pdf", _open(part, "pdf_sealed"))
            yield sink.take()
        zone = times.viewer_zone(archive.account.time_zone, "")
        context = {"lines": lines, "made": times.moment(archive.requested_at, zone)}
        packed.writestr("index.html", render_to_string("messaging/records/archive_index.html", context))
        packed.writestr("archive.css", STYLE.read_bytes())
    yield sink.take()


def _parts(archive: Archive) -> Iterator[ArchivePart]:
    """Yield the parts, one row at a time: each may be large."""
    ids = list(archive.parts.order_by("-conversation__created_at", "id").values_list("id", flat=True))
    for part_id in ids:
        yield ArchivePart.objects.select_related("conversation__team__facility").get(id=part_id)


def _open(part: ArchivePart, column: str) -> bytes:
    return envelope.unseal(part.sealing_owner(), context_of(ArchivePart, column), part.id, bytes(getattr(part, column)))


def _line(archive: Archive, part: ArchivePart) -> Line:
    conversation = part.conversation
    zone = times.viewer_zone(archive.account.time_zone, conversation.team.facility.time_zone)
    return Line(
        folder=f"conversations/{conversation.created_at.astimezone(zone):%Y-%m-%d}-{conversation.number}",
        subject=conversation.unseal_text("subject_sealed"),
        team=conversation.team.public_name,
        when=times.day(conversation.created_at.astimezone(zone)),
        count=conversation.message_count,
    )
