"""Changing facts by hand: what follows, who may, and the audit row of each."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest

from accounts.models import Account
from eligibility import actions, hooks
from eligibility.decision import decide_for
from eligibility.models import Association, Block, CareTeam, Facility, Participation, StaffMember, TeamMembership
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound, Refused
from tests import factories as make

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 3, 10)
YESTERDAY = dt.date(2026, 3, 9)


@pytest.fixture(autouse=True)
def noon_of_today() -> Iterator[None]:
    with clock.at(dt.datetime(2026, 3, 10, 16, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def facility() -> Facility:
    return make.make_facility()


@pytest.fixture
def administrator(facility: Facility) -> Actor:
    return make.actor_for(make.make_administrator(facility))


def last_event() -> AuditEvent:
    event = AuditEvent.objects.order_by("-id").first()
    assert event is not None
    return event


class TestBlocks:
    """Setting and ending."""

    def test_a_block_works_at_once_and_keeps_its_reason_sealed(self, administrator: Actor, facility: Facility) -> None:
        account, record, _ = make.make_eligible_veteran(make.make_team(facility))
        block = actions.set_block(
            actor=administrator, record_id=record.id, facility_id=facility.id, reason=" Shouted zebracanary "
        )
        assert not decide_for(make.actor_for(account)).allowed
        assert block.unseal_text("reason_sealed") == "Shouted zebracanary"
        assert b"zebracanary" not in bytes(block.reason_sealed)
        event = last_event()
        assert (event.deed, event.subject_id, event.object_id) == ("block_changed", record.id, str(block.id))
        assert event.actor_account_id == administrator.account_id
        assert "zebracanary" not in str(vars(event))

    def test_ending_lifts_it_at_once_and_a_last_day_lets_it_run(self, administrator: Actor, facility: Facility) -> None:
        account, record, team = make.make_eligible_veteran(make.make_team(facility))
        block = make.block(record, team=team)
        actions.end_block(actor=administrator, block_id=block.id, last_day=TODAY)
        assert not decide_for(make.actor_for(account)).allowed
        actions.end_block(actor=administrator, block_id=block.id)
        assert decide_for(make.actor_for(account)).allowed
        assert last_event().details["until"] == YESTERDAY.isoformat()

    def test_one_that_never_was_in_force_is_removed_but_stays_in_the_trail(
        self, administrator: Actor, facility: Facility
    ) -> None:
        _, record, team = make.make_eligible_veteran(make.make_team(facility))
        block = make.block(record, team=team, start=TODAY)
        actions.end_block(actor=administrator, block_id=block.id)
        assert not Block.objects.exists()
        assert last_event().details["change"] == "removed"

    def test_a_block_of_a_merged_record_goes_to_the_survivor(self, administrator: Actor, facility: Facility) -> None:
        _, survivor, team = make.make_eligible_veteran(make.make_team(facility))
        merged = make.make_record(merged_into=survivor)
        block = actions.set_block(actor=administrator, record_id=merged.id, team_id=team.id, reason="x")
        assert block.record_id == survivor.id

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"reason": " "}, "reason"),
            ({"reason": "x" * 1001}, "reason"),
            ({"effective_until": dt.date(2026, 3, 9)}, "ends_before_start"),
            ({"team_id": uuid.uuid4()}, "one_scope"),
            ({"facility_id": None}, "one_scope"),
        ],
    )
    def test_wrong_input_changes_nothing(
        self, administrator: Actor, facility: Facility, values: dict[str, object], code: str
    ) -> None:
        good: dict[str, object] = {"record_id": make.make_record().id, "facility_id": facility.id, "reason": "x"}
        with pytest.raises(InvalidInput) as refused:
            actions.set_block(actor=administrator, **(good | values))  # type: ignore[arg-type]
        assert refused.value.code == code
        assert not Block.objects.exists()


class TestParticipation:
    """Opting in and out by hand."""

    def test_opting_out_counts_from_today_and_ends_the_earlier_period_yesterday(
        self, administrator: Actor, facility: Facility
    ) -> None:
        account, _, team = make.make_eligible_veteran(make.make_team(facility))
        staff_id = team.participations.get().staff_id
        actions.set_participation(actor=administrator, team_id=team.id, staff_id=staff_id, opted_in=False)
        assert not decide_for(make.actor_for(account)).allowed
        earlier, later = Participation.objects.order_by("effective_from")
        assert (earlier.effective_until, later.effective_from, later.opted_in) == (YESTERDAY, TODAY, False)
        assert earlier.stated_until is None, "what the feed said stays, so that loading it again changes nothing"
        assert last_event().details["opted_in"] is False

    def test_saying_it_again_for_the_same_day_corrects_it(self, administrator: Actor, facility: Facility) -> None:
        team = make.make_team(facility)
        for opted_in in (True, False, True):
            actions.set_participation(actor=administrator, team_id=team.id, staff_id="S1", opted_in=opted_in)
        assert Participation.objects.get().opted_in

    def test_what_would_begin_later_gives_way_and_what_comes_after_stays(
        self, administrator: Actor, facility: Facility
    ) -> None:
        team = make.make_team(facility)
        soon = make.participate("S1", team, start=dt.date(2026, 3, 12), end=dt.date(2026, 3, 20))
        after = make.participate("S1", team, start=dt.date(2026, 4, 1))
        actions.set_participation(
            actor=administrator, team_id=team.id, staff_id="S1", opted_in=False, effective_until=dt.date(2026, 3, 31)
        )
        soon.refresh_from_db()
        after.refresh_from_db()
        assert soon.effective_until == dt.date(2026, 3, 11)
        assert after.effective_until is None


class TestMembers:
    """Membership ends participation with it."""

    def test_removing_a_member_ends_participation_with_this_team_alone(
        self, administrator: Actor, facility: Facility
    ) -> None:
        account, _, team = make.make_eligible_veteran(make.make_team(facility))
        staff = StaffMember.objects.get(memberships__team=team)
        other = make.make_team(facility)
        make.participate(staff, other)
        actions.remove_member(actor=administrator, team_id=team.id, staff_id=staff.id)
        assert TeamMembership.objects.get(team=team).ended_at == clock.now()
        assert not decide_for(make.actor_for(account)).allowed
        assert Participation.objects.get(team=other).effective_until is None
        deeds = AuditEvent.objects.order_by("id").values_list("deed", flat=True)
        assert list(deeds) == ["membership_changed", "fact_changed"]

    def test_one_who_opted_in_only_today_is_out_at_once_too(self, administrator: Actor, facility: Facility) -> None:
        team = make.make_team(facility)
        staff = make.make_staff(team)
        account, record, _ = make.make_eligible_veteran()
        make.participate(staff, team, start=TODAY)
        make.associate(record, team)
        actions.remove_member(actor=administrator, team_id=team.id, staff_id=staff.id)
        reasons = {entry.team_id: entry.reason for entry in decide_for(make.actor_for(account)).teams}
        assert reasons[team.id] == "no_participating_provider"

    def test_adding_twice_is_adding_once(self, administrator: Actor, facility: Facility) -> None:
        team, staff = make.make_team(facility), make.make_staff()
        for is_lead in (False, False, True):
            actions.add_member(actor=administrator, team_id=team.id, staff_id=staff.id, is_lead=is_lead)
        assert TeamMembership.objects.get().is_lead
        actions.set_lead(actor=administrator, team_id=team.id, staff_id=staff.id, is_lead=False)
        assert AuditEvent.objects.filter(deed="membership_changed").count() == 3

    def test_leaving_the_va_ends_everything(self, administrator: Actor, facility: Facility) -> None:
        first, second, third = (make.make_team(facility) for _ in range(3))
        staff = make.make_staff(first, second)
        make.participate(staff, first)
        make.participate(staff, third)
        actions.deactivate_staff(actor=administrator, staff_id=staff.id, reason="Retired")
        assert not TeamMembership.objects.filter(ended_at__isnull=True).exists()
        assert set(Participation.objects.values_list("effective_until", flat=True)) == {YESTERDAY}
        staff.refresh_from_db()
        assert not staff.is_active
        assert not Account.objects.get(staff_member=staff).is_active

    def test_nobody_inactive_joins(self, administrator: Actor, facility: Facility) -> None:
        staff = make.make_staff(is_active=False)
        with pytest.raises(InvalidInput):
            actions.add_member(actor=administrator, team_id=make.make_team(facility).id, staff_id=staff.id)


class TestRoles:
    """Facility scopes."""

    def test_granting_and_revoking_are_audited_once(self, administrator: Actor, facility: Facility) -> None:
        account = make.make_staff(facility=facility).account
        assert account is not None
        for _ in range(2):
            grant = actions.grant_role(
                actor=administrator, account_id=account.id, role="privacy_officer", facility_id=facility.id
            )
        for _ in range(2):
            actions.revoke_role(actor=administrator, grant_id=grant.pk)
        changes = (
            AuditEvent.objects.filter(deed="role_changed").order_by("id").values_list("details__change", flat=True)
        )
        assert list(changes) == ["granted", "revoked"]

    def test_nobody_raises_their_own_rights_or_grants_beyond_their_scope(
        self, administrator: Actor, facility: Facility
    ) -> None:
        account = make.make_account(kind="staff")
        assert administrator.account_id is not None
        for target, place in ((administrator.account_id, facility.id), (account.id, None)):
            with pytest.raises(Refused):
                actions.grant_role(actor=administrator, account_id=target, role="administrator", facility_id=place)

    def test_a_veterans_account_gets_no_role(self, administrator: Actor, facility: Facility) -> None:
        account = make.make_account()
        with pytest.raises(NotFound):
            actions.grant_role(actor=administrator, account_id=account.id, role="auditor", facility_id=facility.id)


class TestPlaces:
    """Teams and facilities."""

    def test_a_team_that_is_closed_gets_no_messages(self, administrator: Actor, facility: Facility) -> None:
        account, _, team = make.make_eligible_veteran(make.make_team(facility))
        actions.edit_team(actor=administrator, team_id=team.id, is_active=False)
        assert not decide_for(make.actor_for(account)).allowed
        event = last_event()
        assert event.deed == "team_changed"
        assert (event.details["old_is_active"], event.details["is_active"]) == (True, False)

    def test_changing_nothing_writes_nothing(self, administrator: Actor, facility: Facility) -> None:
        team = make.make_team(facility)
        actions.edit_team(actor=administrator, team_id=team.id, public_name=team.public_name)
        actions.edit_facility(actor=administrator, facility_id=facility.id, name=facility.name)
        assert not AuditEvent.objects.exists()

    def test_a_team_does_not_move_and_a_code_is_taken_once(self, administrator: Actor, facility: Facility) -> None:
        team = actions.create_team(
            actor=administrator, facility_id=facility.id, code="NEW", internal_name="a", public_name="b"
        )
        with pytest.raises(InvalidInput):
            actions.edit_team(actor=administrator, team_id=team.id, facility_id=make.make_facility().id)
        with pytest.raises(InvalidInput, match="code"):
            actions.create_team(
                actor=administrator, facility_id=facility.id, code="NEW", internal_name="a", public_name="b"
            )

    def test_a_new_time_zone_tells_those_who_count_deadlines(
        self, administrator: Actor, facility: Facility, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[list[int]] = []
        monkeypatch.setattr(hooks, "on_zone_changed", [lambda _actor, ids: told.append(list(ids))])
        actions.edit_facility(actor=administrator, facility_id=facility.id, phone="555-0100")
        assert told == []
        actions.edit_facility(actor=administrator, facility_id=facility.id, time_zone="America/Denver")
        assert told == [[facility.id]]
        with pytest.raises(InvalidInput):
            actions.edit_facility(actor=administrator, facility_id=facility.id, time_zone="Mars/Olympus")


class TestAssociations:
    """By hand."""

    def test_setting_and_ending(self, administrator: Actor, facility: Facility) -> None:
        account, record, _ = make.make_eligible_veteran()
        team = make.make_eligible_veteran(make.make_team(facility))[2]

        def may_write() -> bool:
            return any(
                entry.may_write for entry in decide_for(make.actor_for(account)).teams if entry.team_id == team.id
            )

        association = actions.associate(actor=administrator, record_id=record.id, team_id=team.id)
        assert may_write()
        with pytest.raises(Conflict):
            actions.associate(actor=administrator, record_id=record.id, team_id=team.id)
        actions.end_association(actor=administrator, association_id=association.pk, last_day=TODAY)
        assert may_write()
        actions.end_association(actor=administrator, association_id=association.pk)
        assert not may_write()
        assert not Association.objects.filter(relation="manual").exists()


def attempts(facility: Facility) -> dict[str, Callable[[Actor], object]]:
    """Every action on something of the facility, by its name."""
    team = make.make_team(facility)
    staff, newcomer = make.make_staff(team), make.make_staff(facility=facility)
    unopened = make.make_staff(facility=facility)
    StaffMember.objects.filter(id__in=[newcomer.id, unopened.id]).update(account=None)
    record = make.make_record()
    block, association = make.block(record, team=team), make.associate(record, team)
    account_id = make.make_account(kind="staff").id
    return {
        "set_block": lambda a: actions.set_block(actor=a, record_id=record.id, team_id=team.id, reason="x"),
        "end_block": lambda a: actions.end_block(actor=a, block_id=block.id),
        "set_participation": lambda a: actions.set_participation(
            actor=a, team_id=team.id, staff_id=staff.staff_id, opted_in=True
        ),
        "add_member": lambda a: actions.add_member(actor=a, team_id=team.id, staff_id=make.make_staff().id),
        "set_lead": lambda a: actions.set_lead(actor=a, team_id=team.id, staff_id=staff.id, is_lead=True),
        "remove_member": lambda a: actions.remove_member(actor=a, team_id=team.id, staff_id=staff.id),
        "deactivate_staff": lambda a: actions.deactivate_staff(actor=a, staff_id=staff.id, reason="x"),
        "grant_role": lambda a: actions.grant_role(
            actor=a, account_id=account_id, role="auditor", facility_id=facility.id
        ),
        "link_staff_account": lambda a: actions.link_staff_account(
            actor=a, staff_id=newcomer.id, account_id=account_id
        ),
        "give_account": lambda a: actions.give_account(actor=a, staff_id=unopened.id),
        "create_team": lambda a: actions.create_team(
            actor=a, facility_id=facility.id, code="N", internal_name="n", public_name="n"
        ),
        "edit_team": lambda a: actions.edit_team(actor=a, team_id=team.id, phone="555-0100"),
        "edit_facility": lambda a: actions.edit_facility(actor=a, facility_id=facility.id, phone="555-0100"),
        "associate": lambda a: actions.associate(actor=a, record_id=record.id, team_id=team.id),
        "end_association": lambda a: actions.end_association(actor=a, association_id=association.pk),
    }


OUTSIDERS: dict[str, Callable[[Facility], Actor]] = {
    "another facility's administrator": lambda _: make.actor_for(make.make_administrator(make.make_facility())),
    "an auditor": lambda _: make.actor_for(make.make_administrator(role="auditor")),
    "without a second factor": lambda place: make.actor_for(make.make_administrator(place), second_factor=False),
    "a team's own nurse": lambda place: make.staff_actor(make.make_staff(make.make_team(place))),
    "a veteran": lambda _: make.actor_for(make.make_eligible_veteran()[0]),
    "nobody": lambda _: Actor.anonymous(),
}


# With outsiders of their own: test_proofing.py (people) and test_missing_team.py (requests).
TRIED_ELSEWHERE = {
    "record_proofing",
    "unlink_account",
    "relink_account",
    "ask_for_team",
    "open_team_request",
    "answer_team_request",
}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_an_outsider_changes_nothing_of_a_facility(facility: Facility, who: str) -> None:
    actor = OUTSIDERS[who](facility)
    deeds = attempts(facility)
    assert set(actions.__all__) - set(deeds) - TRIED_ELSEWHERE == {"accept_terms", "revoke_role"}, (
        "every action is tried"
    )
    for name, attempt in deeds.items():
        with pytest.raises(Refused):
            attempt(actor)
        assert not AuditEvent.objects.exists(), name


@pytest.mark.parametrize("who", ["own", "station above", "national", "system"])
def test_those_in_charge_do_everything_and_each_deed_is_audited(who: str) -> None:
    station = make.make_facility()
    clinic = make.make_facility(parent=station)
    actor = {
        "own": lambda: make.actor_for(make.make_administrator(clinic)),
        "station above": lambda: make.actor_for(make.make_administrator(station)),
        "national": lambda: make.actor_for(make.make_administrator()),
        "system": lambda: Actor.system("demo"),
    }[who]()
    for name in attempts(clinic):
        before = AuditEvent.objects.count()
        CareTeam.objects.filter(code="N").delete()
        attempts_now = attempts(clinic)
        Facility.objects.update(phone="")
        attempts_now[name](actor)
        assert AuditEvent.objects.count() > before, name
