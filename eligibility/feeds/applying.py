"""What applying a batch gives back, and the look-ups that several kinds share."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from accounts.models import VeteranRecord
from eligibility.feeds.source import SetAside
from eligibility.feeds.staging import StagedRow
from eligibility.models import CareTeam, Facility
from smportal.actor import Actor
from smportal.audit.recording import Event


@dataclass(slots=True)
class Outcome:
    """Counts of one batch, the rows it set aside, and the events that its transaction must record."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[SetAside] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def refuse(self, row: StagedRow, reason: str) -> None:
        """Set a row aside."""
        self.refused.append(SetAside(row.line, reason, row.values))


# Applies a batch in the caller's transaction.
Applying = Callable[[Actor, Sequence[StagedRow]], Outcome]


def records_by_icn(icns: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of the records with these ICNs."""
    return dict(VeteranRecord.objects.filter(icn__in=set(icns)).order_by().values_list("icn", "id"))


def facilities_by_station(stations: Iterable[str]) -> dict[str, int]:
    """Return the ids of the facilities with these station numbers."""
    found = Facility.objects.filter(station_number__in=set(stations)).order_by()
    return dict(found.values_list("station_number", "id"))


def teams_by_code(codes: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of the teams with these codes."""
    return dict(CareTeam.objects.filter(code__in=set(codes)).order_by().values_list("code", "id"))


def lock_teams(ids: Iterable[UUID]) -> None:
    """Make a send to these teams that is being checked right now come before or after this change."""
    list(CareTeam.objects.select_for_update(no_key=True).filter(id__in=set(ids)).order_by("id").values_list("id"))


def iso(date: dt.date | None) -> str:
    """A date as a feed writes it; none is empty."""
    return date.isoformat() if date else ""


def day(text: str) -> dt.date | None:
    """The other way round."""
    return dt.date.fromisoformat(text) if text else None
