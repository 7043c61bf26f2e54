"""What has come since a queue was shown: counted, never shown by itself, and nobody's session lives longer for it."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from accounts import sessions
from eligibility.models import CareTeam, StaffMember
from messaging.inbox import actions, handing_over
from messaging.models import Conversation
from smportal import clock
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import TUESDAY, make_conversation, make_obligation
from tests.signing_in import sign_in

SHOWN = TUESDAY + dt.timedelta(hours=1)
HOUR = dt.timedelta(hours=1)
LATER = SHOWN + dt.timedelta(minutes=2)


def news_url(queue: str = "open", **more: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"new": str(int(SHOWN.timestamp())), **more}.items())
    return reverse("team_queue_news", args=[queue]) + f"?{query}"


@dataclass
class Desk:
    """A nurse who has looked at a queue with one conversation, taken by nobody; a colleague of another team too."""

    browser: Client
    nurse: StaffMember
    colleague: StaffMember
    team: CareTeam
    other: CareTeam


@pytest.fixture
def desk(db: None, client: Client) -> Desk:
    team = factories.make_team()
    other = factories.make_team(team.facility)
    nurse, colleague = factories.make_staff(team), factories.make_staff(team, other)
    factories.participate(nurse, team)
    make_obligation(team, at=TUESDAY)
    assert nurse.account is not None
    with clock.at(SHOWN):
        sign_in(client, nurse.account)
    return Desk(client, nurse, colleague, team, other)


def asked(desk: Desk, queue: str = "open", **more: str) -> tuple[int, str]:
    with clock.at(LATER):
        answer = desk.browser.get(news_url(queue, **more), headers={"X-Portal-Polling": "1"})
    assert answer.status_code == 200
    return answer.json()["count"], answer.json()["text"]


def test_a_veteran_s_message_is_news_and_what_was_there_is_none(desk: Desk) -> None:
    assert asked(desk) == (0, "")
    make_obligation(desk.team, at=SHOWN + dt.timedelta(minutes=1))
    make_conversation(at=SHOWN + dt.timedelta(minutes=1))
    assert asked(desk) == (1, "1 new conversation")
    assert asked(desk, "mine") == (0, "")
    assert asked(desk, category="medication") == (0, "")
    with clock.at(LATER):
        page = desk.browser.get(
            reverse("team_queue", args=["open"]) + f"?new={int(SHOWN.timestamp())}"
        ).content.decode()
    assert page.count('<li class="row ') == 1
    assert "New since 11:00 a.m. EST" in page


def test_what_a_colleague_hands_over_or_assigns_is_news_and_what_oneself_takes_is_none(desk: Desk) -> None:
    colleague = factories.staff_actor(desk.colleague)
    nurse = factories.staff_actor(desk.nurse)
    there, given, mine = (make_obligation(team, at=TUESDAY).conversation for team in (desk.team, desk.other, desk.team))
    with clock.at(SHOWN + dt.timedelta(minutes=1)):
        handing_over.hand_over(actor=colleague, conversation_id=given.id, team_id=desk.team.id, key=uuid.uuid4())
        actions.assign(actor=colleague, conversation_id=there.id, staff_id=desk.nurse.id)
        actions.take(actor=nurse, conversation_id=mine.id)
    # The one that was assigned stood among the open ones before.
    assert asked(desk) == (1, "1 new conversation")
    assert asked(desk, "mine") == (1, "1 new conversation")
    assert asked(desk, "open", assignee="me") == (1, "1 new conversation")
    assert Conversation.objects.filter(assignee=desk.nurse).count() == 2


def test_what_a_colleague_opens_again_or_gives_back_is_news_where_it_stands_now(desk: Desk) -> None:
    colleague = factories.staff_actor(desk.colleague)
    again, back = (make_obligation(desk.team, at=TUESDAY).conversation for _ in range(2))
    with clock.at(TUESDAY + dt.timedelta(minutes=1)):
        actions.complete(actor=colleague, conversation_id=again.id, outcome="phoned")
        actions.take(actor=colleague, conversation_id=back.id)
    assert [asked(desk, queue)[0] for queue in ("open", "unassigned", "mine")] == [0, 0, 0]
    with clock.at(SHOWN + dt.timedelta(minutes=1)):
        actions.reopen(actor=colleague, conversation_id=again.id)
        actions.assign(actor=colleague, conversation_id=back.id, staff_id=None)
    assert [asked(desk, queue)[0] for queue in ("open", "unassigned", "mine")] == [1, 2, 0]


def test_what_falls_due_is_news_to_the_queues_of_due_times(desk: Desk) -> None:
    # Due on Friday at 10 in the morning, eastern time.
    friday = dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    for shown, now, overdue, today in (
        (friday - 2 * HOUR, friday - HOUR, 0, 0),
        (friday - HOUR, friday + HOUR, 1, 0),
        (friday + HOUR, friday + 2 * HOUR, 0, 0),
        # From one day into the next.
        (friday - 12 * HOUR, friday - 8 * HOUR, 0, 1),
    ):
        with clock.at(now):
            assert desk.nurse.account is not None
            sign_in(desk.browser, desk.nurse.account)
            since = str(int(shown.timestamp()))
            counts = [
                desk.browser.get(news_url(queue, new=since)).json()["count"] for queue in ("overdue", "due-today")
            ]
        assert counts == [overdue, today]


def test_asking_keeps_no_session_alive_and_leaves_no_trace_of_anybody(desk: Desk) -> None:
    before, rows = sessions.read(desk.browser.session), AuditEvent.objects.count()
    asked(desk)
    assert sessions.read(desk.browser.session) == before
    assert AuditEvent.objects.count() == rows


@pytest.mark.parametrize("new", ["", "0", "x", "99999999999999"])
def test_without_an_instant_there_is_nothing_to_tell(desk: Desk, new: str) -> None:
    with clock.at(LATER):
        assert desk.browser.get(news_url(new=new)).status_code == 404
        assert desk.browser.get(news_url("completed")).status_code == 404
