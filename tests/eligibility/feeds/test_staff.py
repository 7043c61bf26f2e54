"""The staff feed: people, memberships, what ends with them, and what an administrator did by hand."""

import datetime as dt

import pytest

from accounts.models import Account
from eligibility.models import Participation, StaffMember, TeamMembership
from smportal import clock
from smportal.audit.models import AuditEvent
from tests.eligibility.feeds.helpers import Counts, counts, load

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 4, 20, tzinfo=dt.UTC)


def teams(staff_id: str = "S1") -> dict[str, bool]:
    memberships = TeamMembership.objects.filter(staff__staff_id=staff_id, ended_at__isnull=True)
    return dict(memberships.values_list("team__code", "is_lead"))


def row(codes: str = "PACT-1", leads: str = "", *, active: str = "yes", title: str = "RN") -> str:
    return f"S1,Nia Poe,nia@example.test,663,{title},{active},{codes},{leads}"


def test_a_staff_row_makes_a_member_with_teams(world: None) -> None:
    assert counts(load("staff", row("PACT-1", "PACT-2"))) == Counts(created=1)
    assert teams() == {"PACT-1": False, "PACT-2": True}
    assert counts(load("staff", row("PACT-2;PACT-1", "PACT-2"))) == Counts(unchanged=1)


def test_leaving_a_team_ends_membership_and_participation(world: None) -> None:
    load("staff", row("PACT-1;PACT-2"))
    rows = (
        "S1,PACT-1,nurse,yes,2020-01-01,",
        "S1,PACT-1,nurse,yes,2019-01-01,2019-12-31",
        "S1,PACT-2,nurse,yes,2027-01-01,",
    )
    load("participation", *rows)
    with clock.at(NOON):
        assert counts(load("staff", row("PACT-2"))) == Counts(changed=1)
    assert teams() == {"PACT-2": False}
    ended = Participation.objects.get(team__code="PACT-1", effective_from="2020-01-01")
    assert (ended.stated_until, ended.effective_until) == (None, dt.date(2026, 3, 3))
    assert Participation.objects.get(effective_from="2019-01-01").effective_until == dt.date(2019, 12, 31)
    assert AuditEvent.objects.filter(reason="membership_ended").count() == 1
    # Tonight's file says the same as before: it does not come back.
    assert counts(load("participation", *rows)) == Counts(unchanged=3)
    ended.refresh_from_db()
    assert ended.effective_until == dt.date(2026, 3, 3)


def test_participation_that_had_not_begun_never_begins(world: None) -> None:
    load("staff", row())
    load("participation", "S1,PACT-1,nurse,yes,2027-01-01,")
    with clock.at(NOON):
        load("staff", row("", active="no"))
    assert Participation.objects.get().effective_until == dt.date(2026, 12, 31)
    # A new agreement with the same team is possible.
    assert counts(load("participation", "S1,PACT-1,nurse,yes,2028-01-01,")) == Counts(created=1)


def test_somebody_inactive_loses_teams_and_account(world: None) -> None:
    load("staff", row("PACT-1;PACT-2"))
    account = Account.objects.create(kind="staff", username="nia", created_at=NOON)
    StaffMember.objects.update(account=account)
    assert counts(load("staff", row("PACT-1;PACT-2", active="no"))) == Counts(changed=1)
    account.refresh_from_db()
    assert (teams(), StaffMember.objects.get().is_active, account.is_active) == ({}, False, False)
    assert AuditEvent.objects.filter(deed="account_disabled").count() == 1
    assert counts(load("staff", row("PACT-1", active="no"))) == Counts(unchanged=1)
    # Back again: the teams come back, the account stays closed until an administrator opens it.
    load("staff", row("PACT-1"))
    account.refresh_from_db()
    assert (teams(), StaffMember.objects.get().is_active, account.is_active) == ({"PACT-1": False}, True, False)


def test_what_an_administrator_did_by_hand_outlives_the_same_file(world: None) -> None:
    load("staff", row("PACT-1"))
    TeamMembership.objects.update(ended_at=NOON)
    assert counts(load("staff", row("PACT-1"))) == Counts(unchanged=1)
    assert teams() == {}
    StaffMember.objects.update(is_active=False)
    assert counts(load("staff", row("PACT-1", title="NP"))) == Counts(changed=1)
    assert (StaffMember.objects.get().title, StaffMember.objects.get().is_active, teams()) == ("NP", False, {})


def test_becoming_lead_changes_the_membership(world: None) -> None:
    load("staff", row("PACT-1"))
    load("staff", row("PACT-1", "PACT-1"))
    assert teams() == {"PACT-1": True}
    assert TeamMembership.objects.count() == 1
    load("staff", row("PACT-1"))
    assert teams() == {"PACT-1": False}


def test_participation_may_come_before_the_staff_member(world: None) -> None:
    assert counts(load("participation", "S9,PACT-1,Nurse,yes,2020-01-01,")) == Counts(created=1)
    assert Participation.objects.get().role == "nurse"
