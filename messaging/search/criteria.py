"""What is searched for: typed words and chosen filters, and their form in the sealed column."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from smportal.errors import InvalidInput

# How far apart dates may lie for a search of a whole team's words (domain rules, section 5).
TEAM_DAYS = 90


@dataclass(frozen=True, slots=True)
class Criteria:
    """Every filter; what is empty does not filter. Dates are whole days of the searcher's zone, both included."""

    words: str = ""
    team: uuid.UUID | None = None
    category: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    number: int | None = None
    # A veteran's own
    place: str = ""
    unread: bool = False
    attachment: bool = False
    # Staff's
    veteran: str = ""
    record: uuid.UUID | None = None
    assignee: str = ""
    state: str = ""

    def is_empty(self) -> bool:
        """Tell whether nothing was asked for."""
        return self == Criteria()

    def to_json(self) -> str:
        """Return what the sealed column holds."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, default=str)

    @classmethod
    def from_json(cls, text: str) -> "Criteria":
        """Return what was stored; a field that a later version has left behind is dropped."""
        known = {field.name for field in fields(cls)}
        stored = {name: value for name, value in json.loads(text).items() if name in known}
        return cls(**{name: _READ[name](value) if name in _READ else value for name, value in stored.items()})


_READ: dict[str, Callable[[str], Any]] = {
    "team": uuid.UUID,
    "record": uuid.UUID,
    "since": dt.date.fromisoformat,
    "until": dt.date.fromisoformat,
}


def check_dates(criteria: Criteria) -> None:
    """Raise InvalidInput when the dates are the wrong way round."""
    if criteria.since and criteria.until and criteria.since > criteria.until:
        raise InvalidInput(_("Enter a last day that is not before the first day."), code="reversed", field="until")


@dataclass(frozen=True, slots=True)
class Span:
    """The dates as instants: from `start` (included) to `end` (excluded); None is open."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None

    @classmethod
    def of(cls, criteria: Criteria, zone: dt.tzinfo) -> "Span":
        """Return the instants at which the criteria's days begin and end in a zone."""
        after = criteria.until + dt.timedelta(days=1) if criteria.until and criteria.until < dt.date.max else None
        return cls(_midnight(criteria.since, zone), _midnight(after, zone))


def _midnight(day: dt.date | None, zone: dt.tzinfo) -> dt.datetime | None:
    if day is None:
        return None
    try:
        return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    except OverflowError:
        return None
