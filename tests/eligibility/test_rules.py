"""The pure rules: against an independent restatement over random facts, at borders of dates."""

import datetime as dt
import uuid
import zoneinfo
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from eligibility.rules import (
    BlockFact,
    EnrollmentFact,
    Facts,
    Name,
    Outcome,
    ParticipationFact,
    Period,
    RegistrationFact,
    TeamFact,
    TeamReason,
    evaluate,
)
from smportal.tiers import Tier

ZONES = [zoneinfo.ZoneInfo(name) for name in ("Pacific/Guam", "Pacific/Honolulu", "America/New_York", "Asia/Manila")]
DAY = dt.date(2026, 3, 10)
TEAM_IDS = [uuid.UUID(int=number) for number in range(1, 4)]


def few(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


# Days around the instants, so that comparisons happen at their borders.
days = st.integers(-2, 2).map(lambda offset: DAY + dt.timedelta(days=offset))
periods = st.builds(Period, days, st.none() | days)
zones = st.sampled_from(ZONES)
instants = st.integers(0, 48 * 60).map(
    lambda minutes: dt.datetime(2026, 3, 9, 6, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
)
tiers = st.sampled_from(list(Tier))
statuses = st.sampled_from(["enrolled", "pending", "rejected", "cancelled"])
team_blocks = st.builds(BlockFact, periods, zones, st.sampled_from(TEAM_IDS))
facility_blocks = st.builds(BlockFact, periods, zones, st.none(), st.frozensets(st.sampled_from([1, 2])))
participations = st.builds(ParticipationFact, st.booleans(), periods)


def team(identity: uuid.UUID) -> st.SearchStrategy[TeamFact]:
    return st.builds(
        TeamFact,
        id=st.just(identity),
        facility_id=st.sampled_from([1, 2]),
        zone=zones,
        is_active=st.booleans(),
        associations=few(periods),
        participations=few(participations),
    )


facts = st.builds(
    Facts,
    has_record=st.just(True),
    is_locked=st.booleans(),
    terms_accepted=st.sampled_from([None, True, False]),
    enrollments=few(st.builds(EnrollmentFact, statuses, periods)),
    registrations=few(st.builds(RegistrationFact, periods, zones)),
    teams=st.integers(0, 3).flatmap(lambda count: st.tuples(*map(team, TEAM_IDS[:count]))),
    blocks=few(team_blocks | facility_blocks),
)


def in_force(period: Period, now: dt.datetime, zone: dt.tzinfo) -> bool:
    """Restate "inclusive at both ends, in the fact's zone" by instants instead of dates."""
    begins = dt.datetime.combine(period.start, dt.time(), zone)
    last = period.end or dt.date(9000, 1, 1)
    ends = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    return begins <= now < ends


def blocked(fact: Facts, one: TeamFact, now: dt.datetime) -> bool:
    return any(
        in_force(block.period, now, block.zone) and (block.team_id == one.id or one.facility_id in block.facility_ids)
        for block in fact.blocks
    )


def restated(fact: Facts, tier: Tier, now: dt.datetime) -> dict[str, bool | None]:
    eastern = zoneinfo.ZoneInfo("America/New_York")
    mine = [
        one
        for one in fact.teams
        if one.is_active and any(in_force(period, now, one.zone) for period in one.associations)
    ]
    return {
        "enrolled": any(
            entry.status == "enrolled" and in_force(entry.period, now, eastern) for entry in fact.enrollments
        ),
        "registered": any(in_force(entry.period, now, entry.zone) for entry in fact.registrations),
        "participating_provider": any(
            answer.opted_in and in_force(answer.period, now, one.zone) for one in mine for answer in one.participations
        ),
        "verified_credential": tier == Tier.VERIFIED and not fact.is_locked,
        "terms": fact.terms_accepted,
        "not_blocked": not mine or not all(blocked(fact, one, now) for one in mine),
    }


@given(facts, tiers, instants)
@example(Facts(), Tier.VERIFIED, dt.datetime(2026, 3, 10, tzinfo=dt.UTC))
def test_every_requirement_is_what_the_rule_says(fact: Facts, tier: Tier, now: dt.datetime) -> None:
    outcome = evaluate(fact, tier, now)
    expected = restated(fact, tier, now)
    assert {finding.name.value: finding.met for finding in outcome.findings} == expected
    assert [finding.name for finding in outcome.findings] == list(Name)
    assert outcome.allowed == all(met is not False for met in expected.values())


@given(facts, instants)
def test_a_team_may_be_written_to_only_when_nothing_about_it_stands_in_the_way(fact: Facts, now: dt.datetime) -> None:
    for one, finding in zip(fact.teams, evaluate(fact, Tier.VERIFIED, now).teams, strict=True):
        associated = any(in_force(period, now, one.zone) for period in one.associations)
        takes_part = any(answer.opted_in and in_force(answer.period, now, one.zone) for answer in one.participations)
        fine = associated and one.is_active and takes_part and not blocked(fact, one, now)
        assert (finding.reason is TeamReason.OK) == fine
        assert finding.associated == associated


@given(facts, tiers, instants)
def test_a_lock_always_refuses_and_says_so(fact: Facts, tier: Tier, now: dt.datetime) -> None:
    locked = Facts(True, True, fact.terms_accepted, fact.enrollments, fact.registrations, fact.teams)
    outcome = evaluate(locked, tier, now)
    assert not outcome.allowed
    assert by_name(outcome)["verified_credential"] == "record_locked"


@given(facts, instants)
def test_a_higher_tier_never_takes_anything_away(fact: Facts, now: dt.datetime) -> None:
    allowed = [evaluate(fact, tier, now).allowed for tier in sorted(Tier)]
    assert allowed == sorted(allowed)


@given(facts, tiers, instants, st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_no_verdict(fact: Facts, tier: Tier, now: dt.datetime, random: Any) -> None:
    def mixed(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    other = Facts(
        fact.has_record,
        fact.is_locked,
        fact.terms_accepted,
        mixed(fact.enrollments),
        mixed(fact.registrations),
        mixed(fact.teams),
        mixed(fact.blocks),
    )
    first, second = evaluate(fact, tier, now), evaluate(other, tier, now)
    assert [entry.met for entry in first.findings] == [entry.met for entry in second.findings]
    assert {entry.id: entry.reason for entry in first.teams} == {entry.id: entry.reason for entry in second.teams}


def by_name(outcome: Outcome) -> dict[str, str]:
    return {finding.name.value: finding.code for finding in outcome.findings}


def test_a_period_that_ended_before_it_began_is_never_in_force() -> None:
    empty = Period(DAY, DAY - dt.timedelta(days=1))
    assert not any(empty.covers(DAY + dt.timedelta(days=offset)) for offset in range(-3, 4))
