"""Statements that PostgreSQL plans once for each connection."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from smportal.prepared import prepared_cursor

STATEMENT = "SELECT %(number)s::int + 1 AS counted_once"


def plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%counted_once"])
        return int(cursor.fetchone()[0])


def answer(number: int) -> int:
    with prepared_cursor() as cursor:
        cursor.execute(STATEMENT, {"number": number})
        return int(cursor.fetchone()[0])


def test_one_plan_serves_all_values_of_a_statement(db: None) -> None:
    assert [answer(1), answer(2), answer(3)] == [2, 3, 4]
    assert plans() == 1


def test_it_is_counted_and_wrapped_like_every_other_statement(db: None) -> None:
    seen: list[str] = []

    def wrapped(run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return run(sql, *rest)

    with CaptureQueriesContext(connection) as asked, connection.execute_wrapper(wrapped):
        assert answer(41) == 42
    assert [query["sql"] for query in asked] == ["SELECT 41::int + 1 AS counted_once"]
    assert seen == [STATEMENT]
