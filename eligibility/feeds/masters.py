"""Applies facilities, veterans and care teams: rows that are compared column by column."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Manager, Model

from accounts.matching import match_name
from accounts.models import VeteranRecord
from eligibility import hooks
from eligibility.feeds.applying import Outcome, day, facilities_by_station, lock_teams, records_by_icn
from eligibility.feeds.staging import StagedRow
from eligibility.models import CareTeam, Facility
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event

Columns = dict[str, Any]


Row = TypeVar("Row", bound=Model)


@dataclass(slots=True)
class Comparison(Generic[Row]):
    """Sorts rows into new, changed (each with the details of what changed) and unchanged ones."""

    outcome: Outcome
    new: list[Row] = field(default_factory=list)
    changed: list[tuple[Row, Columns]] = field(default_factory=list)

    def add(self, stored: Row | None, blank: Row, columns: Columns) -> None:
        """Give the stored row, or else the blank one, these columns."""
        row = blank if stored is None else stored
        details: Columns = {}
        for name, value in columns.items():
            old = getattr(row, name)
            if (bytes(old) if isinstance(old, memoryview) else old) != value:
                details |= {f"old_{name}": _plain(old), f"new_{name}": _plain(value)}
                setattr(row, name, value)
        if stored is None:
            self.new.append(row)
            self.outcome.created += 1
        elif details:
            self.changed.append((row, details))
            self.outcome.changed += 1
        else:
            self.outcome.unchanged += 1

    def save(self, rows: "Manager[Row]", fields: Sequence[str]) -> None:
        """Write the new and the changed ones."""
        rows.bulk_create(self.new)
        if self.changed:
            rows.bulk_update([row for row, _ in self.changed], fields, batch_size=200)

    def everything(self) -> list[tuple[Row, Columns]]:
        """Return the changed rows and the new ones, each with its details for the trail."""
        return [*self.changed, *((row, _everything(row)) for row in self.new)]


def apply_facilities(actor: Actor, rows: Sequence[StagedRow]) -> Outcome:
    """Apply a batch; parents are there already (eligibility.feeds.links), or in no row at all."""
    outcome = Outcome()
    parents = facilities_by_station(row.values["parent_station"] for row in rows)
    stored = Facility.objects.in_bulk([row.subject for row in rows], field_name="station_number")
    compared: Comparison[Facility] = Comparison(outcome)
    for row in rows:
        values = row.values
        columns: Columns = {name: values[name] for name in ("name", "state", "time_zone", "phone") if name in values}
        columns["parent_id"] = parents[values["parent_station"]] if values["parent_station"] else None
        compared.add(stored.get(row.subject), Facility(station_number=row.subject), columns)
    compared.save(Facility.objects, ("name", "state", "time_zone", "phone", "parent"))
    for facility, details in compared.everything():
        outcome.events.append(Event(Deed.FACILITY_CHANGED, None, "facility", facility.pk, details=details))
    hooks.zone_changed(actor, [facility.pk for facility, details in compared.changed if "new_time_zone" in details])
    return outcome


def apply_care_teams(actor: Actor, rows: Sequence[StagedRow]) -> Outcome:
    """Apply a batch of care teams."""
    outcome = Outcome()
    facilities = facilities_by_station(row.values["station_number"] for row in rows)
    lock_teams(_changing_teams(rows, facilities))
    stored = CareTeam.objects.in_bulk([row.subject for row in rows], field_name="code")
    compared: Comparison[CareTeam] = Comparison(outcome)
    for row in rows:
        values = row.values
        facility_id = facilities.get(values["station_number"])
        if facility_id is None:
            outcome.refuse(row, "the station number is unknown")
            continue
        columns: Columns = {name: values[name] for name in ("internal_name", "public_name", "care_type", "phone")}
        columns["facility_id"] = facility_id
        compared.add(stored.get(row.subject), CareTeam(code=row.subject), columns)
    compared.save(CareTeam.objects, ("internal_name", "public_name", "care_type", "phone", "facility"))
    for team, details in compared.everything():
        outcome.events.append(Event(Deed.TEAM_CHANGED, None, "care_team", team.pk, details=details))
    # The clock of a team that moved runs in the new facility's zone.
    hooks.zone_changed(actor, [team.facility_id for team, details in compared.changed if "new_facility_id" in details])
    return outcome


def _changing_teams(rows: Sequence[StagedRow], facilities: dict[str, int]) -> list[uuid.UUID]:
    said = {row.subject: row.values for row in rows}
    return [
        team.pk
        for team in CareTeam.objects.filter(code__in=said).order_by("pk")
        if facilities.get(said[team.code]["station_number"]) != team.facility_id
    ]


def apply_veterans(actor: Actor, rows: Sequence[StagedRow]) -> Outcome:
    """Apply a batch of the master index; survivors of merges are there already (eligibility.feeds.links)."""
    outcome = Outcome()
    survivors = records_by_icn(row.values.get("merged_into", "") for row in rows)
    stored = VeteranRecord.objects.in_bulk([row.subject for row in rows], field_name="icn")
    compared: Comparison[VeteranRecord] = Comparison(outcome)
    now = clock.now()
    for row in rows:
        blank = VeteranRecord(id=uuid.uuid4(), icn=row.subject, created_at=now, changed_at=now)
        compared.add(stored.get(row.subject), blank, _veteran_columns(row.values, survivors))
    for record, _ in compared.changed:
        record.changed_at = now
    compared.save(VeteranRecord.objects, (*_VETERAN_COLUMNS, "changed_at"))
    for record, details in compared.everything():
        outcome.events.append(Event(Deed.FACT_CHANGED, record.pk, "veteran", record.pk, details=_public(details)))
    return outcome


_VETERAN_COLUMNS = (
    "first_name",
    "middle_name",
    "last_name",
    "match_name",
    "birth_date",
    "ssn_pepper",
    "ssn_digest",
    "deceased",
    "identity_theft",
    "merged_into",
)
# Of a veteran the trail tells which columns changed, and old and new only of these.
_TOLD = ("deceased", "identity_theft", "merged_into_id")


def _veteran_columns(values: dict[str, str], survivors: dict[str, uuid.UUID]) -> Columns:
    pepper, _, digest = values["ssn"].partition(":")
    columns: Columns = {
        "first_name": values["first_name"],
        "middle_name": values["middle_name"],
        "last_name": values["last_name"],
        "match_name": match_name(values["first_name"], values["last_name"]),
        "birth_date": day(values["birth_date"]),
        "ssn_pepper": pepper,
        "ssn_digest": bytes.fromhex(digest) if digest else None,
        "deceased": values["deceased"] == "yes",
        "identity_theft": values["identity_theft"] == "yes",
    }
    if "merged_into" in values:
        columns["merged_into_id"] = survivors[values["merged_into"]] if values["merged_into"] else None
    return columns


def _public(details: Columns) -> Columns:
    names = sorted({name.partition("_")[2] for name in details})
    told = {name: value for name, value in details.items() if name.partition("_")[2] in _TOLD}
    return {"columns": names, **told}


def _everything(row: Model) -> Columns:
    fields = row._meta.concrete_fields  # noqa: SLF001 - Django's documented interface
    return {f"new_{each.attname}": _plain(getattr(row, each.attname)) for each in fields}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return "digest"
    return value if value is None or isinstance(value, str | int) else str(value)
