"""Closures and zones: open clocks are computed again from their start, and taken steps stay taken."""

import datetime as dt

import pytest
from django.db import transaction

from eligibility import hooks
from eligibility.models import Facility
from messaging.models import Closure, Conversation, Notification, Obligation, ObligationEnd
from messaging.response.actions import add_closure, end_obligation, recompute, remove_closure, sweep
from messaging.response.calendars import calendar_for
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.business_time import is_business_time
from smportal.errors import InvalidInput, NotFound, Refused
from tests import factories
from tests.messaging.making import TUESDAY, make_obligation

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
WEDNESDAY, THURSDAY = dt.date(2026, 3, 4), dt.date(2026, 3, 5)
DAY = dt.timedelta(days=1)


def close(facility: Facility | None, first: dt.date = WEDNESDAY, last: dt.date | None = None, **more: bool) -> Closure:
    return add_closure(
        actor=SYSTEM, facility=facility, first_date=first, last_date=last or first, reason="Hurricane", **more
    )


def is_open(facility: Facility, day: dt.date = WEDNESDAY) -> bool:
    noon = dt.datetime.combine(day, dt.time(12), facility.zone)
    return is_business_time(noon, calendar_for(facility))


def test_a_closure_counts_for_its_facility_and_for_children_only_if_it_says_so() -> None:
    parent = factories.make_facility()
    child = factories.make_facility(parent=parent)
    grandchild = factories.make_facility(parent=child)
    other = factories.make_facility()

    close(parent, WEDNESDAY)
    close(parent, THURSDAY, with_children=True)
    close(child, dt.date(2026, 3, 6))

    closed = [
        [not is_open(facility, day) for day in (WEDNESDAY, THURSDAY, dt.date(2026, 3, 6))]
        for facility in (parent, child, grandchild, other)
    ]
    assert closed == [[True, True, False], [False, True, True], [False, True, False], [False, False, False]]


def test_a_closure_of_all_counts_everywhere_from_the_next_look() -> None:
    facility = factories.make_facility()
    before = is_open(facility)

    close(None)

    assert (before, is_open(facility)) == (True, False)


def test_adding_a_closure_moves_open_clocks_and_removing_it_moves_them_back() -> None:
    obligation = make_obligation()

    closure = close(obligation.conversation.team.facility)
    moved = Obligation.objects.get()
    remove_closure(actor=SYSTEM, closure_id=closure.id)
    back = Obligation.objects.get()

    # Friday 10:00 without Wednesday: Monday 10:00, in summer time.
    assert moved.due_at == dt.datetime(2026, 3, 9, 14, tzinfo=dt.UTC)
    assert moved.remind_at == obligation.remind_at + DAY == moved.next_step_at
    assert back.due_at == obligation.due_at == Conversation.objects.get().due_at
    assert back.next_step_at == obligation.remind_at
    changes = list(
        AuditEvent.objects.filter(deed="obligation_recomputed").order_by("id").values_list("reason", flat=True)
    )
    assert changes == ["closure_added", "closure_removed"]
    assert AuditEvent.objects.filter(deed="closure_changed").count() == 2


def test_the_conversation_shows_the_new_due_instant() -> None:
    obligation = make_obligation()
    close(None)
    assert Conversation.objects.get().due_at == Obligation.objects.get().due_at != obligation.due_at


def test_steps_already_taken_stay_taken_and_are_not_told_again() -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team, leads=True)
    sweep(now=obligation.due_at)

    close(obligation.conversation.team.facility, first=dt.date(2026, 3, 6))
    moved = Obligation.objects.get()
    again = sweep(now=moved.due_at)

    assert moved.due_at > obligation.due_at
    assert (moved.reminded_at, moved.overdue_at) == (obligation.due_at, obligation.due_at)
    assert moved.next_step_at == moved.escalate_at
    assert again.notified == 0
    assert Notification.objects.count() == 1


def test_a_step_that_a_removed_closure_brings_into_the_past_is_taken_by_the_next_sweep() -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team)
    closure = close(obligation.conversation.team.facility)
    before = sweep(now=obligation.remind_at)

    remove_closure(actor=SYSTEM, closure_id=closure.id)

    assert (before.reminded, sweep(now=obligation.remind_at).reminded) == (0, 1)


def test_answered_clocks_and_other_facilities_stay_as_they_are() -> None:
    answered, elsewhere = make_obligation(), make_obligation()
    end_obligation(actor=SYSTEM, conversation=answered.conversation, end=ObligationEnd.ANSWERED, at=TUESDAY)

    close(answered.conversation.team.facility)

    due = dict(Obligation.objects.values_list("id", "due_at"))
    assert due == {answered.id: answered.due_at, elsewhere.id: elsewhere.due_at}


def test_a_closure_with_children_moves_the_childrens_clocks() -> None:
    parent = factories.make_facility()
    obligation = make_obligation(factories.make_team(factories.make_facility(parent=parent)))

    close(parent)
    own = Obligation.objects.get().due_at
    close(parent, THURSDAY, with_children=True)

    assert own == obligation.due_at
    assert Obligation.objects.get().due_at > obligation.due_at


def test_a_new_zone_moves_open_clocks_in_the_feeds_transaction() -> None:
    obligation = make_obligation()
    facility = obligation.conversation.team.facility
    Facility.objects.filter(id=facility.id).update(time_zone="Pacific/Honolulu")

    with transaction.atomic():
        hooks.zone_changed(SYSTEM, [facility.id])

    # 15:00 UTC is 05:00 in Honolulu: counting starts at 08:00, three full days end on Thursday 17:00.
    assert Obligation.objects.get().due_at == dt.datetime(2026, 3, 6, 3, tzinfo=dt.UTC)
    assert AuditEvent.objects.get(deed="obligation_recomputed").reason == "zone_changed"


def test_nothing_moves_and_nothing_is_audited_when_the_instants_are_the_same() -> None:
    make_obligation()
    assert recompute(actor=SYSTEM, facility_ids=None, reason="test") == 0
    assert not AuditEvent.objects.filter(deed="obligation_recomputed").exists()


def test_many_clocks_are_computed_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.response.recomputing.AT_ONCE", 2)
    team = factories.make_team()
    for _ in range(5):
        make_obligation(team)

    close(team.facility)

    assert AuditEvent.objects.filter(deed="obligation_recomputed").count() == 5


@pytest.mark.parametrize(
    ("first", "last", "reason", "field"),
    [
        (THURSDAY, WEDNESDAY, "Storm", "last_date"),
        (WEDNESDAY, dt.date(2027, 3, 5), "Storm", "last_date"),
        (dt.date(1900, 1, 1), dt.date(1900, 1, 1), "Storm", "first_date"),
        (WEDNESDAY, WEDNESDAY, " \t", "reason"),
        (WEDNESDAY, WEDNESDAY, "x" * 201, "reason"),
        (WEDNESDAY, WEDNESDAY, "\u202estorm", "reason"),
    ],
)
def test_bad_closures_are_refused_by_field(first: dt.date, last: dt.date, reason: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_closure(actor=SYSTEM, facility=None, first_date=first, last_date=last, reason=reason)
    assert refused.value.field == field
    assert not Closure.objects.exists()


def test_an_administrator_closes_own_facilities_with_their_children_and_no_others() -> None:
    parent, other = factories.make_facility(), factories.make_facility()
    child = factories.make_facility(parent=parent)
    actor = factories.actor_for(factories.make_administrator(parent))

    def closing(facility: Facility | None) -> Closure:
        return add_closure(
            actor=actor, facility=facility, first_date=WEDNESDAY, last_date=WEDNESDAY, reason="Water damage"
        )

    mine = [closing(parent), closing(child)]
    with pytest.raises(NotFound):
        closing(other)
    with pytest.raises(Refused, match="national"):
        closing(None)
    theirs, everybodys = close(other), close(None)
    with pytest.raises(NotFound):
        remove_closure(actor=actor, closure_id=theirs.id)
    with pytest.raises(Refused, match="national"):
        remove_closure(actor=actor, closure_id=everybodys.id)
    for closure in mine:
        remove_closure(actor=actor, closure_id=closure.id)
    assert set(Closure.objects.all()) == {theirs, everybodys}


def test_only_administrators_with_a_second_factor_enter_closures() -> None:
    national = factories.make_administrator()
    staff = factories.make_staff()
    veteran = factories.make_account(factories.make_record())
    actors = [
        factories.actor_for(national, second_factor=False),
        factories.staff_actor(staff),
        factories.actor_for(veteran),
        Actor.anonymous(),
    ]
    for actor in actors:
        with pytest.raises((NotFound, Refused)):
            add_closure(actor=actor, facility=None, first_date=WEDNESDAY, last_date=WEDNESDAY, reason="Storm")
    add_closure(
        actor=factories.actor_for(national), facility=None, first_date=WEDNESDAY, last_date=WEDNESDAY, reason="Storm"
    )
    assert Closure.objects.get().created_by_id == national.id
