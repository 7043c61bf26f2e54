"""Own reminders: on their morning, once, to nobody else, and only while their person has access."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eligibility import actions as eligibility_actions
from messaging.inbox import actions as inbox
from messaging.inbox import handing_over
from messaging.inbox.desk import desk_of
from messaging.keyset import ROWS
from messaging.models import Notification, OwnReminder
from messaging.notifications.wanted import Unwanted, why_unwanted
from messaging.reminding import actions, queries
from messaging.response.actions import add_closure
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, NotFound
from tests import factories
from tests.messaging.making import make_conversation
from tests.messaging.threads import DAY, TUESDAY, Thread
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
FRIDAY = dt.date(2026, 3, 6)
# 08:00 in New York, in winter.
FRIDAY_MORNING = dt.datetime(2026, 3, 6, 13, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
NOTE = "Has the lab called back?"


class Remembering(Thread):
    """It is Tuesday; the veteran has written, and the nurse wants to come back to it."""

    def __init__(self) -> None:
        super().__init__()
        self.actor = factories.staff_actor(self.nurse)
        self.colleague = factories.staff_actor(factories.make_staff(self.team))
        with clock.at(TUESDAY):
            self.id = self.send().conversation_id

    def set(self, day: dt.date = FRIDAY, note: str = NOTE) -> OwnReminder:
        with clock.at(TUESDAY):
            return actions.set_reminder(actor=self.actor, conversation_id=self.id, day=day, note=note)

    def tell(self, at: dt.datetime) -> int:
        with clock.at(at):
            return actions.tell_due()

    def other_team(self, *, with_nurse: bool) -> uuid.UUID:
        other = factories.make_team(self.team.facility)
        factories.participate(factories.make_staff(other), other)
        if with_nurse:
            factories.add_member(self.nurse, other)
        return other.id


@pytest.fixture
def ward(db: None) -> Remembering:
    return Remembering()


def emails() -> list[Notification]:
    return list(Notification.objects.filter(kind="own_reminder"))


def test_its_person_is_told_once_on_that_morning_and_nobody_else(ward: Remembering) -> None:
    reminder = ward.set()
    assert reminder.remind_at == FRIDAY_MORNING
    assert NOTE.encode() not in bytes(reminder.note_sealed or b"")
    assert ward.tell(FRIDAY_MORNING - SECOND) == 0
    assert [ward.tell(FRIDAY_MORNING), ward.tell(FRIDAY_MORNING)] == [1, 0]
    (email,) = emails()
    assert (email.recipient_id, email.cause_id) == (ward.actor.account_id, reminder.id)
    assert why_unwanted(email) is None
    for actor, due in ((ward.actor, 1), (ward.colleague, 0)):
        with clock.at(FRIDAY_MORNING):
            desk = desk_of(actor)
            assert (desk.due_reminders, len(queries.own_reminders(desk).rows)) == (due, due)


def test_a_run_that_dies_before_its_end_told_nobody_and_the_next_one_does(ward: Remembering) -> None:
    ward.set()
    with pytest.raises(RuntimeError), transaction.atomic():
        ward.tell(FRIDAY_MORNING)
        raise RuntimeError("killed")
    assert emails() == []
    assert ward.tell(FRIDAY_MORNING) == 1
    assert len(emails()) == 1


def test_it_is_meant_in_the_zone_that_its_person_chose(ward: Remembering) -> None:
    assert ward.nurse.account is not None
    ward.nurse.account.time_zone = "America/Los_Angeles"
    ward.nurse.account.save()
    assert ward.set().remind_at == FRIDAY_MORNING + dt.timedelta(hours=3)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (dt.date(2026, 3, 3), "past"),
        (dt.date(2027, 3, 5), "far"),
        (dt.date(2026, 3, 7), "closed"),
        (dt.date(2026, 5, 25), "closed"),
        (dt.date(2026, 3, 9), "closed"),
    ],
    ids=["today", "more than a year", "a Saturday", "a federal holiday", "a closure"],
)
def test_another_day_is_refused_beside_its_field(ward: Remembering, day: dt.date, code: str) -> None:
    administrator = factories.actor_for(factories.make_administrator(ward.team.facility))
    storm = dt.date(2026, 3, 9)
    add_closure(actor=administrator, facility=ward.team.facility, first_date=storm, last_date=storm, reason="Storm")
    with pytest.raises(InvalidInput) as refused:
        ward.set(day)
    assert (refused.value.field, refused.value.code) == ("day", code)
    if day in {dt.date(2026, 3, 7), storm}:
        assert "March 10, 2026" in refused.value.text
    assert not OwnReminder.objects.exists()


def test_the_same_again_changes_nothing_and_a_moved_one_tells_on_its_new_day(ward: Remembering) -> None:
    first = ward.set()
    assert ward.set().id == first.id
    ward.tell(FRIDAY_MORNING)
    with clock.at(FRIDAY_MORNING):
        moved = actions.set_reminder(actor=ward.actor, conversation_id=ward.id, day=FRIDAY + 4 * DAY)
    first.refresh_from_db()
    assert (first.end, moved.ended_at) == ("moved", None)
    assert ward.tell(FRIDAY_MORNING + 3 * DAY) == 0
    assert ward.tell(FRIDAY_MORNING + 4 * DAY) == 1
    assert {email.cause_id: why_unwanted(email) for email in emails()} == {first.id: Unwanted.GONE, moved.id: None}
    changes = AuditEvent.objects.filter(deed="own_reminder_changed").order_by("id")
    assert [event.reason for event in changes] == ["set", "moved", "set"]


def test_completing_leaves_it_and_its_person_ends_it(ward: Remembering) -> None:
    reminder = ward.set()
    with clock.at(TUESDAY + DAY):
        inbox.complete(actor=ward.colleague, conversation_id=ward.id, outcome="phoned")
    assert ward.tell(FRIDAY_MORNING) == 1
    with clock.at(FRIDAY_MORNING):
        assert not actions.end_reminder(actor=ward.colleague, conversation_id=ward.id)
        assert [actions.end_reminder(actor=ward.actor, conversation_id=ward.id) for _ in range(2)] == [True, False]
    reminder.refresh_from_db()
    assert reminder.end == "done"


@pytest.mark.parametrize("with_nurse", [True, False], ids=["in both teams", "in the old one only"])
def test_a_hand_over_ends_it_for_those_who_lose_access(ward: Remembering, with_nurse: bool) -> None:
    ward.set()
    with clock.at(TUESDAY + DAY):
        team_id = ward.other_team(with_nurse=with_nurse)
        handing_over.hand_over(actor=ward.colleague, conversation_id=ward.id, team_id=team_id, key=uuid.uuid4())
    assert OwnReminder.objects.get().end == ("" if with_nurse else "no_access")
    assert ward.tell(FRIDAY_MORNING) == int(with_nurse)


def test_leaving_the_team_ends_it_and_an_email_on_its_way_is_not_sent(ward: Remembering) -> None:
    ward.set()
    ward.tell(FRIDAY_MORNING)
    administrator = factories.actor_for(factories.make_administrator(ward.team.facility))
    eligibility_actions.remove_member(actor=administrator, team_id=ward.team.id, staff_id=ward.nurse.id)
    assert OwnReminder.objects.get().end == "no_access"
    assert [why_unwanted(email) for email in emails()] == [Unwanted.GONE]


def test_nobody_else_sets_or_sees_one_there(ward: Remembering, client: Client) -> None:
    outsider = factories.make_staff(factories.make_team())
    for actor in (factories.staff_actor(outsider), ward.veteran):
        with pytest.raises(NotFound):
            actions.set_reminder(actor=actor, conversation_id=ward.id, day=FRIDAY)
    assert outsider.account is not None
    sign_in(client, outsider.account)
    for url in (f"/team/conversations/{ward.id}/reminder/", f"/team/conversations/{uuid.uuid4()}/reminder/"):
        assert client.get(url).status_code == 404
        assert client.post(f"{url}end/").status_code == 404


def test_the_pages_set_show_and_end_it_and_a_queue_costs_no_statement_more(ward: Remembering, client: Client) -> None:
    assert ward.nurse.account is not None
    url, queue = f"/team/conversations/{ward.id}/", "/team/open/"
    with clock.at(TUESDAY):
        sign_in(client, ward.nurse.account)
        client.get(queue)
        with CaptureQueriesContext(connection) as before:
            client.get(queue)
        form = {"day_month": "3", "day_day": "7", "day_year": "2026", "note": NOTE}
        refused = client.post(f"{url}reminder/", form)
        assert refused.status_code == 400
        assert "The next day that it is open is March 9, 2026." in refused.content.decode()
        assert NOTE in refused.content.decode()
        client.post(f"{url}reminder/", form | {"day_day": "6"})
        page = client.get(url).content.decode()
        assert "Friday, March 6, 2026, 8:00 a.m. EST" in page
        assert NOTE in page
    with clock.at(FRIDAY_MORNING):
        sign_in(client, ward.nurse.account)
        with CaptureQueriesContext(connection) as after:
            menu = client.get(queue).content.decode()
        assert len(after) == len(before)
        assert "Reminders" in menu
        shown = client.get("/team/reminders/").content.decode()
        assert NOTE in shown
        assert AuditEvent.objects.filter(deed="list_shown", object_id="reminders").count() == 1
        done = client.post(f"{url}reminder/end/", {"listed": "1"}, follow=True)
        assert "No reminders" in done.content.decode()


def test_the_list_goes_on_page_by_page_and_loses_none(ward: Remembering, client: Client) -> None:
    conversations = [make_conversation(ward.team) for _ in range(2 * ROWS + 1)]
    staff_id, morning = ward.nurse.id, FRIDAY_MORNING
    OwnReminder.objects.bulk_create(
        # Two and two at one instant: their ids tell them apart.
        OwnReminder(
            staff_id=staff_id, conversation=each, day=FRIDAY, remind_at=morning + (n // 2) * DAY, set_at=TUESDAY
        )
        for n, each in enumerate(conversations)
    )
    assert ward.nurse.account is not None
    seen: list[list[str]] = []
    with clock.at(TUESDAY):
        sign_in(client, ward.nurse.account)
        next_url, pages = "/team/reminders/", []
        while next_url:
            pages.append(client.get(next_url).content.decode())
            seen.append(re.findall(r'id="t-([0-9a-f-]+)"', pages[-1]))
            found = re.search(r'rel="next" href="([^"]+)"', pages[-1])
            next_url = found[1].replace("&amp;", "&") if found else ""
        previous = re.search(r'rel="prev" href="([^"]+)"', pages[-1])
        assert previous is not None
        back = re.findall(r'id="t-([0-9a-f-]+)"', client.get(previous[1]).content.decode())
    assert [len(page) for page in seen] == [ROWS, ROWS, 1]
    assert back == seen[1]
    listed = [uuid.UUID(each) for page in seen for each in page]
    assert set(listed) == {each.id for each in conversations}
    order = dict(OwnReminder.objects.values_list("conversation_id", "remind_at"))
    instants = [order[each] for each in listed]
    assert instants == sorted(instants)
    on_record = AuditEvent.objects.filter(deed="list_shown", object_id="reminders").order_by("id")
    assert [len(row.details["conversations"]) for row in on_record] == [ROWS, ROWS, 1, ROWS]
