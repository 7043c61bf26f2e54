"""Pages by key instead of by number: page 200 costs what page 1 costs, and nothing shifts between pages.

A cursor names the last row shown by its sort instant and id; it holds nothing private. A list that
spans several scopes (a member's teams) takes one short slice of each and merges them, so that every
slice is one index range.
"""

import base64
import binascii
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import Model, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from smportal.errors import NotFound

Row = TypeVar("Row")
ROWS = 25


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: beside the row with this key, going on or going back."""

    at: dt.datetime
    id: uuid.UUID
    back: bool = False
    # In a list that goes group by group (team by team): the group of that row.
    group: uuid.UUID | None = None

    def __str__(self) -> str:
        raw = f"{'b' if self.back else 'f'}|{self.at.isoformat()}|{self.id}|{self.group or ''}".removesuffix("|")
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Return the cursor of a page's link, None for none. Raises NotFound for anything else."""
        if not text:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
            way, at, row_id, *group = raw.split("|")
            instant = dt.datetime.fromisoformat(at)
            if way not in {"f", "b"} or instant.tzinfo is None or len(group) > 1:
                raise NotFound
            return cls(instant, uuid.UUID(row_id), back=way == "b", group=uuid.UUID(group[0]) if group else None)
        except (binascii.Error, ValueError):
            raise NotFound from None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows with the cursors of its neighbours (empty: there is none)."""

    rows: tuple[Row, ...]
    following: str = ""
    previous: str = ""


def beyond(cursor: Cursor | None, field: str, *, descending: bool) -> Q:
    """Return the condition for rows past the cursor in the given order."""
    if cursor is None:
        return Q()
    less = descending != cursor.back
    word = "lt" if less else "gt"
    # The first condition alone bounds the index range; the second takes ties apart.
    return Q(**{f"{field}__{word}e": cursor.at}) & (
        Q(**{f"{field}__{word}": cursor.at}) | Q(**{f"id__{word}": cursor.id})
    )


def fetch(
    scopes: Sequence[QuerySet[Any]],
    *,
    field: str,
    descending: bool,
    cursor: Cursor | None,
    size: int = ROWS,
    shown: QuerySet[Any] | None = None,
) -> Page[Any]:
    """Return one page of model rows over disjoint scopes, by (`field`, id), in one statement.

    With `shown`, the scopes only find the rows and `shown` says what they are made of: columns and joins are then
    named once, and not once for each scope.
    """
    found = _slice(scopes, field, descending=descending, cursor=cursor, size=size)
    if found is None:
        return Page(())
    forward = descending == (cursor is None or not cursor.back)
    rows = list(found) if shown is None else _rows(found, shown, field, descending=forward)
    return _page(rows, cursor, field, size)


def _rows(found: QuerySet[Any], shown: QuerySet[Any], field: str, *, descending: bool) -> list[Any]:
    """Return the rows of `shown` that were found, in the order of their keys, with one statement."""
    try:
        statement, parameters = found.values_list("id", field).query.sql_with_params()
    except EmptyResultSet:
        return []
    # The statement is the ORM's; every value is a parameter.
    keys = RawSQL(f"SELECT id FROM ({statement}) AS found(id, at)", parameters)  # noqa: S608, S611
    rows = shown.filter(id__in=keys).order_by()
    return sorted(rows, key=lambda row: (getattr(row, field), row.pk), reverse=descending)


def fetch_below(
    above: QuerySet[Any],
    is_above: Callable[[Any], bool],
    scopes: Sequence[QuerySet[Any]],
    *,
    field: str,
    shown: QuerySet[Any],
    size: int = ROWS,
) -> tuple[list[Any], Page[Any]]:
    """Return the rows that stand above the first page of a list, and that page as `fetch` does, in one statement.

    Both ascend by (`field`, id); `above` has a limit of its own, and `is_above` tells its rows from those of the scopes.
    """
    below = _slice(scopes, field, descending=False, cursor=None, size=size)
    if below is None:
        return [], Page(())
    found = _rows(above.union(below, all=True), shown, field, descending=False)
    rows = [row for row in found if not is_above(row)]
    return [row for row in found if is_above(row)], _page(rows, None, field, size)


def _slice(
    scopes: Sequence[QuerySet[Any]], field: str, *, descending: bool, cursor: Cursor | None, size: int
) -> "QuerySet[Any] | None":
    if not scopes:
        return None
    forward = descending == (cursor is None or not cursor.back)
    sign = "-" if forward else ""
    order = (f"{sign}{field}", f"{sign}id")
    slices = [
        scope.filter(beyond(cursor, field, descending=descending)).order_by(*order)[: size + 1] for scope in scopes
    ]
    return slices[0] if len(slices) == 1 else slices[0].union(*slices[1:], all=True).order_by(*order)[: size + 1]


Group = tuple[uuid.UUID, Sequence[QuerySet[Any]]]


def fetch_grouped(
    groups: Sequence[Group], *, field: str, group: str, cursor: Cursor | None, size: int = ROWS
) -> Page[Any]:
    """Return one page of rows that stand group after group in this order, the newest first in each.

    Each group comes with its disjoint scopes; `group` is the rows' attribute of the group's id. One
    statement takes a short slice of each group from the cursor's on. Raises NotFound for a cursor
    whose group is not there.
    """
    back = cursor is not None and cursor.back
    numbered = list(enumerate(groups))
    if cursor is not None:
        place = next((number for number, (key, _) in numbered if key == cursor.group), None)
        if place is None:
            raise NotFound
        numbered = numbered[: place + 1] if back else numbered[place:]
    sign, turn = ("", "-") if back else ("-", "")
    order = (f"{turn}group_place", f"{sign}{field}", f"{sign}id")
    slices = [
        scope.filter(beyond(cursor, field, descending=True) if cursor and key == cursor.group else Q())
        .annotate(group_place=Value(number))
        .order_by(*order)[: size + 1]
        for number, (key, scopes) in numbered
        for scope in scopes
    ]
    if not slices:
        return Page(())
    found = list(slices[0] if len(slices) == 1 else slices[0].union(*slices[1:], all=True).order_by(*order)[: size + 1])
    return _page(found, cursor, field, size, group)


def _page(found: list[Any], cursor: Cursor | None, field: str, size: int, group: str = "") -> Page[Any]:
    more, rows = len(found) > size, found[:size]
    back = cursor is not None and cursor.back
    if back:
        rows.reverse()
    if not rows:
        return Page(())
    following = _cursor(rows[-1], field, group, back=False) if more or back else ""
    previous = _cursor(rows[0], field, group, back=True) if (more if back else cursor is not None) else ""
    return Page(tuple(rows), following, previous)


def _cursor(row: Model, field: str, group: str, *, back: bool) -> str:
    return str(Cursor(getattr(row, field), row.pk, back=back, group=getattr(row, group) if group else None))


def mapped(page: Page[Any], convert: Callable[[Any], Row]) -> Page[Row]:
    """Return the page with each row converted."""
    return Page(tuple(convert(row) for row in page.rows), page.following, page.previous)
