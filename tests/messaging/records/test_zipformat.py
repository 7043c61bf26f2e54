"""The plan of a zip file: what any reader takes, and any range of it, also where it is larger than a disk here."""

import datetime as dt
import io
import os
import zipfile
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.records.archive import zipformat
from messaging.records.archive.zipformat import Member, Plan

AT = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
MIB = 1024 * 1024


def member(path: str, content: bytes) -> Member:
    def read(first: int, last: int) -> Iterator[bytes]:
        for at in range(first, last + 1, 7):
            yield content[at : min(at + 7, last + 1)]

    return Member(path, len(content), zlib.crc32(content), AT, read)


class Zeros:
    """Members of zeros, which take no room here; counts how much was asked for."""

    def __init__(self, size: int) -> None:
        self.size, self.given = size, 0
        self.crc = zlib.crc32(bytes(size))

    def member(self, path: str) -> Member:
        def read(first: int, last: int) -> Iterator[bytes]:
            for at in range(first, last + 1, MIB):
                piece = bytes(min(MIB, last + 1 - at))
                self.given += len(piece)
                yield piece

        return Member(path, self.size, self.crc, AT, read)


class Virtual(io.RawIOBase):
    """A plan as a file that can be read at any place, as a reader of zip files does."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan, self._at = plan, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._plan.size}[whence] + offset
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        end = min(self._plan.size, self._at + len(buffer))
        if self._at >= end:
            return 0
        piece = b"".join(self._plan.stream(self._at, end - 1))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


CONTENTS = {
    "index.html": b"<p>",
    "a/empty.txt": b"",
    "a/Blutdruck \u2013 M\u00e4rz.txt": b"120/80\n" * 40,
    "a/b.bin": bytes(range(256)),
}
PLAN = Plan([member(path, content) for path, content in CONTENTS.items()])
WHOLE = b"".join(PLAN.stream())


def test_it_is_a_zip_file_of_the_length_that_was_said() -> None:
    assert len(WHOLE) == PLAN.size
    packed = zipfile.ZipFile(io.BytesIO(WHOLE))
    assert packed.testzip() is None
    assert {info.filename: packed.read(info) for info in packed.infolist()} == CONTENTS
    assert {info.date_time for info in packed.infolist()} == {(2026, 3, 3, 15, 0, 0)}
    assert {oct(info.external_attr >> 16) for info in packed.infolist()} == {"0o100600"}


@given(st.integers(0, PLAN.size - 1), st.integers(0, PLAN.size - 1))
def test_any_range_is_that_part_of_the_whole(one: int, other: int) -> None:
    first, last = sorted((one, other))
    assert b"".join(PLAN.stream(first, last)) == WHOLE[first : last + 1]


def test_a_changed_byte_is_noticed() -> None:
    broken = bytearray(WHOLE)
    broken[WHOLE.index(b"120/80")] ^= 1
    assert zipfile.ZipFile(io.BytesIO(bytes(broken))).testzip() is not None


@pytest.mark.parametrize("count", [130, 260])
def test_three_and_six_gigabytes_of_files(count: int) -> None:
    """The last member of a plan that needs 64-bit places, read without what stands before it."""
    zeros = Zeros(25 * MIB)
    plan = Plan([*(zeros.member(f"f{number}.bin") for number in range(count)), member("last.txt", b"the end")])
    assert plan.size > count * 25 * MIB
    packed = zipfile.ZipFile(Virtual(plan))
    assert len(packed.namelist()) == count + 1
    assert packed.read("last.txt") == b"the end"
    assert packed.getinfo("last.txt").header_offset > count * 25 * MIB
    with packed.open(f"f{count - 1}.bin") as late:
        assert late.read(10) == bytes(10)
    assert zeros.given < 2 * MIB, "only what was asked for is read"


def test_more_members_than_the_short_count_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it held 9 instead of 65,534."""
    monkeypatch.setattr(zipformat, "_LIMIT_16", 10)
    packed = zipfile.ZipFile(Virtual(Plan([member(f"{number}", b"") for number in range(20)])))
    assert len(packed.namelist()) == 20
    assert packed.read("19") == b""


def test_a_date_before_zip_files_can_be_written() -> None:
    plan = Plan([Member("old.txt", 0, 0, AT.replace(year=1970), lambda _first, _last: iter(()))])
    assert zipfile.ZipFile(Virtual(plan)).getinfo("old.txt").date_time[0] == 1980
