"""The facts of the world as feed files, and their loading by the importer that everybody uses."""

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Sequence

from eligibility.feeds.loading import load_feed
from eligibility.models import FeedLoad
from smportal.actor import Actor
from smportal.devstack.world.personas import DECEASED, ENDED, FLAGGED, MERGED, Persona
from smportal.devstack.world.places import Team
from smportal.devstack.world.plan import Part, Plan
from smportal.devstack.world.staff import CLERK, StaffPersona

IMPORTER = Actor.system("import_feed")
Rows = Iterable[Sequence[str]]
File = tuple[str, bytes]

_VETERANS = "icn first_name middle_name last_name birth_date ssn deceased identity_theft merged_into"
_ENROLLMENT = "icn status priority_group effective_date end_date"
_STAFF = "staff_id name email station_number title active care_team_codes lead_of"


class WorldProblem(Exception):
    """The world cannot be made as it was planned."""


def load(kind: str, content: bytes) -> FeedLoad:
    """Load one file as `import_feed` does. Raises WorldProblem when a row of it was set aside."""
    done = load_feed(actor=IMPORTER, kind=kind, stream=io.BytesIO(content))
    if done.quarantined:
        msg = f"{done.quarantined} rows of the {kind} feed were set aside"
        raise WorldProblem(msg)
    return done


def first_files(plan: Plan, parts: Sequence[Part], start: dt.datetime) -> list[File]:
    """Return kind and content of every file of the first night, in the order of loading."""
    since = (start - dt.timedelta(days=400)).date().isoformat()
    return [
        ("facilities", _facilities(plan)),
        ("care_teams", _teams(plan)),
        ("staff", _csv(_STAFF, (_staff(person) for person in plan.staff))),
        ("veterans", _csv(_VETERANS, (row for person in _indexed(plan) for row in _veterans(person)))),
        ("enrollment", _csv(_ENROLLMENT, (row for person in _indexed(plan) for row in _enrollment(person)))),
        ("registration", _registration(plan, since)),
        ("participation", _participation(plan, since)),
        ("associations", _associations(plan, parts, since)),
    ]


def last_file(plan: Plan) -> File:
    """Return last night's staff file: what the first one said, in another order, so it changes nothing.

    Its load is the sign that the world is complete.
    """
    return "staff", _csv(_STAFF, (_staff(person) for person in sorted(plan.staff, key=lambda each: each.name)))


def later_files(plan: Plan, now: dt.datetime) -> list[tuple[dt.timedelta, File]]:
    """Return the news of later nights, each with how long before the end of the story it came."""
    found = {person.key: person for person in plan.veterans}
    news: list[tuple[dt.timedelta, File]] = []
    if MERGED in found:
        person = found[MERGED]
        both = [_veteran(person), _veteran(person, icn=person.old_icn, merged_into=person.icn)]
        news.append((dt.timedelta(days=60), ("veterans", _csv(_VETERANS, both))))
    locked = [
        _veteran(found[key], deceased=key == DECEASED, flagged=key == FLAGGED)
        for key in (DECEASED, FLAGGED)
        if key in found
    ]
    if locked:
        news.append((dt.timedelta(days=30), ("veterans", _csv(_VETERANS, locked))))
    if ENDED in found:
        last_day = (now - dt.timedelta(days=14)).date().isoformat()
        rows = _enrollment(found[ENDED], end=last_day)
        news.append((dt.timedelta(days=14), ("enrollment", _csv(_ENROLLMENT, rows))))
    return news


def is_loaded(file: File) -> bool:
    """Tell whether this very file was loaded to its end."""
    sha = hashlib.sha256(file[1]).hexdigest()
    return FeedLoad.objects.filter(kind=file[0], file_sha256=sha, finished_at__isnull=False).exists()


def first_loaded_at(file: File) -> dt.datetime | None:
    """Return when a load of this very file began first, by the application's clock."""
    sha = hashlib.sha256(file[1]).hexdigest()
    loads = FeedLoad.objects.filter(kind=file[0], file_sha256=sha).order_by("started_at")
    return loads.values_list("started_at", flat=True).first()


def _csv(header: str, rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return text.getvalue().encode()


def _facilities(plan: Plan) -> bytes:
    header = "station_number name state parent_station time_zone phone"
    return _csv(header, ([row[name] for name in header.split()] for row in plan.facilities))


def _teams(plan: Plan) -> bytes:
    rows = ((team.code, team.station, team.internal, team.public, team.care_type, team.phone) for team in plan.teams)
    return _csv("code station_number internal_name public_name care_type phone", rows)


def _staff(person: StaffPersona) -> Sequence[str]:
    teams, leads = ";".join(person.teams), ";".join(person.leads)
    return (person.staff_id, person.name, person.email, person.station, person.title, "yes", teams, leads)


def _indexed(plan: Plan) -> list[Persona]:
    return [person for person in plan.veterans if person.in_index]


def _veterans(person: Persona) -> Rows:
    rows = [_veteran(person)]
    if person.key == MERGED:
        rows.append(_veteran(person, icn=person.old_icn))
    return rows


def _veteran(
    person: Persona, *, icn: str = "", merged_into: str = "", deceased: bool = False, flagged: bool = False
) -> Sequence[str]:
    flags = ("yes" if deceased else "no", "yes" if flagged else "no")
    names = (person.first, person.middle, person.last)
    return (icn or person.icn, *names, person.born, person.ssn, *flags, merged_into)


def _icns(person: Persona) -> list[str]:
    return [person.icn, person.old_icn] if person.key == MERGED else [person.icn]


def _enrollment(person: Persona, *, end: str = "") -> Rows:
    if person.failing == "not_enrolled":
        return []
    status = "pending" if person.failing == "enrollment_pending" else "enrolled"
    group = str(1 + person.number % 8)
    # One date for everybody: it names the row, so a later file with an end corrects it.
    return [(icn, status, group, "2019-04-01", end) for icn in _icns(person)]


def _registration(plan: Plan, since: str) -> bytes:
    people = [person for person in _indexed(plan) if person.failing != "not_registered"]
    rows = [(icn, person.station, since, "") for person in people for icn in _icns(person)]
    return _csv("icn station_number registered_on ended_on", rows)


def _participation(plan: Plan, since: str) -> bytes:
    rows = [
        (person.staff_id, team.code, person.role, "yes" if team.opted_in else "no", since, "")
        for team in plan.teams
        for person in _participants(plan, team)
    ]
    return _csv("staff_id care_team_code role opted_in effective_from effective_until", rows)


def _participants(plan: Plan, team: Team) -> list[StaffPersona]:
    """Return who takes part: the clinicians; in an office of clerks, the clerks."""
    members = plan.members(team)
    return [person for person in members if person.role != CLERK] or members


def _associations(plan: Plan, parts: Sequence[Part], since: str) -> bytes:
    rows = [
        (icn, team.code, "primary_care" if team.code == person.pact else "clinic", since, "")
        for person in _indexed(plan)
        for team in plan.teams_of(person, parts)
        for icn in _icns(person)
    ]
    return _csv("icn care_team_code relation effective_from effective_until", rows)
