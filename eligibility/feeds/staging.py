"""A temporary table that sorts a file's rows and settles its repeats, so that memory stays bounded.

It lives in the database session and ends with it: a killed load leaves nothing behind.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from eligibility.feeds.kinds import Kind, Values
from eligibility.feeds.source import GoodRow

_CREATE = """
CREATE TEMPORARY TABLE feed_stage (
  line bigint NOT NULL, subject text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
  link text COLLATE "C" NOT NULL, content text COLLATE "C" NOT NULL,
  rank integer NOT NULL DEFAULT 0, verdict text NOT NULL DEFAULT '')
"""

# Of several contents for one key the most repeated one stands, and of those the first in sorting
# order: a rule that does not ask for the order of the rows.
_SETTLE = """
WITH twice AS (SELECT key FROM feed_stage GROUP BY key HAVING count(*) > 1),
counted AS (
  SELECT s.ctid AS id, s.key, s.content, s.line, count(*) OVER (PARTITION BY s.key, s.content) AS times
  FROM feed_stage s JOIN twice ON twice.key = s.key),
ranked AS (
  SELECT id, content, row_number() OVER best AS place, first_value(content) OVER best AS stands
  FROM counted WINDOW best AS (PARTITION BY key ORDER BY times DESC, content, line))
UPDATE feed_stage SET verdict = CASE WHEN ranked.content = ranked.stands THEN 'repeat' ELSE 'other' END
FROM ranked WHERE feed_stage.ctid = ranked.id AND ranked.place > 1
"""

_PAGE = """
SELECT line, subject, key, content FROM feed_stage
WHERE verdict = '' AND rank = %s AND (subject, key) > (%s, %s) ORDER BY subject, key LIMIT %s
"""
_REST_OF_SUBJECT = """
SELECT line, subject, key, content FROM feed_stage
WHERE verdict = '' AND rank = %s AND subject = %s AND key > %s ORDER BY key
"""


@dataclass(frozen=True, slots=True)
class StagedRow:
    """A row that stands for its key in this file."""

    line: int
    subject: str
    values: Values


@contextmanager
def stage(kind: Kind) -> Iterator["Stage"]:
    """Make the table for one load, and drop it at the end."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.feed_stage")
        cursor.execute(_CREATE)
    try:
        yield Stage(kind)
    finally:
        # After a lost connection the table is gone already.
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS pg_temp.feed_stage")


class Stage:
    """The rows of one load."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def fill(self, rows: Iterable[GoodRow]) -> None:
        """Copy rows in; call it as often as needed, then `settle`."""
        kind = self._kind
        encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY feed_stage (line, subject, key, link, content) FROM STDIN") as copy,
        ):
            for row in rows:
                values = row.values
                link = values.get(kind.link, "")
                copy.write_row((row.line, kind.subject_of(values), kind.key_of(values), link, encode(values)))

    def settle(self) -> int:
        """Mark repeats of a key; return how many rows repeat another one exactly."""
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX ON feed_stage (key)")
            cursor.execute("ANALYZE feed_stage")
            cursor.execute(_SETTLE)
            cursor.execute("CREATE INDEX ON feed_stage (rank, subject, key) WHERE verdict = ''")
            cursor.execute("ANALYZE feed_stage")
        return self._count("repeat")

    def differing(self, *, size: int) -> Iterator[list[StagedRow]]:
        """Yield, in pages, the rows that say something else for a key than the row that stands."""
        line = 0
        while rows := self._fetch(
            "SELECT line, subject, key, content FROM feed_stage WHERE verdict = 'other' AND line > %s"
            " ORDER BY line LIMIT %s",
            [line, size],
        ):
            line = rows[-1][0]
            yield [_staged(row) for row in rows]

    def total(self) -> int:
        """Return how many rows stand."""
        return self._count("")

    def links(self) -> dict[str, str]:
        """Return key and link of every row that stands and names another row."""
        return dict(self._fetch("SELECT key, link FROM feed_stage WHERE verdict = '' AND link <> ''", []))

    def standing(self, keys: Iterable[str]) -> set[str]:
        """Return which of the keys have a row that stands."""
        rows = self._fetch("SELECT key FROM feed_stage WHERE verdict = '' AND key = ANY(%s)", [list(keys)])
        return {key for (key,) in rows}

    def take_out(self, keys: Sequence[str]) -> dict[str, StagedRow]:
        """Take the rows that stand for these keys out of the load, and return them by key."""
        rows = self._fetch(
            "UPDATE feed_stage SET verdict = 'out' WHERE verdict = '' AND key = ANY(%s)"
            " RETURNING line, subject, key, content",
            [list(keys)],
        )
        return {row[2]: _staged(row) for row in rows}

    def put_in_order(self, ranks: Iterable[tuple[str, int]]) -> None:
        """Apply these keys later than the rest, in the order of their ranks (from 1)."""
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE feed_stage SET rank = %s WHERE verdict = '' AND key = %s",
                [(rank, key) for key, rank in ranks],
            )

    def batches(self, *, size: int) -> Iterator[list[StagedRow]]:
        """Yield the rows that stand, sorted; a subject is never cut in two."""
        ranks = [rank for (rank,) in self._fetch("SELECT DISTINCT rank FROM feed_stage WHERE verdict = ''", [])]
        for rank in sorted(ranks):
            subject = key = ""
            while rows := self._fetch(_PAGE, [rank, subject, key, size]):
                subject, key = rows[-1][1:3]
                if len(rows) == size:
                    rows += self._fetch(_REST_OF_SUBJECT, [rank, subject, key])
                    key = rows[-1][2]
                yield [_staged(row) for row in rows]

    def _count(self, verdict: str) -> int:
        ((count,),) = self._fetch("SELECT count(*) FROM feed_stage WHERE verdict = %s", [verdict])
        return int(count)

    @staticmethod
    def _fetch(query: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, arguments)
            return list(cursor.fetchall())


def _staged(row: tuple[Any, ...]) -> StagedRow:
    line, subject, _, content = row
    return StagedRow(line, subject, json.loads(content))
