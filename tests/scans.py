"""What PostgreSQL read to do some work: counted by itself, in this transaction."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def rows_read() -> Iterator[tuple[Counter[str], Counter[str]]]:
    """Count by table, once the block has ended: rows read one after the other, and rows found by an index."""
    in_sequence, by_index = Counter[str](), Counter[str]()
    before = _now()
    yield in_sequence, by_index
    for table, (sequential, indexed) in _now().items():
        earlier = before.get(table, (0, 0))
        in_sequence[table] = sequential - earlier[0]
        by_index[table] = indexed - earlier[1]


def _now() -> dict[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, seq_tup_read, coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables")
        return {table: (sequential, indexed) for table, sequential, indexed in cursor.fetchall()}
