"""Who may use secure messaging (domain rules, section 3), as pure functions over facts. No database, no clock.

Every period is inclusive at both ends, an empty end is open, and "today" is the date in the fact's
own zone: US Eastern for enrollment, the facility's zone for everything else.
"""

import datetime as dt
import enum
import uuid
import zoneinfo
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from smportal.tiers import Tier

EASTERN = zoneinfo.ZoneInfo("America/New_York")
ENROLLED = "enrolled"


class Name(enum.StrEnum):
    """The six requirements, in the order in which a veteran reads them."""

    ENROLLED = "enrolled"
    REGISTERED = "registered"
    PARTICIPATING_PROVIDER = "participating_provider"
    VERIFIED_CREDENTIAL = "verified_credential"
    TERMS = "terms"
    NOT_BLOCKED = "not_blocked"


class TeamReason(enum.StrEnum):
    """Why a veteran may not write to one team, or OK."""

    OK = "ok"
    NOT_ASSOCIATED = "not_associated"
    ASSOCIATION_ENDED = "association_ended"
    ASSOCIATION_NOT_STARTED = "association_not_started"
    TEAM_INACTIVE = "team_inactive"
    TEAM_BLOCKED = "team_blocked"
    FACILITY_BLOCKED = "facility_blocked"
    NO_PARTICIPATING_PROVIDER = "no_participating_provider"
    NOT_ELIGIBLE = "not_eligible"


@dataclass(frozen=True, slots=True)
class Period:
    """From and until, both inclusive; no end is open."""

    start: dt.date
    end: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        """Tell whether the day lies in the period."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class EnrollmentFact:
    """One enrollment period with its status."""

    status: str
    period: Period


@dataclass(frozen=True, slots=True)
class RegistrationFact:
    """One registration, in its facility's zone."""

    period: Period
    zone: dt.tzinfo


@dataclass(frozen=True, slots=True)
class ParticipationFact:
    """One provider's answer for one team."""

    opted_in: bool
    period: Period


@dataclass(frozen=True, slots=True)
class TeamFact:
    """A team with this veteran's associations to it; `zone` is its facility's."""

    id: uuid.UUID
    facility_id: int
    zone: dt.tzinfo
    is_active: bool
    associations: tuple[Period, ...]
    participations: tuple[ParticipationFact, ...]


@dataclass(frozen=True, slots=True)
class BlockFact:
    """A block of one team, or of a facility: `facility_ids` then holds it and all stations below it."""

    period: Period
    zone: dt.tzinfo
    team_id: uuid.UUID | None = None
    facility_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision needs. `terms_accepted` is None without an account."""

    has_record: bool = False
    is_locked: bool = False
    terms_accepted: bool | None = None
    enrollments: tuple[EnrollmentFact, ...] = ()
    registrations: tuple[RegistrationFact, ...] = ()
    teams: tuple[TeamFact, ...] = ()
    blocks: tuple[BlockFact, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One requirement: met, not met, or None where it does not count; the code says why."""

    name: Name
    met: bool | None
    code: str


@dataclass(frozen=True, slots=True)
class TeamFinding:
    """One team by itself: `reason` is OK when nothing about the team stands in the way."""

    id: uuid.UUID
    associated: bool
    blocked: TeamReason | None
    takes_part: bool
    reason: TeamReason


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole decision in codes."""

    allowed: bool
    findings: tuple[Finding, ...]
    teams: tuple[TeamFinding, ...]


class Today:
    """The date in each zone at one instant, computed once for each zone."""

    __slots__ = ("_days", "_now")

    def __init__(self, now: dt.datetime) -> None:
        self._now = now
        self._days: dict[dt.tzinfo, dt.date] = {}

    def in_zone(self, zone: dt.tzinfo) -> dt.date:
        """Return the current date in a zone."""
        day = self._days.get(zone)
        if day is None:
            day = self._days[zone] = self._now.astimezone(zone).date()
        return day


def evaluate(facts: Facts, tier: Tier, now: dt.datetime) -> Outcome:
    """Apply every rule at one instant (aware). A requirement whose `met` is None does not count."""
    today = Today(now)
    teams = tuple(team_finding(team, facts.blocks, today) for team in facts.teams)
    findings = (
        enrolled(facts, today),
        registered(facts, today),
        participating_provider(facts, teams),
        verified_credential(facts, tier),
        terms(facts),
        not_blocked(facts, teams),
    )
    return Outcome(all(finding.met is not False for finding in findings), findings, teams)


def enrolled(facts: Facts, today: Today) -> Finding:
    """Enrolled in VA health care: status `enrolled` in force today, US Eastern."""
    day = today.in_zone(EASTERN)
    in_force = [fact.status for fact in facts.enrollments if fact.period.covers(day)]
    if ENROLLED in in_force:
        return Finding(Name.ENROLLED, met=True, code="enrolled")
    if not facts.has_record:
        code = "no_record"
    elif in_force:
        code = f"enrollment_{in_force[0]}"
    else:
        stated = [fact.period for fact in facts.enrollments if fact.status == ENROLLED]
        code = _out_of_force(stated, day, "not_enrolled", "enrollment_ended", "enrollment_not_started")
    return Finding(Name.ENROLLED, met=False, code=code)


def registered(facts: Facts, today: Today) -> Finding:
    """Registered as a patient at any VA health facility today, in that facility's zone."""
    if any(fact.period.covers(today.in_zone(fact.zone)) for fact in facts.registrations):
        return Finding(Name.REGISTERED, met=True, code="registered")
    if not facts.has_record:
        return Finding(Name.REGISTERED, met=False, code="no_record")
    coming = any(fact.period.start > today.in_zone(fact.zone) for fact in facts.registrations)
    code = "registration_not_started" if coming else "registration_ended" if facts.registrations else "not_registered"
    return Finding(Name.REGISTERED, met=False, code=code)


def participating_provider(facts: Facts, teams: Collection[TeamFinding]) -> Finding:
    """At least one provider of an active team that the veteran is associated with takes part today."""
    active = {team.id for team in facts.teams if team.is_active}
    mine = [team for team in teams if team.associated and team.id in active]
    if any(team.takes_part for team in mine):
        return Finding(Name.PARTICIPATING_PROVIDER, met=True, code="provider_participates")
    code = "no_participating_provider" if mine else "no_care_team" if facts.has_record else "no_record"
    return Finding(Name.PARTICIPATING_PROVIDER, met=False, code=code)


def verified_credential(facts: Facts, tier: Tier) -> Finding:
    """Signed in with a verified credential; a locked record makes every credential useless."""
    if facts.is_locked:
        return Finding(Name.VERIFIED_CREDENTIAL, met=False, code="record_locked")
    met = tier >= Tier.VERIFIED
    return Finding(Name.VERIFIED_CREDENTIAL, met=met, code=f"credential_{tier.word}")


def terms(facts: Facts) -> Finding:
    """The account has accepted the current terms of use; without an account it does not count."""
    if facts.terms_accepted is None:
        return Finding(Name.TERMS, met=None, code="no_account")
    code = "terms_accepted" if facts.terms_accepted else "terms_not_accepted"
    return Finding(Name.TERMS, met=facts.terms_accepted, code=code)


def not_blocked(facts: Facts, teams: Collection[TeamFinding]) -> Finding:
    """Not blocked from every team; the code of a met requirement still tells which alert to show."""
    active = {team.id for team in facts.teams if team.is_active}
    mine = [team for team in teams if team.associated and team.id in active]
    blocked = [team.blocked for team in mine if team.blocked is not None]
    if not blocked:
        return Finding(Name.NOT_BLOCKED, met=True, code="not_blocked")
    if len(blocked) == len(mine):
        return Finding(Name.NOT_BLOCKED, met=False, code="blocked_everywhere")
    if TeamReason.FACILITY_BLOCKED in blocked:
        return Finding(Name.NOT_BLOCKED, met=True, code="blocked_facility")
    return Finding(
        Name.NOT_BLOCKED, met=True, code="blocked_one_team" if len(blocked) == 1 else "blocked_several_teams"
    )


def team_finding(team: TeamFact, blocks: Iterable[BlockFact], today: Today) -> TeamFinding:
    """Judge one team by itself."""
    day = today.in_zone(team.zone)
    associated = any(period.covers(day) for period in team.associations)
    blocked = _blocked(team, blocks, today)
    takes_part = any(fact.opted_in and fact.period.covers(day) for fact in team.participations)
    if not associated:
        reason = _association_reason(team, day)
    else:
        reason = conversation_reason(is_active=team.is_active, blocked=blocked, takes_part=takes_part)
    return TeamFinding(team.id, associated, blocked, takes_part, reason)


def conversation_reason(*, is_active: bool, blocked: TeamReason | None, takes_part: bool) -> TeamReason:
    """Return what stands in the way of a reply to a team, where no association is needed."""
    if not is_active:
        return TeamReason.TEAM_INACTIVE
    if blocked is not None:
        return blocked
    return TeamReason.OK if takes_part else TeamReason.NO_PARTICIPATING_PROVIDER


def _association_reason(team: TeamFact, day: dt.date) -> TeamReason:
    if not team.associations:
        return TeamReason.NOT_ASSOCIATED
    coming = any(period.start > day for period in team.associations)
    return TeamReason.ASSOCIATION_NOT_STARTED if coming else TeamReason.ASSOCIATION_ENDED


def _blocked(team: TeamFact, blocks: Iterable[BlockFact], today: Today) -> TeamReason | None:
    """Return the wider block when both stand: its phone number is the one to call."""
    found: TeamReason | None = None
    for fact in blocks:
        if (team.facility_id in fact.facility_ids or fact.team_id == team.id) and fact.period.covers(
            today.in_zone(fact.zone)
        ):
            if fact.team_id is None:
                return TeamReason.FACILITY_BLOCKED
            found = TeamReason.TEAM_BLOCKED
    return found


def _out_of_force(periods: Collection[Period], day: dt.date, never: str, ended: str, coming: str) -> str:
    if not periods:
        return never
    return coming if any(period.start > day for period in periods) else ended
