"""Who belongs to what."""

import uuid

import pytest

from accounts.models import Account, VeteranRecord
from eligibility import queries
from eligibility.models import RoleGrant, StaffMember, TeamMembership
from smportal import clock
from smportal.actor import Actor
from smportal.tiers import Tier
from tests import factories as make

pytestmark = pytest.mark.django_db


class TestTeams:
    """Memberships in force of active staff."""

    def test_a_member_has_own_teams_active_or_not(self) -> None:
        open_team, closed, _ = make.make_team(), make.make_team(is_active=False), make.make_team()
        actor = make.staff_actor(make.make_staff(open_team, closed))
        assert sorted(queries.team_ids_of(actor)) == sorted([open_team.id, closed.id])

    def test_a_membership_that_ended_and_staff_who_left_count_for_nothing(self) -> None:
        team = make.make_team()
        staff = make.make_staff(team)
        actor = make.staff_actor(staff)
        TeamMembership.objects.update(ended_at=clock.now())
        assert queries.team_ids_of(actor) == []
        assert not queries.is_member(staff.id, team.id)
        TeamMembership.objects.update(ended_at=None)
        assert queries.is_member(staff.id, team.id)
        StaffMember.objects.update(is_active=False)
        assert queries.team_ids_of(actor) == []
        assert not queries.is_member(staff.id, team.id)
        assert queries.members_of(team.id) == []

    def test_a_staff_number_that_is_not_the_accounts_own_opens_nothing(self) -> None:
        team = make.make_team()
        other, own = make.make_staff(team), make.make_staff()
        actor = make.staff_actor(own)
        forged = Actor(kind=actor.kind, account_id=actor.account_id, staff_id=other.id, second_factor=True)
        assert queries.team_ids_of(forged) == []

    def test_veterans_and_the_system_have_no_teams(self) -> None:
        account, _, _ = make.make_eligible_veteran()
        assert queries.team_ids_of(make.actor_for(account)) == []
        assert queries.team_ids_of(Actor.system("sweep")) == []

    def test_members_and_leads_come_by_name_with_their_accounts(self) -> None:
        team = make.make_team()
        zoe = make.make_staff(team, name="Zoe")
        adam = make.make_staff(team, name="adam", leads=True)
        Account.objects.filter(staff_member=zoe).update(is_active=False)
        people = queries.members_of(team.id)
        assert [(person.name, person.staff_id, person.account_id, person.is_lead) for person in people] == [
            ("adam", adam.id, adam.account_id, True),
            ("Zoe", zoe.id, None, False),
        ]
        assert [person.name for person in queries.leads_of(team.id)] == ["adam"]


class TestAdministrators:
    """Facility, the station above, the nation."""

    def test_those_of_the_facility_and_of_the_station_above_it(self) -> None:
        top = make.make_facility()
        station = make.make_facility(parent=top)
        clinic = make.make_facility(parent=station)
        expected = {make.make_administrator(place).id for place in (top, station, clinic)}
        make.make_administrator()
        make.make_administrator(make.make_facility())
        assert {person.account_id for person in queries.administrators_of(clinic.id)} == expected
        assert len(queries.administrators_of(station.id)) == 2

    def test_where_nobody_does_the_national_ones(self) -> None:
        facility = make.make_facility()
        national = make.make_administrator()
        make.make_administrator(facility, role="auditor")
        gone, disabled = make.make_administrator(facility), make.make_administrator(facility)
        RoleGrant.objects.filter(account=gone).update(revoked_at=clock.now())
        Account.objects.filter(id=disabled.id).update(is_active=False)
        assert [person.account_id for person in queries.administrators_of(facility.id)] == [national.id]

    def test_a_scope_holds_the_children_and_nothing_else(self) -> None:
        station, other = make.make_facility(), make.make_facility()
        clinic = make.make_facility(parent=station)
        scope = queries.scope_of(make.actor_for(make.make_administrator(station)))
        assert not scope.everywhere
        assert scope.facility_ids == {station.id, clinic.id}
        assert scope.covers(clinic.id)
        assert not scope.covers(other.id)

    def test_a_national_administrator_has_all_and_an_auditor_none(self) -> None:
        facility = make.make_facility()
        assert queries.scope_of(make.actor_for(make.make_administrator())).covers(facility.id)
        auditor = make.actor_for(make.make_administrator(role="auditor"))
        assert not queries.scope_of(auditor).covers(facility.id)
        assert queries.scope_of(auditor, "auditor").everywhere


class TestMergedRecords:
    """Old conversations show under the record that survives."""

    def test_the_own_record_first_then_all_merged_into_it(self) -> None:
        account, record, _ = make.make_eligible_veteran()
        child = make.make_record(merged_into=record)
        grandchild = make.make_record(merged_into=child)
        make.make_record()
        assert queries.conversation_record_ids(make.actor_for(account)) == [record.id, child.id, grandchild.id]

    def test_an_account_still_linked_to_the_merged_record_sees_the_same(self) -> None:
        _, record, _ = make.make_eligible_veteran()
        account = make.make_account(make.make_record(merged_into=record))
        assert queries.conversation_record_ids(make.actor_for(account))[0] == record.id

    @pytest.mark.parametrize("tier", [Tier.NONE, Tier.BASIC, Tier.ADVANCED])
    def test_nobody_below_verified_reads(self, tier: Tier) -> None:
        account, _, _ = make.make_eligible_veteran()
        assert queries.conversation_record_ids(make.actor_for(account, tier=tier)) == []

    @pytest.mark.parametrize("flag", ["deceased", "identity_theft"])
    def test_nobody_reads_a_locked_record(self, flag: str) -> None:
        account, _, _ = make.make_eligible_veteran()
        VeteranRecord.objects.update(**{flag: True})
        assert queries.conversation_record_ids(make.actor_for(account)) == []

    def test_staff_and_unknown_records_have_none(self) -> None:
        assert queries.conversation_record_ids(make.staff_actor(make.make_staff())) == []
        assert queries.record_family(uuid.uuid4()) == []


def test_the_phone_is_the_teams_else_the_facilitys_else_where_registered() -> None:
    record = make.make_record()
    make.register(record, make.make_facility(phone="555-0103"))
    bare = make.make_team()
    assert queries.contact_phone(bare) == ""
    assert queries.contact_phone(bare, record_id=record.id) == "555-0103"
    assert (
        queries.contact_phone(make.make_team(make.make_facility(phone="555-0102")), record_id=record.id) == "555-0102"
    )
    assert queries.contact_phone(make.make_team(phone="555-0101")) == "555-0101"
