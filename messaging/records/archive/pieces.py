"""The pieces of an archive: one conversation's files looked through one by one, then its documents; the index last."""

import logging
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import language
from messaging.attachments.queries import files_of_conversation, ready_files, stream
from messaging.models import Archive, ArchivePart, Conversation
from messaging.records.archive.contents import Document, Held, Index, LeftOut, Listing
from messaging.records.archive.naming import Names
from messaging.records.pdf import as_pdf
from messaging.records.plain import as_text
from messaging.records.transcript import transcript_of
from smportal import times
from smportal.crypto import envelope
from smportal.crypto.errors import UnsealError
from smportal.crypto.fields import context_of

logger = logging.getLogger(__name__)

STYLE: Final = Path(__file__).parent / "archive.css"


def readable(archive: Archive) -> QuerySet[Conversation]:
    """Return the conversations of the one who asked, as they were then."""
    return Conversation.objects.filter(record_id__in=archive.record_ids)


def begin(archive: Archive, conversation: Conversation) -> ArchivePart:
    """Return an unsaved part with the list of the conversation's files: those that go in, and those that don't."""
    zone = times.viewer_zone(archive.account.time_zone, conversation.team.facility.time_zone)
    folder = f"conversations/{conversation.created_at.astimezone(zone):%Y-%m-%d}-{conversation.number}"
    names, held, left_out = Names(), [], []
    with translation.override(language.of(archive.account)):
        for info in (info for infos in files_of_conversation(conversation).values() for info in infos):
            if info.is_ready:
                held.append(Held(info.id, info.name, f"files/{names.give(info.name)}", info.size))
            else:
                left_out.append(LeftOut(info.id, info.name, info.state_text))
    part = ArchivePart(archive=archive, record_id=archive.record_id, conversation=conversation)
    part.seal_text("listing_sealed", Listing(folder, tuple(held), tuple(left_out)).packed())
    return part


def advance(archive: Archive, part: ArchivePart) -> bool:
    """Do a part's next piece and save it; tell whether the part is complete with it."""
    listing = Listing.unpacked(part.unseal_text("listing_sealed"))
    with translation.override(language.of(archive.account)):
        if file := listing.unread:
            listing = _looked_through(part.conversation, listing, file)
        else:
            listing = _documents(archive, part, listing)
            part.is_done = True
    part.seal_text("listing_sealed", listing.packed())
    part.save()
    return part.is_done


def _looked_through(conversation: Conversation, listing: Listing, file: Held) -> Listing:
    """Read a file to its end: for its checksum, and so that nobody waits for one that does not open."""
    crc = 0
    try:
        for piece in stream(ready_files(conversation).get(id=file.id)):
            crc = zlib.crc32(piece, crc)
    except UnsealError:
        logger.exception(
            "a file could not be put into an archive", extra={"event": "archive_file", "object_id": str(file.id)}
        )
        return listing.without(file, _("We couldn’t read this file. Your care team may still have it: ask them."))
    return listing.with_checksum(file, crc)


def _documents(archive: Archive, part: ArchivePart, listing: Listing) -> Listing:
    """Write the conversation down, with the names that its files have in the archive."""
    transcript = transcript_of(
        part.conversation,
        readable=readable(archive),
        zone=archive.account.time_zone,
        saved_as={file.id: file.path for file in listing.files},
    )
    documents = []
    for column, name, content in (
        ("text_sealed", "conversation.txt", as_text(transcript)),
        ("pdf_sealed", "conversation.pdf", as_pdf(transcript)),
    ):
        documents.append(Document.of(name, content))
        setattr(part, column, envelope.seal(part.sealing_owner(), context_of(ArchivePart, column), part.id, content))
    return replace(listing, documents=tuple(documents))


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation in the index."""

    folder: str
    subject: str
    team: str
    when: str
    count: int
    files: tuple[Held, ...]
    left_out: tuple[LeftOut, ...]


def index_of(archive: Archive) -> Index:
    """Return the page from which everything else is opened."""
    account = archive.account
    with translation.override(language.of(account)):
        made = times.moment(archive.requested_at, times.viewer_zone(account.time_zone, ""))
        lines = [_line(account.time_zone, part) for part in _parts(archive)]
        page = render_to_string("messaging/records/archive_index.html", {"lines": lines, "made": made})
    return Index(page, STYLE.read_text())


def _parts(archive: Archive) -> QuerySet[ArchivePart]:
    """Return the parts, the latest conversation first, without their documents: each may be large."""
    around = archive.parts.select_related("conversation__team__facility").defer("text_sealed", "pdf_sealed")
    return around.order_by("-conversation__created_at", "id")


def _line(zone_name: str, part: ArchivePart) -> Line:
    conversation, listing = part.conversation, Listing.unpacked(part.unseal_text("listing_sealed"))
    zone = times.viewer_zone(zone_name, conversation.team.facility.time_zone)
    return Line(
        folder=listing.folder,
        subject=conversation.unseal_text("subject_sealed"),
        team=conversation.team.public_name,
        when=times.day(conversation.created_at.astimezone(zone)),
        count=conversation.message_count,
        files=listing.files,
        left_out=listing.left_out,
    )
