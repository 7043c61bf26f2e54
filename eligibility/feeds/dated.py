"""Applies the four kinds with periods: enrollment, registration, participation, associations."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from eligibility.feeds.applying import (
    Outcome,
    day,
    facilities_by_station,
    iso,
    lock_teams,
    records_by_icn,
    teams_by_code,
)
from eligibility.feeds.kinds import KINDS, Values
from eligibility.feeds.periods import Period, settle
from eligibility.feeds.staging import StagedRow
from eligibility.models import Association, Enrollment, Participation, Registration
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event

Subject = tuple[Any, ...]
OVERLAP = "the period overlaps another one of the same subject"


@dataclass(frozen=True, slots=True)
class Dated:
    """How a kind's columns lie in its table. `columns` turns other values into what is stored."""

    kind: str
    model: type[Enrollment] | type[Registration] | type[Participation] | type[Association]
    # Attribute of the model → column of the feed, in the subject's order.
    subject: dict[str, str]
    start: str
    stated: str
    end: str
    columns: dict[str, Callable[[str], Any]] = field(default_factory=dict)

    def existing(self, subjects: Iterable[Subject]) -> "QuerySet[Any]":
        """Return the rows that may belong to these subjects."""
        chosen = list(subjects)
        filters = {f"{name}__in": {subject[place] for subject in chosen} for place, name in enumerate(self.subject)}
        return self.model.objects.filter(**filters).order_by("pk")

    def subject_of(self, row: Any) -> Subject:
        """Return a stored row's subject."""
        return tuple(getattr(row, name) for name in self.subject)

    def period_of(self, row: Any) -> Period:
        """Return a stored row's period."""
        return Period(iso(getattr(row, self.start)), iso(getattr(row, self.stated)), iso(getattr(row, self.end)))

    def others(self, values: Values) -> dict[str, Any]:
        """Return the columns beside key and end, as they are stored."""
        return {name: convert(values[name]) for name, convert in self.columns.items()}


@dataclass(slots=True)
class _Plan:
    """What one batch will write."""

    outcome: Outcome = field(default_factory=Outcome)
    new: list[Any] = field(default_factory=list)
    # Each with the details of what changed.
    changed: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)


_UNKNOWN = {
    "icn": "the ICN is not in the master index",
    "station_number": "the station number is unknown",
    "care_team_code": "the care team is unknown",
}
_IDS: dict[str, Callable[[Iterable[str]], dict[str, Any]]] = {
    "icn": records_by_icn,
    "station_number": facilities_by_station,
    "care_team_code": teams_by_code,
}


def apply_dated(spec: Dated, actor: Actor, rows: Sequence[StagedRow]) -> Outcome:
    """Apply a batch of whole subjects."""
    outcome = Outcome()
    known = list(_with_subjects(spec, rows, outcome))
    subjects = {subject for subject, _ in known}
    plan = _plan(spec, known, spec.existing(subjects))
    if plan.changed or (plan.new and spec.model is Participation):
        # Somebody may have changed these by hand since: look again, behind locks.
        _lock(spec, plan)
        plan = _plan(spec, known, spec.existing(subjects).select_for_update())
    _write(spec, plan)
    plan.outcome.refused += outcome.refused
    return plan.outcome


def _with_subjects(
    spec: Dated, rows: Sequence[StagedRow], outcome: Outcome
) -> Iterable[tuple[Subject, list[StagedRow]]]:
    ids = {name: _IDS[name](row.values[name] for row in rows) for name in spec.subject.values() if name in _IDS}
    for _, group in groupby(rows, key=lambda row: row.subject):
        same = list(group)
        values = same[0].values
        unknown = next((name for name in ids if values[name] not in ids[name]), None)
        if unknown:
            for row in same:
                outcome.refuse(row, _UNKNOWN[unknown])
        else:
            yield tuple(ids.get(name, {}).get(values[name], values[name]) for name in spec.subject.values()), same


def _lock(spec: Dated, plan: _Plan) -> None:
    if "team_id" in spec.subject:
        lock_teams(row.team_id for row in [*plan.new, *(row for row, _ in plan.changed)])


def _plan(spec: Dated, known: Iterable[tuple[Subject, list[StagedRow]]], existing: "QuerySet[Any]") -> _Plan:
    stored: dict[Subject, dict[str, Any]] = defaultdict(dict)
    for row in existing:
        stored[spec.subject_of(row)][iso(getattr(row, spec.start))] = row
    plan = _Plan()
    for subject, rows in known:
        _plan_subject(spec, subject, rows, stored.get(subject, {}), plan)
    return plan


def _plan_subject(
    spec: Dated, subject: Subject, rows: Sequence[StagedRow], stored: dict[str, Any], plan: _Plan
) -> None:
    start_column, end_column = KINDS[spec.kind].period or ("", "")
    said = {row.values[start_column]: row for row in rows}
    before = {start: spec.period_of(row) for start, row in stored.items()}
    after, refused = settle(before, {start: row.values[end_column] for start, row in said.items()})
    for start, row in said.items():
        if start in refused:
            plan.outcome.refuse(row, OVERLAP)
        elif start not in stored:
            plan.new.append(_make(spec, subject, after[start], spec.others(row.values)))
            plan.outcome.created += 1
        else:
            others = spec.others(row.values)
            same = before[start].stated == after[start].stated and all(
                getattr(stored[start], name) == value for name, value in others.items()
            )
            plan.outcome.unchanged += same
            plan.outcome.changed += not same
    for start, kept in stored.items():
        corrected = said.get(start) if start not in refused else None
        details = _set(spec, kept, after[start], spec.others(corrected.values) if corrected else {})
        if details:
            plan.changed.append((kept, details))


def _make(spec: Dated, subject: Subject, period: Period, others: dict[str, Any]) -> Model:
    dates = {spec.start: day(period.start), spec.stated: day(period.stated), spec.end: day(period.end)}
    return spec.model(**dict(zip(spec.subject, subject, strict=True)), **dates, **others)


def _set(spec: Dated, row: Any, period: Period, others: dict[str, Any]) -> dict[str, Any]:
    """Give a stored row its new values; return old and new ones of what changed."""
    details: dict[str, Any] = {}
    for name, value in {spec.stated: day(period.stated), spec.end: day(period.end), **others}.items():
        old = getattr(row, name)
        if old != value:
            details |= {f"old_{name}": _plain(old), f"new_{name}": _plain(value)}
            setattr(row, name, value)
    return details


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int) else str(value)


def _write(spec: Dated, plan: _Plan) -> None:
    # Changes first: an earlier period must have its end before the later one is there.
    if plan.changed:
        spec.model.objects.bulk_update(
            [row for row, _ in plan.changed], [spec.stated, spec.end, *spec.columns], batch_size=500
        )
    spec.model.objects.bulk_create(plan.new)
    for row, details in plan.changed:
        plan.outcome.events.append(_event(spec, row, details))
    for row in plan.new:
        names = (spec.start, spec.stated, spec.end, *spec.columns)
        plan.outcome.events.append(_event(spec, row, {f"new_{name}": _plain(getattr(row, name)) for name in names}))


def _event(spec: Dated, row: Any, details: dict[str, Any]) -> Event:
    about = {name: str(getattr(row, name)) for name in spec.subject if name != "record_id"}
    record_id: UUID | None = getattr(row, "record_id", None)
    return Event(Deed.FACT_CHANGED, record_id, spec.kind, row.pk, details=about | details)


ENROLLMENT = Dated(
    "enrollment",
    Enrollment,
    {"record_id": "icn"},
    "effective_date",
    "stated_end_date",
    "end_date",
    {"status": str, "priority_group": lambda text: int(text) if text else None},
)
REGISTRATION = Dated(
    "registration",
    Registration,
    {"record_id": "icn", "facility_id": "station_number"},
    "registered_on",
    "stated_ended_on",
    "ended_on",
)
PARTICIPATION = Dated(
    "participation",
    Participation,
    {"staff_id": "staff_id", "team_id": "care_team_code"},
    "effective_from",
    "stated_until",
    "effective_until",
    {"role": str, "opted_in": lambda text: text == "yes"},
)
ASSOCIATIONS = Dated(
    "associations",
    Association,
    {"record_id": "icn", "team_id": "care_team_code", "relation": "relation"},
    "effective_from",
    "stated_until",
    "effective_until",
)
