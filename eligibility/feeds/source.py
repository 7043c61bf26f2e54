"""From the bytes of a file to rows with values, and the rows that could not be read."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings

from eligibility.feeds.errors import BadRow, FeedRefused
from eligibility.feeds.kinds import Kind, Values
from eligibility.feeds.reader import Hash, RawRow, RowReader
from eligibility.feeds.values import LONGEST_VALUE, SPACES

# Whatever looks like an SSN in another column of the master index: a column may have slipped.
_SSN_LIKE = re.compile(r"(?<![0-9])[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}(?![0-9])")
_MASK = "(number removed)"


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row whose own rules hold."""

    line: int
    values: Values


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row for the quarantine; `values` is None when it could not even be cut into values."""

    line: int
    reason: str
    values: Mapping[str, str] | None = None
    digest: str = ""


def row_hash() -> Hash:
    """Return the keyed hash that tells repeats of a row apart, and nothing else."""
    # Under the SSN's pepper: without a key, the hash and the other columns would give the SSN away.
    pepper = next(iter(settings.SSN_PEPPERS.values()))
    return hmac.new(pepper, b"feed row|", hashlib.sha256)


class CsvSource:
    """One file. Opening it reads the header. Raises FeedRefused when nothing can be read."""

    def __init__(self, kind: Kind, stream: BinaryIO, *, seen: Callable[[bytes], None] = lambda _: None) -> None:
        self._kind = kind
        self._rows = iter(RowReader(stream, new_hash=row_hash, seen=seen))
        self._names = _header(next(self._rows, None), kind)
        self._places = [(place, name) for place, name in enumerate(self._names) if name in kind.columns]

    def __iter__(self) -> Iterator[GoodRow | SetAside]:
        for row in self._rows:
            yield self._read(row)

    def _read(self, row: RawRow) -> GoodRow | SetAside:
        problem = row.problem
        if not problem and len(row.fields) != len(self._names):
            problem = (
                "the row has more values than the header"
                if len(row.fields) > len(self._names)
                else "the row has fewer values than the header"
            )
        if problem:
            return SetAside(row.line, problem, digest=row.digest or _hash_fields(row.fields))
        raw = {name: row.fields[place].strip(SPACES) for place, name in self._places}
        try:
            return GoodRow(row.line, self._kind.read(raw))
        except BadRow as bad:
            return SetAside(row.line, str(bad), self._keepable(raw))

    def _keepable(self, raw: Mapping[str, str]) -> Mapping[str, str] | None:
        """Return the row as it may be kept: no SSN, and nothing that is too long to keep."""
        if any(len(text) > LONGEST_VALUE for text in raw.values()):
            return None
        if "ssn" not in raw:
            return raw
        kept = {name: _SSN_LIKE.sub(_MASK, text) for name, text in raw.items()}
        try:
            kept["ssn"] = self._kind.columns["ssn"](raw["ssn"])
        except BadRow:
            kept["ssn"] = _MASK
        return kept


def _hash_fields(fields: list[str]) -> str:
    digest = row_hash()
    digest.update("\x1f".join(fields).encode())
    return digest.hexdigest()


def _header(row: RawRow | None, kind: Kind) -> list[str]:
    if row is None:
        raise FeedRefused("the file is empty")
    if row.problem:
        raise FeedRefused(f"the header cannot be read: {row.problem.replace('the row', 'it')}")
    names = [name.strip(SPACES).lower() for name in row.fields]
    missing = [name for name in kind.columns if name in kind.needed and name not in names]
    if missing:
        raise FeedRefused(f"the header lacks {', '.join(missing)}")
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        # Only names of columns that we know: the rest is the file's own text.
        known = [name for name in repeated if name in kind.columns]
        raise FeedRefused(f"the header repeats {', '.join(known) or 'a column'}")
    return names
