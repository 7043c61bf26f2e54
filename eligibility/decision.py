"""The decision: may this veteran use secure messaging now, and with which care teams (domain rules, section 3).

`decide` answers with words; `check_may_write` and `check_may_reply` are asked again inside the
transaction of every send. They hold the team's row and the veteran's in share mode until that
transaction ends, and everything that changes a fact of them locks the same row for update first
(eligibility.actions, the feeds): a send is either delivered before the change or refused.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from eligibility import facts as facts_of
from eligibility import rules, texts
from eligibility.facts import Loaded, TeamRow
from eligibility.models.team import care_type_label
from eligibility.rules import Finding, Name, Outcome, TeamFinding, TeamReason
from eligibility.texts import BlockNotice
from smportal import clock
from smportal.actor import Actor
from smportal.errors import Refused
from smportal.tiers import Tier


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the checklist. `met` is None where the requirement does not count."""

    name: str
    met: bool | None
    code: str
    text: str
    next_step_text: str
    next_step_url: str
    phone: str

    @property
    def heading(self) -> str:
        """The requirement in words."""
        return str(texts.HEADINGS[Name(self.name)])


@dataclass(frozen=True, slots=True)
class TeamDecision:
    """One care team as this veteran sees it. `phone` is empty when no number is known.

    `system_name` is the health care system that its facility belongs to: the parent station's name.
    """

    team_id: uuid.UUID
    code: str
    public_name: str
    care_type_label: str
    facility_name: str
    facility_id: int
    phone: str
    providers: tuple[str, ...]
    associated: bool
    may_write: bool
    reason: str
    system_name: str
    needs_legal_signature: bool
    acknowledgement: str


@dataclass(frozen=True, slots=True)
class Decision:
    """All six requirements, always, and every team that the veteran is or was associated with."""

    allowed: bool
    requirements: tuple[Requirement, ...]
    teams: tuple[TeamDecision, ...]
    blocks: tuple[BlockNotice, ...] = ()

    def requirement(self, name: str) -> Requirement:
        """Return one requirement by its name. Raises KeyError for another name."""
        return {entry.name: entry for entry in self.requirements}[name]


def decide(*, record_id: uuid.UUID | None, account_id: uuid.UUID | None, tier: Tier) -> Decision:
    """Decide about a record (or the one it was merged into) and an account, with one SQL statement."""
    return _decide(record_id=record_id, account_id=account_id, tier=tier).decision


def decide_for(actor: Actor) -> Decision:
    """Decide about the veteran who acts, with the tier of the credential used now."""
    return decide(record_id=actor.record_id, account_id=actor.account_id, tier=Tier(actor.tier))


def check_may_write(*, actor: Actor, team_id: uuid.UUID, lock: bool = True) -> TeamDecision:
    """Return the team when the actor may start a conversation with it now.

    Raises smportal.errors.Refused with a code and plain words, the same for a team that does not
    exist and for one that is not the veteran's; where another team would do, with the field `team`.
    `lock` needs a transaction.
    """
    made = _decide_about(actor, team_id, lock=lock)
    _check_requirements(made, without={Name.PARTICIPATING_PROVIDER, Name.NOT_BLOCKED})
    finding, words = made.finding(team_id), made.loaded.teams.get(team_id)
    if finding is None or words is None or finding.reason is not TeamReason.OK:
        raise _refusal(made, finding.reason if finding else TeamReason.NOT_ASSOCIATED, words)
    _check_requirements(made, without=set())
    return made.team(team_id)


def check_may_reply(*, actor: Actor, team_id: uuid.UUID, lock: bool = True) -> TeamDecision:
    """Return the team when the actor may reply in a conversation that it has now; no association is needed.

    The caller has checked that the conversation is the actor's. In the answer `may_write` is about
    the reply. Raises smportal.errors.Refused as `check_may_write` does.
    """
    made = _decide_about(actor, team_id, lock=lock)
    _check_requirements(made, without={Name.PARTICIPATING_PROVIDER, Name.NOT_BLOCKED})
    finding, words = made.finding(team_id), made.loaded.teams.get(team_id)
    if finding is None or words is None:
        raise _refusal(made, TeamReason.TEAM_INACTIVE, None)
    active = {team.id for team in made.loaded.facts.teams if team.is_active}
    reason = rules.conversation_reason(
        is_active=team_id in active, blocked=finding.blocked, takes_part=finding.takes_part
    )
    if reason is not TeamReason.OK:
        raise _refusal(made, reason, words)
    _check_requirements(made, without={Name.PARTICIPATING_PROVIDER})
    return _team_decision(made.loaded, words, finding, may_write=True, reason=TeamReason.OK, now=made.now)


@dataclass(frozen=True, slots=True)
class _Made:
    """A decision with what it was made from."""

    now: dt.datetime
    loaded: Loaded
    outcome: Outcome
    decision: Decision

    def finding(self, team_id: uuid.UUID) -> TeamFinding | None:
        return next((team for team in self.outcome.teams if team.id == team_id), None)

    def team(self, team_id: uuid.UUID) -> TeamDecision:
        return next(team for team in self.decision.teams if team.team_id == team_id)


def _decide_about(actor: Actor, team_id: uuid.UUID, *, lock: bool) -> _Made:
    if lock:
        _hold(team_id, actor.record_id)
    return _decide(
        record_id=actor.record_id, account_id=actor.account_id, tier=Tier(actor.tier), extra_team_ids=(team_id,)
    )


def _hold(team_id: uuid.UUID, record_id: uuid.UUID | None) -> None:
    """Hold the team and the veteran in share mode; the statements after this one see what is committed by then.

    Raises RuntimeError outside a transaction. When either row does not exist nothing is held, and the
    check refuses.
    """
    if not connection.in_atomic_block:
        message = "the check that a send relies on must run in the send's transaction"
        raise RuntimeError(message)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM eligibility_careteam t, accounts_veteranrecord r WHERE t.id = %s AND r.id = %s FOR SHARE",
            [team_id, record_id],
        )


def _check_requirements(made: _Made, *, without: set[Name]) -> None:
    """Raise Refused for the first requirement that is not met."""
    for entry in made.decision.requirements:
        if entry.met is False and entry.name not in without:
            raise Refused(
                f"{entry.text} {texts.whom_to_call(entry.phone)}" if entry.phone else entry.text, code=entry.code
            )


def _refusal(made: _Made, reason: TeamReason, words: TeamRow | None) -> Refused:
    # What is not the veteran's is not named: the answer is the same as for a team that does not exist.
    if words is None or reason is TeamReason.NOT_ASSOCIATED:
        text = texts.team_refusal(reason, team=_("This care team"), phone=_registered_phone(made.loaded, made.now))
    else:
        phone = _phone(made.loaded, words, made.now)
        text = texts.team_refusal(reason, team=words.public_name, facility=words.facility_name, phone=phone)
    return Refused(text, code=reason.value, field="" if reason is TeamReason.NO_PARTICIPATING_PROVIDER else "team")


def _decide(
    *,
    record_id: uuid.UUID | None,
    account_id: uuid.UUID | None,
    tier: Tier,
    extra_team_ids: tuple[uuid.UUID, ...] = (),
) -> _Made:
    now = clock.now()
    loaded = facts_of.load(record_id=record_id, account_id=account_id, now=now, extra_team_ids=extra_team_ids)
    outcome = rules.evaluate(loaded.facts, tier, now)
    registered_phone = _registered_phone(loaded, now)
    return _Made(
        now,
        loaded,
        outcome,
        Decision(
            allowed=outcome.allowed,
            requirements=tuple(_requirement(finding, registered_phone) for finding in outcome.findings),
            teams=tuple(_verdict(loaded, finding, allowed=outcome.allowed, now=now) for finding in outcome.teams),
            blocks=_notices(loaded, now),
        ),
    )


def _requirement(finding: Finding, registered_phone: str) -> Requirement:
    words = texts.words_for(finding.name, finding.code)
    phone = registered_phone if words.calls == "facility" else words.calls
    return Requirement(
        finding.name.value,
        finding.met,
        finding.code,
        str(words.text),
        str(words.step),
        texts.url_of(words.target),
        phone,
    )


def _verdict(loaded: Loaded, finding: TeamFinding, *, allowed: bool, now: dt.datetime) -> TeamDecision:
    reason = finding.reason
    if reason is TeamReason.OK and not allowed:
        reason = TeamReason.NOT_ELIGIBLE
    return _team_decision(
        loaded, loaded.teams[finding.id], finding, may_write=reason is TeamReason.OK, reason=reason, now=now
    )


def _team_decision(
    loaded: Loaded, words: TeamRow, finding: TeamFinding, *, may_write: bool, reason: TeamReason, now: dt.datetime
) -> TeamDecision:
    day = now.astimezone(words.zone).date()
    return TeamDecision(
        team_id=words.id,
        code=words.code,
        public_name=words.public_name,
        care_type_label=care_type_label(words.care_type),
        facility_name=words.facility_name,
        facility_id=words.facility_id,
        phone=_phone(loaded, words, now),
        providers=tuple(name for name, period in words.providers if name and period.covers(day)),
        associated=finding.associated,
        may_write=may_write,
        reason=reason.value,
        system_name=words.system_name,
        needs_legal_signature=words.needs_legal_signature,
        acknowledgement=words.acknowledgement,
    )


def _phone(loaded: Loaded, words: TeamRow, now: dt.datetime) -> str:
    """Return the team's number, else its facility's, else that of the facility where registered (section 4)."""
    return words.phone or words.facility_phone or _registered_phone(loaded, now)


def _registered_phone(loaded: Loaded, now: dt.datetime) -> str:
    in_force = (
        phone for phone, fact in loaded.registered_phones if fact.period.covers(now.astimezone(fact.zone).date())
    )
    return next((phone for phone in in_force if phone), "")


def _notices(loaded: Loaded, now: dt.datetime) -> tuple[BlockNotice, ...]:
    return tuple(
        BlockNotice(row.fact.team_id is None, row.name, row.phone, row.fact.period.end)
        for row in loaded.blocks
        if row.fact.period.covers(now.astimezone(row.fact.zone).date())
    )
