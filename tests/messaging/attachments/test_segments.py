"""Files at rest: nothing but exactly what was written opens, at any place and of any length."""

import io
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.attachments.segments import (
    CONTENT,
    SEGMENT_BYTES,
    STRIDE,
    THUMBNAIL,
    SegmentReader,
    SegmentWriter,
    new_key,
    sealed_bytes,
)
from smportal.crypto.errors import UnsealError

KEY, FILE = new_key(), uuid.uuid4()
LENGTHS = st.sampled_from(
    [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 7]
)


def content(length: int) -> bytes:
    return bytes(number % 251 for number in range(length))


def sealed(plain: bytes, *, file_id: uuid.UUID = FILE, stream: str = CONTENT, step: int = 10_000) -> bytearray:
    target = io.BytesIO()
    writer = SegmentWriter(target, KEY, file_id, stream)
    for start in range(0, len(plain), step):
        writer.write(plain[start : start + step])
    writer.finish()
    assert writer.size == len(plain)
    return bytearray(target.getvalue())


def opened(stored: bytes | bytearray, size: int, *, file_id: uuid.UUID = FILE, stream: str = CONTENT) -> bytes:
    return b"".join(SegmentReader(io.BytesIO(stored), KEY, file_id, size, stream).pieces())


@settings(deadline=None)
@given(LENGTHS, st.integers(1, 200_000))
def test_what_was_written_comes_back(length: int, step: int) -> None:
    stored = sealed(content(length), step=step)
    assert len(stored) == sealed_bytes(length)
    assert opened(stored, length) == content(length)
    assert length < 32 or content(length)[:32] not in stored


@settings(deadline=None)
@given(st.integers(1, 3 * SEGMENT_BYTES), st.data())
def test_any_range_is_the_same_as_a_slice(length: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.integers(first, length - 1))
    reader = SegmentReader(io.BytesIO(sealed(content(length))), KEY, FILE, length)
    assert b"".join(reader.pieces(first, last)) == content(length)[first : last + 1]


@settings(deadline=None)
@given(st.integers(0, 2 * STRIDE + 99), st.integers(1, 255))
def test_a_flipped_bit_anywhere_does_not_open(at: int, flip: int) -> None:
    length = 2 * SEGMENT_BYTES + 100
    stored = sealed(content(length))
    stored[at] ^= flip
    with pytest.raises(UnsealError):
        opened(stored, length)


def test_segments_do_not_change_places() -> None:
    stored = sealed(content(3 * SEGMENT_BYTES))
    first, second, third = (bytes(stored[at * STRIDE : (at + 1) * STRIDE]) for at in range(3))
    for moved in (second + first + third, first + first + third, first + third + second):
        with pytest.raises(UnsealError):
            opened(moved, 3 * SEGMENT_BYTES)


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_file_cut_at_a_segment_is_noticed_also_when_the_row_lies_about_its_size(kept: int) -> None:
    stored = sealed(content(3 * SEGMENT_BYTES))
    cut = bytes(stored[: kept * STRIDE])
    for size in {3 * SEGMENT_BYTES, kept * SEGMENT_BYTES}:
        with pytest.raises(UnsealError):
            opened(cut, size)


def test_bytes_added_at_the_end_are_noticed() -> None:
    with pytest.raises(UnsealError):
        opened(sealed(content(100)) + b"x", 100)


def test_a_segment_of_another_file_or_stream_does_not_open() -> None:
    length = SEGMENT_BYTES + 1
    for other in (sealed(content(length), file_id=uuid.uuid4()), sealed(content(length), stream=THUMBNAIL)):
        with pytest.raises(UnsealError):
            opened(other, length)


def test_a_reader_holds_one_segment() -> None:
    reader = SegmentReader(io.BytesIO(sealed(content(5 * SEGMENT_BYTES))), KEY, FILE, 5 * SEGMENT_BYTES)
    assert max(len(piece) for piece in reader.pieces()) == SEGMENT_BYTES
    assert len(reader._held[1]) == SEGMENT_BYTES
