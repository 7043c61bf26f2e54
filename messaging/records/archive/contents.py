"""What is written down of an archive's contents: of each conversation its files and documents, and the index.

A zip file's length and every place in it follow from these lists alone, so any part of it can be sent again.
"""

import json
import uuid
import zlib
from dataclasses import asdict, dataclass, field, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Document:
    """Something of the archive's own making. The checksum is the one that zip files use (CRC-32)."""

    path: str
    size: int
    crc: int

    @classmethod
    def of(cls, path: str, content: bytes) -> Self:
        """Return what is written down of `content`."""
        return cls(path, len(content), zlib.crc32(content))


@dataclass(frozen=True, slots=True)
class Held:
    """One ready file of the conversation; without a checksum it has not been looked through yet."""

    id: uuid.UUID
    name: str
    path: str
    size: int
    crc: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not in the archive, and why, in the veteran's words."""

    id: uuid.UUID
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One conversation's share of the archive."""

    folder: str
    files: tuple[Held, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    documents: tuple[Document, ...] = field(default=())

    @property
    def unread(self) -> Held | None:
        """Return the next file to look through."""
        return next((file for file in self.files if file.crc is None), None)

    def with_checksum(self, file: Held, crc: int) -> "Listing":
        """Return the listing after a file was looked through."""
        return replace(self, files=tuple(replace(one, crc=crc) if one == file else one for one in self.files))

    def without(self, file: Held, reason: str) -> "Listing":
        """Return the listing after a file turned out not to be readable."""
        left = (*self.left_out, LeftOut(file.id, file.name, reason))
        return replace(self, files=tuple(one for one in self.files if one != file), left_out=left)

    def packed(self) -> str:
        """Return it as one text, to be sealed."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str)

    @classmethod
    def unpacked(cls, packed: str) -> "Listing":
        """Return what `packed` was made of."""
        data = json.loads(packed)
        return cls(
            folder=data["folder"],
            files=tuple(Held(**{**one, "id": uuid.UUID(one["id"])}) for one in data["files"]),
            left_out=tuple(LeftOut(**{**one, "id": uuid.UUID(one["id"])}) for one in data["left_out"]),
            documents=tuple(Document(**one) for one in data["documents"]),
        )


@dataclass(frozen=True, slots=True)
class Index:
    """The archive's first page and its style: kept as they were made, so that a later release changes no byte."""

    page: str
    style: str

    def packed(self) -> str:
        """Return it as one text, to be sealed."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def unpacked(cls, packed: str) -> "Index":
        """Return what `packed` was made of."""
        return cls(**json.loads(packed))
