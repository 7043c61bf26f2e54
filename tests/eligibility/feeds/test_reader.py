"""Cutting bytes into rows: lines, quotes, encodings and sizes, in bounded memory."""

import csv
import hashlib
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.feeds.reader import LONGEST_ROW, RawRow, RowReader


def rows(content: bytes) -> list[RawRow]:
    return list(RowReader(io.BytesIO(content), new_hash=hashlib.sha256))


def cut(content: bytes) -> list[tuple[int, list[str] | str]]:
    """Line and fields, or line and problem."""
    return [(row.line, row.problem or row.fields) for row in rows(content)]


BROKEN = "the quotes do not match"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\nc,d\n", [(1, ["a", "b"]), (2, ["c", "d"])]),
        (b"a,b\r\n\r\n  \r\nc,d", [(1, ["a", "b"]), (4, ["c", "d"])]),
        (b"\xef\xbb\xbfa,b\n", [(1, ["a", "b"])]),
        (b'\xef\xbb\xbf"a",b\n', [(1, ["a", "b"])]),
        (b'a,"b\nb2",c\nd,e,f\n', [(1, ["a", "b\nb2", "c"]), (3, ["d", "e", "f"])]),
        (b'"a ""x"", b",c\r\n', [(1, ['a "x", b', "c"])]),
        (b'a,""\nb,"x"', [(1, ["a", ""]), (2, ["b", "x"])]),
        # Broken quotes spoil the line where they begin, and no other.
        (b'O"Neil,b\nc,d\n', [(1, BROKEN), (2, ["c", "d"])]),
        (b'a,"b\nc,d\ne,f\n', [(1, BROKEN), (2, ["c", "d"]), (3, ["e", "f"])]),
        (b'a,"b\nc,"d"\ne,f\n', [(1, BROKEN), (2, ["c", "d"]), (3, ["e", "f"])]),
        (b'a,"b\nc,"d"\ne,f",g\nh,i\n', [(1, BROKEN), (2, ["c", "d"]), (3, BROKEN), (4, ["h", "i"])]),
        (b'a,"b"x\nc,d\n', [(1, BROKEN), (2, ["c", "d"])]),
        (b"a,\xff\nc,d\n", [(1, "the row is not UTF-8"), (2, ["c", "d"])]),
        (b'"\xff\n\xff",b\nc,d\n', [(1, "the row is not UTF-8"), (3, ["c", "d"])]),
        (b"", []),
        (b"\n\n", []),
    ],
)
def test_rows_and_their_lines(content: bytes, expected: list[tuple[int, list[str] | str]]) -> None:
    assert cut(content) == expected


LONG = b"x" * (3 * LONGEST_ROW)


@pytest.mark.parametrize(
    ("content", "after"),
    [
        (LONG + b"\nc,d\n", 2),
        (b'a,"' + LONG + b'"\nc,d\n', 2),
        (b'a,"' + LONG + b"\n" + LONG + b'",b\nc,d\n', 3),
        (b'a,"' + b"\n" * LONGEST_ROW + b'"\nc,d\n', LONGEST_ROW + 2),
        (b'a,"b\n' + LONG + b'",b\nc,d\n', 3),
    ],
)
def test_a_row_that_is_too_long_is_skipped_to_its_end(content: bytes, after: int) -> None:
    first, second = rows(content)
    assert (first.problem, len(first.digest)) == ("the row is too long", 64)
    assert (second.line, second.fields) == (after, ["c", "d"])


def test_an_open_quote_before_a_long_rest_loses_nothing() -> None:
    good = b"c,d\n" * (2 * LONGEST_ROW // 4)
    first, *others = rows(b'a,"b\n' + good)
    assert first.problem == BROKEN
    assert len(others) == len(good) // 4


class Zeros(io.RawIOBase):
    """A hundred million bytes that exist nowhere at once."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left)
        buffer[:count] = b"0" * count
        self.left -= count
        return count


def test_a_line_of_a_hundred_megabytes_stays_out_of_memory() -> None:
    tracemalloc.start()
    (row,) = RowReader(io.BufferedReader(Zeros(100_000_000)), new_hash=hashlib.sha256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert row.problem == "the row is too long"
    assert peak < 2_000_000


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(st.lists(_TEXT, min_size=2, max_size=4), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_the_standard_library_writes_is_read_back(table: list[list[str]], end: str) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    assert [row.fields for row in rows(buffer.getvalue().encode())] == table


@given(st.binary(max_size=200), st.sampled_from([b'"', b",", b"\n", b'"\n', b'""', b""]))
def test_no_bytes_stop_the_reading_or_lose_the_last_line(noise: bytes, joint: bytes) -> None:
    found = rows(noise + joint + b"\nlast,row\n")
    lines = [row.line for row in found]
    assert lines == sorted(set(lines))
    # An open quote may take it in only when it is closed behind it, and nothing is behind it.
    assert found[-1].fields == ["last", "row"]
