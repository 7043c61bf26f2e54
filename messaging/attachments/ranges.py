"""The Range header of a download: one range of bytes, or all of it (RFC 9110, section 14)."""

import re
from typing import Final

_ONE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Unsatisfiable(Exception):
    """A range that the file does not have."""


def parse(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte; None for the whole file, also for what is not understood or several ranges.

    Raises Unsatisfiable for a range that begins behind the end.
    """
    found = _ONE.fullmatch(header.strip().replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return int(first), min(int(last), size - 1) if last else size - 1
