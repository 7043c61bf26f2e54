"""Statements that PostgreSQL plans once for each connection."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.query import QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from smportal.prepared import Compiled, prepared_cursor
from tests import factories

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


def of_account(account_id: uuid.UUID) -> QuerySet[Any]:
    return Account.objects.filter(id=account_id).select_related("record").annotate(twice=F("digest_hour") * 2)


def test_a_compiled_queryset_makes_the_rows_that_the_orm_makes(db: None) -> None:
    accounts = [factories.make_eligible_veteran()[0] for _ in range(2)]
    compiled = Compiled(of_account)
    for number, account in enumerate(accounts):
        with CaptureQueriesContext(connection) as asked:
            made, wanted = compiled.rows(account.id)[0], of_account(account.id)[0]
            assert [made, made.record, vars(made)["twice"]] == [wanted, wanted.record, vars(wanted)["twice"]]
        assert len(asked) == 2
        assert made == account, number
    assert compiled.first(uuid.uuid4()) is None


def test_no_plan_is_made_for_the_values_of_one_call(db: None) -> None:
    for number in range(7):
        answer(number)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans > 6, custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            ["%counted_once"],
        )
        assert cursor.fetchall() == [(True, 0)]
