"""Statements that PostgreSQL plans once for each connection, and not at every call.

For what nearly every page asks, in wide plain SQL of which planning takes longer than running. What the ORM makes is
planned each time, but for a queryset that is `Compiled`. Values are bound on the server: a statement says their types where nothing else tells them, and two
texts that differ are two plans, so values are parameters and nothing else is put in. The plan knows no values: only
for statements that find little by keys, whatever the values are.
"""

import uuid
from collections.abc import Callable, Sequence
from functools import cached_property
from inspect import signature
from typing import Any, Final, Generic, TypeVar

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django.db.models import BooleanField, Model, QuerySet
from django.db.models.expressions import RawSQL

Row = TypeVar("Row", bound=Model)

# The driver's own, of which Django's stubs know nothing.
_CURSOR: Final[Any] = ServerBindingCursor


class _Logged(CursorDebugWrapper):
    """Notes statements with their values, as Django does for those that it binds itself: for tests that look at them."""

    def execute(self, sql: Any, params: Any = None) -> Any:
        with self.debug_sql(self.db.ops.compose_sql(sql, params)):
            return CursorWrapper.execute(self, sql, params)


def prepared_cursor() -> CursorWrapper:
    """Return a cursor like `connection.cursor()`, for one of these statements (setting prepare_threshold)."""
    connection.ensure_connection()
    cursor = _CURSOR(connection.connection)
    return _Logged(cursor, connection) if connection.queries_logged else connection.make_cursor(cursor)


class _Slot(uuid.UUID):
    """Stands for a value while a queryset is put into SQL; its number is which value. Columns of ids take it as it is."""


class _Answered:
    """A compiler that has its answer: what Django asks to make models of an answer's rows."""

    def __init__(self, compiler: Any, rows: Sequence[Any]) -> None:
        self.select, self.klass_info = compiler.select, compiler.klass_info
        self.annotation_col_map = compiler.annotation_col_map
        self._compiler, self._rows = compiler, rows

    def execute_sql(self, **_: object) -> list[Sequence[Any]]:
        """Return the rows as one chunk."""
        return [self._rows]

    def results_iter(self, results: Any) -> Any:
        """Return the rows with their columns' converters applied."""
        return self._compiler.results_iter(results)


class Compiled(Generic[Row]):
    """A queryset of whole rows that is put into SQL once: for a wide one Django takes longer than PostgreSQL with it.

    `build` gets a stand-in for each value, all of them for columns of ids or for RawSQL, and must not look at them.
    What Django makes of an answer's rows is what a queryset makes of them.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self._build = build

    def rows(self, *values: object) -> list[Row]:
        """Return the rows of the queryset with these values."""
        queryset, compiler, sql, slots = self._compiled
        parameters: list[Any] = [values[slot.int] if isinstance(slot, _Slot) else slot for slot in slots]
        with prepared_cursor() as cursor:
            cursor.execute(sql, parameters)
            answer = _Answered(compiler, cursor.fetchall())
        answered: Any = queryset.all()
        answered.query.get_compiler = lambda *_, **__: answer
        return list(answered)

    def first(self, *values: object) -> Row | None:
        """Return the first row, None where there is none."""
        return next(iter(self.rows(*values)), None)

    @cached_property
    def _compiled(self) -> tuple[QuerySet[Row], Any, str, Sequence[object]]:
        count = len(signature(self._build).parameters)
        queryset = self._build(*(_Slot(int=number) for number in range(count)))
        compiler: Any = queryset.query.get_compiler(connection.alias)
        sql, slots = compiler.as_sql()
        return queryset, compiler, sql, slots


def one_of(column: str, values: object) -> RawSQL:
    """Return a condition for `Compiled`: a column's value is in a list that is one value, however long."""
    # The column is named by the code; the list is a parameter.
    return RawSQL(f"{column} = ANY(%s)", [values], output_field=BooleanField())  # noqa: S611
