"""The decision, on the database: every requirement, dates in zones, merges, blocks, who may be written to."""

import datetime as dt
import json
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import VeteranRecord
from eligibility.decision import Decision, check_may_reply, check_may_write, decide, decide_for
from eligibility.models import (
    Association,
    CareTeam,
    Enrollment,
    Facility,
    Participation,
    Registration,
    TermsAcceptance,
)
from smportal import clock
from smportal.errors import Refused
from smportal.tiers import Tier
from tests import factories as make

pytestmark = pytest.mark.django_db

NAMES = ["enrolled", "registered", "participating_provider", "verified_credential", "terms", "not_blocked"]


def unmet(decision: Decision) -> dict[str, str]:
    return {entry.name: entry.code for entry in decision.requirements if entry.met is False}


def test_somebody_who_meets_all_six_is_allowed() -> None:
    account, record, team = make.make_eligible_veteran()
    decision = decide(record_id=record.id, account_id=account.id, tier=Tier.VERIFIED)
    assert decision.allowed
    assert [entry.name for entry in decision.requirements] == NAMES
    assert [entry.met for entry in decision.requirements] == [True] * 6
    (only,) = decision.teams
    assert (only.code, only.may_write, only.reason, only.associated) == (team.code, True, "ok", True)
    assert only.care_type_label == "Primary care"
    assert len(only.providers) == 1


TAKE_AWAY: dict[str, tuple[Callable[[VeteranRecord, CareTeam], object], dict[str, str]]] = {
    "no enrollment": (lambda _r, _t: Enrollment.objects.all().delete(), {"enrolled": "not_enrolled"}),
    "pending": (lambda _r, _t: Enrollment.objects.update(status="pending"), {"enrolled": "enrollment_pending"}),
    "rejected": (lambda _r, _t: Enrollment.objects.update(status="rejected"), {"enrolled": "enrollment_rejected"}),
    "cancelled": (lambda _r, _t: Enrollment.objects.update(status="cancelled"), {"enrolled": "enrollment_cancelled"}),
    "enrollment over": (
        lambda _r, _t: Enrollment.objects.update(end_date=dt.date(2020, 1, 1)),
        {"enrolled": "enrollment_ended"},
    ),
    "not registered": (lambda _r, _t: Registration.objects.all().delete(), {"registered": "not_registered"}),
    "registration over": (
        lambda _r, _t: Registration.objects.update(ended_on=dt.date(2020, 1, 1)),
        {"registered": "registration_ended"},
    ),
    "opted out": (
        lambda _r, _t: Participation.objects.update(opted_in=False),
        {"participating_provider": "no_participating_provider"},
    ),
    "no team": (lambda _r, _t: Association.objects.all().delete(), {"participating_provider": "no_care_team"}),
    "team closed": (
        lambda _r, _t: CareTeam.objects.update(is_active=False),
        {"participating_provider": "no_care_team"},
    ),
    "old terms": (lambda _r, _t: TermsAcceptance.objects.update(version="2019-01"), {"terms": "terms_not_accepted"}),
    "team blocked": (lambda r, t: make.block(r, team=t), {"not_blocked": "blocked_everywhere"}),
    "facility blocked": (lambda r, t: make.block(r, facility=t.facility), {"not_blocked": "blocked_everywhere"}),
    "deceased": (
        lambda _r, _t: VeteranRecord.objects.update(deceased=True),
        {"verified_credential": "record_locked"},
    ),
    "identity theft": (
        lambda _r, _t: VeteranRecord.objects.update(identity_theft=True),
        {"verified_credential": "record_locked"},
    ),
}


@pytest.mark.parametrize("what", TAKE_AWAY)
def test_each_missing_requirement_is_named_and_refuses_every_write(what: str) -> None:
    account, record, team = make.make_eligible_veteran()
    change, expected = TAKE_AWAY[what]
    change(record, team)
    decision = decide(record_id=record.id, account_id=account.id, tier=Tier.VERIFIED)
    assert unmet(decision) == expected
    assert not decision.allowed
    assert not any(entry.may_write for entry in decision.teams)
    for entry in decision.requirements:
        assert entry.text
        assert entry.met or entry.next_step_text, "nobody is left without a next step"
    with pytest.raises(Refused) as refused:
        check_may_write(actor=make.actor_for(account), team_id=team.id)
    assert refused.value.code
    assert refused.value.text[0].isupper()


@pytest.mark.parametrize("tier", [Tier.NONE, Tier.BASIC, Tier.ADVANCED])
def test_a_lower_tier_may_not_write(tier: Tier) -> None:
    account, _, team = make.make_eligible_veteran()
    actor = make.actor_for(account, tier=tier)
    assert unmet(decide_for(actor)) == {"verified_credential": f"credential_{tier.word}"}
    for check in (check_may_write, check_may_reply):
        with pytest.raises(Refused, match=r"verif|Premium|proves"):
            check(actor=actor, team_id=team.id)


def test_terms_do_not_count_without_an_account() -> None:
    _, record, _ = make.make_eligible_veteran()
    decision = decide(record_id=record.id, account_id=None, tier=Tier.VERIFIED)
    assert decision.requirement("terms").met is None
    assert decision.allowed


@pytest.mark.parametrize("record_id", [None, uuid.uuid4()])
def test_without_a_record_all_facts_are_unmet_and_nothing_fails(record_id: uuid.UUID | None) -> None:
    account = make.make_account()
    decision = decide(record_id=record_id, account_id=account.id, tier=Tier.VERIFIED)
    assert {name: unmet(decision)[name] for name in NAMES[:3]} == dict.fromkeys(NAMES[:3], "no_record")
    assert decision.teams == ()


ZONES = [("Pacific/Guam", "2026-03-09T14:00Z"), ("Pacific/Honolulu", "2026-03-10T10:00Z")]


@pytest.mark.parametrize(("zone", "midnight"), ZONES)
@pytest.mark.parametrize("fact", ["registration", "association", "participation", "block"])
def test_dates_are_inclusive_in_the_facilitys_zone(zone: str, midnight: str, fact: str) -> None:
    """`midnight` is the instant at which 10 March begins there; the fact is in force on that day alone."""
    facility = make.make_facility(time_zone=zone)
    account, record, team = make.make_eligible_veteran(make.make_team(facility))
    day = dt.date(2026, 3, 10)
    if fact == "block":
        make.block(record, team=team, start=day, end=day)
    else:
        narrow(fact, day)
    begins = dt.datetime.fromisoformat(midnight)
    inside = [begins, begins + dt.timedelta(days=1, seconds=-1)]
    outside = [begins - dt.timedelta(seconds=1), begins + dt.timedelta(days=1)]
    for instants, in_force in ((inside, True), (outside, False)):
        for instant in instants:
            with clock.at(instant):
                decision = decide_for(make.actor_for(account))
            assert decision.allowed is (in_force != (fact == "block")), instant


def narrow(fact: str, day: dt.date) -> None:
    if fact == "registration":
        Registration.objects.update(registered_on=day, ended_on=day)
    elif fact == "association":
        Association.objects.update(effective_from=day, effective_until=day)
    else:
        Participation.objects.update(effective_from=day, effective_until=day)


def test_enrollment_counts_us_eastern_days_wherever_the_facility_is() -> None:
    account, _, _ = make.make_eligible_veteran(make.make_team(make.make_facility(time_zone="Pacific/Honolulu")))
    Enrollment.objects.update(effective_date=dt.date(2026, 7, 1), end_date=dt.date(2026, 7, 1))
    expected = {
        "2026-07-01T03:59:59Z": "enrollment_not_started",
        "2026-07-01T04:00:00Z": "",
        "2026-07-02T03:59:59Z": "",
        "2026-07-02T04:00:00Z": "enrollment_ended",
    }
    for instant, code in expected.items():
        with clock.at(dt.datetime.fromisoformat(instant)):
            assert unmet(decide_for(make.actor_for(account))).get("enrolled", "") == code, instant


def test_registration_anywhere_is_enough() -> None:
    account, record, _ = make.make_eligible_veteran()
    Registration.objects.all().delete()
    make.register(record, make.make_facility())
    assert decide_for(make.actor_for(account)).allowed


@pytest.mark.parametrize("role", ["clerk", "nurse", "Anything"])
def test_any_role_takes_part_even_before_the_staff_feed_knows_the_person(role: str) -> None:
    account, _, team = make.make_eligible_veteran()
    Participation.objects.all().delete()
    make.participate("UNKNOWN-1", team, role=role)
    decision = decide_for(make.actor_for(account))
    assert decision.allowed
    assert decision.teams[0].providers == ()


def test_a_merged_record_is_decided_by_the_one_that_survives_and_keeps_its_blocks() -> None:
    account, survivor, team = make.make_eligible_veteran()
    middle = make.make_record(merged_into=survivor)
    oldest = make.make_record(merged_into=middle, deceased=True)
    for record in (oldest, middle, survivor):
        assert decide(record_id=record.id, account_id=account.id, tier=Tier.VERIFIED).allowed
    make.block(oldest, team=team)
    decision = decide(record_id=survivor.id, account_id=account.id, tier=Tier.VERIFIED)
    assert unmet(decision) == {"not_blocked": "blocked_everywhere"}


def test_records_merged_in_a_circle_are_nobodys() -> None:
    _, record, _ = make.make_eligible_veteran()
    other = make.make_record(merged_into=record)
    VeteranRecord.objects.filter(id=record.id).update(merged_into=other)
    assert not decide(record_id=record.id, account_id=None, tier=Tier.VERIFIED).allowed


class TestBlocks:
    """One team, several, a facility with its children, all."""

    @pytest.fixture
    def places(self) -> dict[str, Facility]:
        station = make.make_facility(phone="555-0101")
        return {"station": station, "clinic": make.make_facility(parent=station), "other": make.make_facility()}

    def decide(self, places: dict[str, Facility], *, teams: list[str], blocks: list[str]) -> Decision:
        """`teams` name their facility; `blocks` name a facility, or a team by its number."""
        record = make.make_record()
        made = [make.make_team(places[name]) for name in teams]
        for team in made:
            make.participate("X", team)
            make.associate(record, team)
        make.enroll(record)
        make.register(record, places["other"])
        for name in blocks:
            if name.isdigit():
                make.block(record, team=made[int(name)])
            else:
                make.block(record, facility=places[name])
        return decide(record_id=record.id, account_id=None, tier=Tier.VERIFIED)

    @pytest.mark.parametrize(
        ("teams", "blocks", "met", "code"),
        [
            (["station", "clinic"], [], True, "not_blocked"),
            (["station", "clinic"], ["0"], True, "blocked_one_team"),
            (["station", "clinic", "other"], ["0", "1"], True, "blocked_several_teams"),
            (["station", "clinic", "other"], ["station"], True, "blocked_facility"),
            (["station", "clinic"], ["clinic"], True, "blocked_facility"),
            (["station", "clinic"], ["station"], False, "blocked_everywhere"),
            (["station", "other"], ["clinic"], True, "not_blocked"),
            (["station", "other"], ["station", "1"], False, "blocked_everywhere"),
            ([], ["station"], True, "not_blocked"),
        ],
    )
    def test_what_is_blocked(
        self, places: dict[str, Facility], teams: list[str], blocks: list[str], met: bool, code: str
    ) -> None:
        requirement = self.decide(places, teams=teams, blocks=blocks).requirement("not_blocked")
        assert (requirement.met, requirement.code) == (met, code)

    def test_a_blocked_facility_takes_its_children_and_leaves_the_rest(self, places: dict[str, Facility]) -> None:
        decision = self.decide(places, teams=["station", "clinic", "other"], blocks=["station"])
        assert decision.allowed
        by_place = {team.facility_id: team.reason for team in decision.teams}
        assert by_place == {
            places["station"].id: "facility_blocked",
            places["clinic"].id: "facility_blocked",
            places["other"].id: "ok",
        }
        (notice,) = decision.blocks
        assert (notice.whole_facility, notice.name, notice.phone) == (True, places["station"].name, "555-0101")

    def test_a_reply_to_a_blocked_team_is_refused_with_its_phone_number(self, places: dict[str, Facility]) -> None:
        account, record, team = make.make_eligible_veteran(make.make_team(places["station"], phone="555-0177"))
        make.block(record, facility=places["station"])
        for check in (check_may_write, check_may_reply):
            with pytest.raises(Refused, match="555-0177") as refused:
                check(actor=make.actor_for(account), team_id=team.id)
            assert refused.value.code == "facility_blocked"


class TestTeams:
    """Which teams may be written to, and which answered."""

    def test_a_reply_needs_no_association_but_a_new_message_does(self) -> None:
        account, _, _ = make.make_eligible_veteran()
        other = make.make_team()
        make.participate("X", other)
        actor = make.actor_for(account)
        assert check_may_reply(actor=actor, team_id=other.id).may_write
        with pytest.raises(Refused) as refused:
            check_may_write(actor=actor, team_id=other.id)
        assert refused.value.code == "not_associated"
        assert other.public_name not in refused.value.text

    def test_a_reply_works_after_every_association_has_ended(self) -> None:
        account, _, team = make.make_eligible_veteran()
        Association.objects.update(effective_until=dt.date(2020, 1, 1))
        assert check_may_reply(actor=make.actor_for(account), team_id=team.id).may_write
        with pytest.raises(Refused, match="no longer takes care of you"):
            check_may_write(actor=make.actor_for(account), team_id=team.id)

    def test_an_unknown_team_and_somebody_elses_get_the_same_answer(self) -> None:
        account, _, _ = make.make_eligible_veteran()
        texts = set()
        for team_id in (uuid.uuid4(), make.make_team().id):
            with pytest.raises(Refused) as refused:
                check_may_write(actor=make.actor_for(account), team_id=team_id)
            texts.add((refused.value.code, refused.value.text))
        assert len(texts) == 1

    @pytest.mark.parametrize("check", [check_may_write, check_may_reply])
    @pytest.mark.parametrize(("closed", "code"), [(True, "team_inactive"), (False, "no_participating_provider")])
    def test_a_team_that_takes_no_messages_refuses_both(
        self, check: Callable[..., object], closed: bool, code: str
    ) -> None:
        account, record, team = make.make_eligible_veteran()
        make.associate(record, make.make_eligible_veteran()[2])
        if closed:
            CareTeam.objects.filter(id=team.id).update(is_active=False)
        else:
            Participation.objects.filter(team=team).update(effective_until=dt.date(2020, 1, 1))
        with pytest.raises(Refused) as refused:
            check(actor=make.actor_for(account), team_id=team.id)
        assert refused.value.code == code

    def test_the_phone_is_the_teams_else_its_facilitys_else_the_registered_facilitys(self) -> None:
        account, record, team = make.make_eligible_veteran()
        actor = make.actor_for(account)
        assert decide_for(actor).teams[0].phone == ""
        Registration.objects.all().delete()
        make.register(record, make.make_facility(phone="555-0103"))
        assert decide_for(actor).teams[0].phone == "555-0103"
        Facility.objects.filter(id=team.facility_id).update(phone="555-0102")
        assert decide_for(actor).teams[0].phone == "555-0102"
        CareTeam.objects.filter(id=team.id).update(phone="555-0101")
        assert decide_for(actor).teams[0].phone == "555-0101"

    def test_without_any_number_a_refusal_names_the_facility_finder(self) -> None:
        account, _, team = make.make_eligible_veteran()
        Participation.objects.all().delete()
        with pytest.raises(Refused, match="facility finder"):
            check_may_write(actor=make.actor_for(account), team_id=team.id)


def test_a_decision_costs_the_same_few_statements_however_much_there_is() -> None:
    account, record, _ = make.make_eligible_veteran()
    for _ in range(12):
        make.associate(record, make.make_eligible_veteran()[2])
    make.block(record, team=make.make_team())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        decision = decide_for(make.actor_for(account))
    decision_queries = [
        q
        for q in queries.captured_queries
        if "eligibility_enrollment" in q["sql"] or "eligibility_careteam t JOIN" in q["sql"]
    ]
    assert len(decision_queries) == 1
    actor = make.actor_for(account)
    with CaptureQueriesContext(connection) as queries:
        check_may_write(actor=actor, team_id=decision.teams[0].team_id)
    assert len(queries) == 2, json.dumps(queries.captured_queries, indent=1)
