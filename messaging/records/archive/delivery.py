"""The zip file that a veteran gets: planned from an archive's lists, made while it is sent.

At no time is more than one conversation's document, or 64 KiB of a file, in memory, and nothing in clear on a disk.
"""

import datetime as dt
import uuid
from collections.abc import Iterator

from messaging.attachments.queries import ready_files, stream
from messaging.models import Archive, ArchivePart, Conversation
from messaging.records.archive.contents import Document, Index, Listing
from messaging.records.archive.zipformat import Member, Plan, Reader
from smportal.crypto import envelope
from smportal.crypto.fields import context_of

_COLUMNS = {"conversation.txt": "text_sealed", "conversation.pdf": "pdf_sealed"}


def plan_of(archive: Archive) -> Plan:
    """Return the plan of an archive that is ready; the same for the same archive at any time. Raises UnsealError."""
    return Plan(list(_members(archive)))


def _members(archive: Archive) -> Iterator[Member]:
    index = Index.unpacked(archive.unseal_text("index_sealed"))
    yield _written("index.html", index.page.encode(), archive.requested_at)
    yield _written("archive.css", index.style.encode(), archive.requested_at)
    parts = archive.parts.select_related("conversation").defer("text_sealed", "pdf_sealed")
    for part in parts.order_by("-conversation__created_at", "id").iterator(chunk_size=200):
        listing = Listing.unpacked(part.unseal_text("listing_sealed"))
        at = archive.requested_at
        for document in listing.documents:
            yield _document(part.id, listing.folder, document, at)
        for file in listing.files:
            path = f"{listing.folder}/{file.path}"
            yield Member(path, file.size, file.crc or 0, at, _file_reader(part.conversation, file.id))


def _written(path: str, content: bytes, at: dt.datetime) -> Member:
    described = Document.of(path, content)
    return Member(path, described.size, described.crc, at, lambda first, last: iter((content[first : last + 1],)))


def _document(part_id: uuid.UUID, folder: str, document: Document, at: dt.datetime) -> Member:
    column = _COLUMNS[document.path]

    def read(first: int, last: int) -> Iterator[bytes]:
        part = ArchivePart.objects.only("id", "record_id", column).get(id=part_id)
        sealed = bytes(getattr(part, column))
        yield envelope.unseal(part.sealing_owner(), context_of(ArchivePart, column), part.id, sealed)[first : last + 1]

    return Member(f"{folder}/{document.path}", document.size, document.crc, at, read)


def _file_reader(conversation: Conversation, file_id: uuid.UUID) -> Reader:
    """Return the reader of one file; a file that is not ready any more is not given out, whatever a list says."""

    def read(first: int, last: int) -> Iterator[bytes]:
        yield from stream(ready_files(conversation).get(id=file_id), first, last)

    return read
