"""Steps: each once, all recorded, only the furthest told, to people who can do something about it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from eligibility.models import StaffMember, TeamMembership
from messaging.models import Conversation, Notification, Obligation, ObligationEnd
from messaging.response.actions import SweepResult, end_obligation, sweep
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import TUESDAY, make_obligation

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


def told(kind: str) -> set[object]:
    return set(Notification.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def account(staff: StaffMember) -> object:
    assert staff.account_id is not None
    return staff.account_id


def test_nothing_is_owed_a_moment_before_the_reminder_and_at_its_instant_it_is() -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team)

    assert sweep(now=obligation.remind_at - SECOND) == SweepResult()
    assert sweep(now=obligation.remind_at) == SweepResult(reminded=1, notified=1)


def test_each_step_is_taken_once_in_its_turn_and_then_no_more() -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team)
    factories.make_administrator(obligation.conversation.team.facility)

    results = [
        sweep(now=instant)
        for instant in (obligation.remind_at, obligation.due_at, obligation.escalate_at)
        for _ in range(2)
    ]

    nothing = SweepResult()
    assert results == [
        SweepResult(reminded=1, notified=1),
        nothing,
        SweepResult(overdue=1, notified=1),
        nothing,
        SweepResult(escalated=1, notified=1),
        nothing,
    ]
    stored = Obligation.objects.get()
    assert (stored.reminded_at, stored.overdue_at, stored.escalated_at) == (
        obligation.remind_at,
        obligation.due_at,
        obligation.escalate_at,
    )
    assert stored.next_step_at is None


def test_several_steps_owed_at_once_are_all_recorded_and_only_the_furthest_is_told() -> None:
    obligation = make_obligation()
    lead = factories.make_staff(obligation.conversation.team, leads=True)
    factories.make_administrator(obligation.conversation.team.facility)

    result = sweep(now=obligation.due_at + SECOND)

    assert result == SweepResult(reminded=1, overdue=1, notified=1)
    assert told("overdue") == {account(lead)}
    assert told("reminder") == set()
    event = AuditEvent.objects.get(deed="obligation_step")
    assert event.details["steps"] == ["reminder", "overdue"]
    assert event.reason == "overdue"


def test_a_reminder_goes_to_the_assignee_alone() -> None:
    obligation = make_obligation()
    assignee = factories.make_staff(obligation.conversation.team)
    factories.make_staff(obligation.conversation.team)
    Conversation.objects.update(assignee=assignee)

    sweep(now=obligation.remind_at)

    assert told("reminder") == {account(assignee)}


@pytest.mark.parametrize("gone", ["left the team", "has no account", "account disabled", "inactive"])
def test_a_reminder_goes_to_the_team_when_the_assignee_cannot_get_it(gone: str) -> None:
    obligation = make_obligation()
    assignee, colleague = factories.make_staff(obligation.conversation.team), factories.make_staff()
    factories.add_member(colleague, obligation.conversation.team)
    Conversation.objects.update(assignee=assignee)
    assert assignee.account is not None
    if gone == "left the team":
        TeamMembership.objects.filter(staff=assignee).update(ended_at=TUESDAY)
    elif gone == "has no account":
        StaffMember.objects.filter(id=assignee.id).update(account=None)
    elif gone == "account disabled":
        Account.objects.filter(id=assignee.account.id).update(is_active=False)
    else:
        StaffMember.objects.filter(id=assignee.id).update(is_active=False)

    sweep(now=obligation.remind_at)

    assert told("reminder") == {account(colleague)}


def test_overdue_goes_to_the_leads_or_to_all_members_where_there_is_no_lead() -> None:
    with_lead, without = make_obligation(), make_obligation()
    lead = factories.make_staff(with_lead.conversation.team, leads=True)
    factories.make_staff(with_lead.conversation.team)
    members = [factories.make_staff(without.conversation.team) for _ in range(2)]

    sweep(now=with_lead.due_at)

    assert told("overdue") == {account(lead), *map(account, members)}


def test_an_escalation_goes_to_the_administrators_of_the_facility_alone() -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team, leads=True)
    administrator = factories.make_administrator(obligation.conversation.team.facility)
    factories.make_administrator(factories.make_facility())

    sweep(now=obligation.escalate_at)

    assert told("escalation") == {administrator.id}


def test_a_team_without_anybody_falls_to_its_administrators() -> None:
    obligation = make_obligation()
    administrator = factories.make_administrator(obligation.conversation.team.facility)

    sweep(now=obligation.remind_at)

    assert told("reminder") == {administrator.id}


def test_an_answered_message_owes_nothing() -> None:
    obligation = make_obligation()
    end_obligation(
        actor=Actor.system("test"), conversation=obligation.conversation, end=ObligationEnd.ANSWERED, at=TUESDAY
    )

    assert sweep(now=obligation.escalate_at) == SweepResult()


def test_batches_reach_everything_and_tell_each_person_once_for_each_conversation() -> None:
    team = factories.make_team()
    members = [factories.make_staff(team) for _ in range(2)]
    clocks = [make_obligation(team) for _ in range(7)]

    result = sweep(now=clocks[0].remind_at, batch=3)

    assert result == SweepResult(reminded=7, notified=14)
    pairs = set(Notification.objects.values_list("recipient_id", "cause_id"))
    assert pairs == {(member.account_id, one.id) for member in members for one in clocks}


def test_the_cost_follows_what_is_due_not_what_is_open() -> None:
    team = factories.make_team()
    factories.make_staff(team)

    def statements(due: int, waiting: int) -> int:
        for number in range(due + waiting):
            make_obligation(team, at=TUESDAY if number < due else TUESDAY + dt.timedelta(days=60))
        with CaptureQueriesContext(connection) as queries:
            sweep(now=TUESDAY + dt.timedelta(days=2))
        return len(queries)

    assert statements(due=5, waiting=0) == statements(due=20, waiting=20)


def test_an_email_is_owed_from_the_applications_now_whatever_now_was_asked_for() -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team)
    with clock.at(TUESDAY):
        sweep(now=obligation.remind_at)

    assert Notification.objects.get().next_attempt_at == TUESDAY


@pytest.mark.parametrize("arguments", [{"batch": 0}, {"now": TUESDAY.replace(tzinfo=None)}])
def test_senseless_arguments_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a sweep needs"):
        sweep(**arguments)  # type: ignore[arg-type]


def test_beat_starts_the_sweep_by_its_name() -> None:
    from smportal.celery import app

    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team)
    app.loader.import_default_modules()

    with clock.at(obligation.remind_at):
        app.tasks["messaging.response.sweep"].apply(throw=True)

    assert Obligation.objects.get().reminded_at == obligation.remind_at
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert "messaging.response.sweep" in scheduled
