"""Entering an absence, and what becomes of work meanwhile: queues, assignments, reminders, emails."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from eligibility.queries import members_of
from messaging.absence import actions
from messaging.inbox import actions as team_actions
from messaging.inbox import bulk, queries
from messaging.inbox.desk import desk_of
from messaging.inbox.queries import Queue
from messaging.models import Absence, Conversation, Message, Notification, Obligation, Surrogate
from messaging.notifications.wanted import Unwanted, why_unwanted
from messaging.response.actions import sweep
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound
from tests import factories
from tests.messaging.threads import TUESDAY, Thread, fresh
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 3)
THURSDAY = dt.date(2026, 3, 5)
DAY = dt.timedelta(days=1)
PAGE = "/account/absences/"


class Ward(Thread):
    """Lee, who will be away, Kim, who stands in, and Ana, of one team; it is Tuesday."""

    def __init__(self) -> None:
        super().__init__()
        names = ("Lee Park", "Kim Doe", "Ana Ray")
        self.lee, self.kim, self.ana = (factories.make_staff(self.team, name=name) for name in names)
        with clock.at(TUESDAY):
            self.message: Message = self.send()

    @property
    def conversation(self) -> Conversation:
        return fresh(self.message)

    def goes_away(self, *, last: dt.date = THURSDAY, stands_in: bool = True) -> Absence:
        return actions.save_absence(
            actor=factories.staff_actor(self.lee),
            absence_id=uuid.uuid4(),
            first_date=TODAY,
            last_date=last,
            surrogates={self.team.id: self.kim.id} if stands_in else {},
        )

    def queue(self, who: str, queue: Queue) -> list[str]:
        """Return whom a queue's conversations show as assigned."""
        actor = factories.staff_actor(getattr(self, who))
        desk = desk_of(actor)
        view = queries.queue_view(actor, queue, desk=desk)
        rows = [*view.urgent, *view.page.rows]
        assert queries.queue_counts(actor, desk=desk)[queue] == len(rows), "the count is that of the list"
        return [row.assignee for row in rows]

    def assign(self, staff: str) -> Conversation:
        return team_actions.assign(
            actor=factories.staff_actor(self.ana),
            conversation_id=self.message.conversation_id,
            staff_id=getattr(self, staff).id,
        )


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def told(kind: str) -> list[object]:
    return list(Notification.objects.filter(kind=kind).order_by("created_at").values_list("recipient_id", flat=True))


def test_what_is_assigned_to_somebody_away_is_the_surrogates_until_the_last_day_has_ended(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.goes_away()
        ward.assign("lee")
        assert ward.queue("kim", Queue.MINE) == ["Kim Doe for Lee Park (away)"]
        assert ward.queue("lee", Queue.MINE) == ["Kim Doe for Lee Park (away)"], "both see it"
        assert ward.queue("ana", Queue.MINE) == []
        assert ward.queue("ana", Queue.UNASSIGNED) == []
    assert told("assigned") == [ward.kim.account_id]
    assert AuditEvent.objects.get(deed="assigned").details == {
        "from": None, "to": str(ward.lee.id), "acting": str(ward.kim.id),
    }  # fmt: skip
    with clock.at(dt.datetime(2026, 3, 6, 5, tzinfo=dt.UTC)):
        assert ward.queue("kim", Queue.MINE) == []
        assert ward.queue("lee", Queue.MINE) == ["Lee Park"], "back, it is Lee's as before"


def test_open_work_of_before_shows_with_the_surrogate_from_the_first_day_on(ward: Ward) -> None:
    with clock.at(TUESDAY - DAY):
        actions.save_absence(
            actor=factories.staff_actor(ward.lee),
            absence_id=uuid.uuid4(),
            first_date=TODAY,
            last_date=THURSDAY,
            surrogates={ward.team.id: ward.kim.id},
        )
        ward.assign("lee")
        assert ward.queue("kim", Queue.MINE) == []
    with clock.at(TUESDAY):
        assert ward.queue("kim", Queue.MINE) == ["Kim Doe for Lee Park (away)"]


def test_with_nobody_standing_in_the_work_is_unassigned_for_all_and_can_be_taken(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.assign("lee")
        ward.goes_away(stands_in=False)
        assert ward.queue("ana", Queue.UNASSIGNED) == ["Lee Park (away, nobody stands in)"]
        team_actions.take(actor=factories.staff_actor(ward.ana), conversation_id=ward.message.conversation_id)
        assert ward.queue("ana", Queue.MINE) == ["Ana Ray"]
        assert ward.queue("ana", Queue.UNASSIGNED) == []
        with pytest.raises(InvalidInput, match="away until March 5, 2026, and nobody stands in") as refused:
            ward.assign("lee")
        assert refused.value.field == "staff"
        with pytest.raises(InvalidInput, match="nobody stands in"):
            bulk.assign_all(
                actor=factories.staff_actor(ward.ana),
                conversation_ids=[ward.message.conversation_id],
                staff_id=ward.lee.id,
            )
    assert ward.conversation.assignee_id == ward.ana.id


def test_what_somebody_has_who_is_there_still_cannot_be_taken(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.assign("kim")
        ward.goes_away()
        with pytest.raises(Conflict):
            team_actions.take(actor=factories.staff_actor(ward.ana), conversation_id=ward.message.conversation_id)


def test_a_veterans_next_message_stays_with_the_assignee_and_is_the_surrogates_meanwhile(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.assign("lee")
        ward.answer(ward.message.conversation_id)
        ward.goes_away()
        ward.reply(ward.message.conversation_id, "It still hurts.")
        assert ward.conversation.assignee_id == ward.lee.id
        assert ward.queue("kim", Queue.MINE) == ["Kim Doe for Lee Park (away)"]


def test_several_assigned_at_once_go_to_the_surrogate_who_is_told_of_each(ward: Ward) -> None:
    with clock.at(TUESDAY):
        second = ward.send("Another thing")
        ward.goes_away()
        bulk.assign_all(
            actor=factories.staff_actor(ward.ana),
            conversation_ids=[ward.message.conversation_id, second.conversation_id],
            staff_id=ward.lee.id,
        )
        assert ward.queue("kim", Queue.MINE) == ["Kim Doe for Lee Park (away)"] * 2
    assert told("assigned") == [ward.kim.account_id] * 2


def test_the_surrogate_who_assigns_to_the_absent_person_needs_no_email(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.goes_away()
        team_actions.assign(
            actor=factories.staff_actor(ward.kim), conversation_id=ward.message.conversation_id, staff_id=ward.lee.id
        )
    assert told("assigned") == []


def test_the_email_of_an_assignment_is_wanted_by_who_acts_or_has_it_when_it_is_sent(ward: Ward) -> None:
    with clock.at(TUESDAY):
        away = ward.goes_away()
        ward.assign("lee")
        email = Notification.objects.get(kind="assigned")
        assert why_unwanted(email) is None
        actions.end_absence(actor=factories.staff_actor(ward.lee), absence_id=away.id)
        assert why_unwanted(email) == Unwanted.NOT_ASSIGNED, "Lee is back: it is not Kim's any more"


def test_a_reminder_goes_to_who_acts_and_to_the_team_where_nobody_does(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.assign("lee")
        away = ward.goes_away(last=dt.date(2026, 3, 13))
    sweep(now=Obligation.objects.get().remind_at)
    assert told("reminder") == [ward.kim.account_id]
    Notification.objects.all().delete()
    Obligation.objects.update(reminded_at=None, next_step_at=Obligation.objects.get().remind_at)
    Surrogate.objects.filter(absence=away).delete()
    sweep(now=Obligation.objects.get().remind_at)
    assert set(told("reminder")) == {each.account_id for each in members_of(ward.team.id)}


def test_overdue_is_told_to_the_lead_who_is_away_and_to_who_stands_in(ward: Ward) -> None:
    ward.lee.memberships.update(is_lead=True)
    with clock.at(TUESDAY):
        ward.goes_away(last=dt.date(2026, 3, 13))
    sweep(now=Obligation.objects.get().due_at)
    assert set(told("overdue")) == {ward.lee.account_id, ward.kim.account_id}


def test_a_surrogate_who_leaves_the_team_leaves_the_work_to_it(ward: Ward) -> None:
    with clock.at(TUESDAY):
        ward.assign("lee")
        ward.goes_away()
        ward.kim.memberships.update(ended_at=clock.now())
        assert ward.queue("ana", Queue.UNASSIGNED) == ["Lee Park (away, nobody stands in)"]


def test_a_surrogate_of_both_is_told_once_and_again_when_the_days_change(ward: Ward) -> None:
    with clock.at(TUESDAY):
        away = ward.goes_away()
        assert told("surrogate") == [ward.kim.account_id]
        assert why_unwanted(Notification.objects.get(kind="surrogate")) is None
        for last in (THURSDAY, THURSDAY + DAY):
            actions.save_absence(
                actor=factories.staff_actor(ward.lee),
                absence_id=away.id,
                first_date=TODAY,
                last_date=last,
                surrogates={ward.team.id: ward.kim.id},
            )
    assert told("surrogate") == [ward.kim.account_id] * 2, "once for each period of days"
    first, second = Notification.objects.filter(kind="surrogate").order_by("created_at", "id")
    assert sorted([str(why_unwanted(first)), str(why_unwanted(second))]) == ["None", "cause_is_gone"]
    assert [row.details["change"] for row in AuditEvent.objects.filter(deed="absence_changed").order_by("id")] == [
        "entered", "changed", "changed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (TODAY, TODAY - DAY, "last_date"),
        (TODAY - DAY, TODAY, "first_date"),
        (TODAY + 367 * DAY, TODAY + 367 * DAY, "first_date"),
        (TODAY, TODAY + 366 * DAY, "last_date"),
    ],
)
def test_days_that_cannot_be_are_refused_beside_their_field(
    ward: Ward, first: dt.date, last: dt.date, field: str
) -> None:
    with clock.at(TUESDAY), pytest.raises(InvalidInput) as refused:
        actions.save_absence(
            actor=factories.staff_actor(ward.lee), absence_id=uuid.uuid4(), first_date=first, last_date=last
        )
    assert refused.value.field == field
    assert not Absence.objects.exists()


def test_two_own_absences_never_overlap_but_adjacent_ones_and_ended_ones_may(ward: Ward) -> None:
    lee = factories.staff_actor(ward.lee)
    with clock.at(TUESDAY):
        away = ward.goes_away()
        with pytest.raises(InvalidInput, match="away from March 3, 2026 to March 5, 2026 already"):
            actions.save_absence(actor=lee, absence_id=uuid.uuid4(), first_date=THURSDAY, last_date=THURSDAY + 9 * DAY)
        actions.save_absence(actor=lee, absence_id=uuid.uuid4(), first_date=THURSDAY + DAY, last_date=THURSDAY + DAY)
        actions.end_absence(actor=lee, absence_id=away.id)
        actions.save_absence(actor=lee, absence_id=uuid.uuid4(), first_date=TODAY, last_date=THURSDAY)
        with pytest.raises(Conflict):
            actions.save_absence(actor=lee, absence_id=away.id, first_date=TODAY, last_date=THURSDAY)
    assert Absence.objects.count() == 3


def test_nobody_but_another_member_of_the_team_stands_in(ward: Ward) -> None:
    stranger = factories.make_staff(factories.make_team())
    elsewhere = factories.make_team()
    for team_id, surrogate_id in (
        (ward.team.id, ward.lee.id),
        (ward.team.id, stranger.id),
        (elsewhere.id, stranger.id),
    ):
        with clock.at(TUESDAY), pytest.raises(InvalidInput) as refused:
            actions.save_absence(
                actor=factories.staff_actor(ward.lee),
                absence_id=uuid.uuid4(),
                first_date=TODAY,
                last_date=TODAY,
                surrogates={team_id: surrogate_id},
            )
        assert refused.value.field == f"team_{team_id}"
    assert not Absence.objects.exists()


def test_a_running_absence_keeps_its_first_day_when_it_is_made_longer(ward: Ward) -> None:
    with clock.at(TUESDAY):
        away = ward.goes_away()
    with clock.at(TUESDAY + DAY):
        changed = actions.save_absence(
            actor=factories.staff_actor(ward.lee), absence_id=away.id, first_date=TODAY, last_date=THURSDAY + DAY
        )
    assert (changed.first_date, changed.last_date) == (TODAY, THURSDAY + DAY)


def test_somebody_elses_absence_is_nothing(ward: Ward) -> None:
    with clock.at(TUESDAY):
        away = ward.goes_away()
        kim = factories.staff_actor(ward.kim)
        with pytest.raises(NotFound):
            actions.end_absence(actor=kim, absence_id=away.id)
        with pytest.raises(NotFound):
            actions.save_absence(actor=kim, absence_id=away.id, first_date=TODAY, last_date=TODAY)
        client = Client()
        assert ward.kim.account is not None
        sign_in(client, ward.kim.account)
        for answer in (
            client.get(f"{PAGE}{away.id}/"),
            client.post(f"{PAGE}{away.id}/", {"key": str(away.id)}),
            client.post(f"{PAGE}{away.id}/end/"),
            client.get(f"{PAGE}{uuid.uuid4()}/"),
        ):
            assert answer.status_code == 404
    assert Absence.objects.get().ended_at is None


def posted(ward: Ward, key: uuid.UUID, **changes: str) -> dict[str, str]:
    days = {"first_date_month": "3", "first_date_day": "3", "first_date_year": "2026",
            "last_date_month": "3", "last_date_day": "5", "last_date_year": "2026"}  # fmt: skip
    return {"key": str(key), **days, "note": "leave", f"team_{ward.team.id}": str(ward.kim.id), **changes}


def test_the_page_enters_changes_and_ends_and_the_same_form_twice_is_one_absence(ward: Ward) -> None:
    assert ward.lee.account is not None
    client, key = Client(), uuid.uuid4()
    with clock.at(TUESDAY):
        sign_in(client, ward.lee.account)
        for _ in range(2):
            answer = client.post(PAGE, posted(ward, key), follow=True)
            assert "Your absence was saved" in answer.text
        assert "March 3, 2026 to March 5, 2026, on leave" in answer.text
        assert "You are away now" in answer.text
        assert "<bdi>Kim Doe</bdi> in" in answer.text
        assert told("surrogate") == [ward.kim.account_id]
        wrong = client.post(f"{PAGE}{key}/", posted(ward, key, last_date_day="31", last_date_month="2"))
        assert wrong.status_code == 400
        assert wrong.text.count("Enter a real date") == 2
        client.post(f"{PAGE}{key}/", posted(ward, key, last_date_day="4"))
        assert Absence.objects.get().last_date == dt.date(2026, 3, 4)
        assert "You are marked as away until March 4, 2026" in client.get("/team/open/").text
        client.post(f"{PAGE}{key}/end/")
        assert Absence.objects.get().ended_at == TUESDAY
        assert "You are marked as away" not in client.get("/team/open/").text


def test_the_page_says_what_to_look_at(ward: Ward) -> None:
    assert ward.lee.account is not None
    client = Client()
    with clock.at(TUESDAY):
        sign_in(client, ward.lee.account)
        ward.goes_away()
        Absence.objects.create(staff=ward.kim, first_date=THURSDAY, last_date=THURSDAY, entered_at=clock.now())
        assert "Kim Doe is away too (March 5, 2026)" in client.get(PAGE).text
        ward.kim.memberships.update(ended_at=clock.now())
        assert "Kim Doe has left this team" in client.get(PAGE).text


def test_colleagues_read_who_is_away_and_who_acts(ward: Ward) -> None:
    client = Client()
    assert ward.kim.account is not None
    with clock.at(TUESDAY):
        ward.goes_away()
        ward.assign("lee")
        sign_in(client, ward.kim.account)
        page = client.get(f"/team/conversations/{ward.message.conversation_id}/").text
        assert "<bdi>Kim Doe</bdi> (you) for <bdi>Lee Park</bdi>, who is away until March 5, 2026" in page
        assert "Lee Park (away until March 5, 2026: goes to Kim Doe)" in page
        assert "You stand in for <bdi>Lee Park</bdi>" in client.get("/team/mine/").text
