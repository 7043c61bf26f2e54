"""A mail server that goes wrong in every way, for minutes and for days: emails are late, never lost, never two (F013)."""

import datetime as dt
import logging
from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account
from messaging.inbox import actions as team
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.actions import notify, relay
from smportal import clock
from smportal.devstack import ports
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import TUESDAY, make_conversation, make_message
from tests.messaging.notifications.servers import Wayward, wayward_server
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
# Until when the server goes wrong in the tests of minutes.
OUTAGE = 5 * MINUTE
FAULTS = (
    "refuses to connect", "says nothing", "is slow", "closes", "greylists", "refuses what it read", "drops in the middle",
    "drops after the end",
)  # fmt: skip


def owe(count: int) -> None:
    for _ in range(count):
        conversation = make_conversation()
        veteran = Account.objects.get(record=conversation.record)
        message = make_message(conversation, at=TUESDAY)
        notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id, at=TUESDAY)


def next_try() -> dt.datetime | None:
    row = Notification.objects.filter(state=NotificationState.PENDING).order_by("next_attempt_at").first()
    return row.next_attempt_at if row else None


def work_at(instant: dt.datetime, server: Wayward, fault: str, settings: Settings) -> None:
    """Run the relay once, against a server with a fault or, for "", a sound one."""
    server.fault = fault
    settings.EMAIL_PORT = ports.free_port() if fault == "refuses to connect" else server.server_address[1]
    settings.EMAIL_TIMEOUT = 0.1 if fault in {"says nothing", "is slow"} else 5
    before = {row.id: row for row in Notification.objects.filter(state=NotificationState.PENDING)}
    with clock.at(instant):
        relay()
    for row in Notification.objects.filter(state=NotificationState.PENDING):
        if row.attempts > before[row.id].attempts:
            longest = min(30 * 2 ** (row.attempts - 1), 7200)
            assert longest / 2 <= (row.next_attempt_at - instant).total_seconds() <= longest


@pytest.mark.parametrize("fault", FAULTS)
def test_f013_whatever_goes_wrong_for_some_minutes_each_email_arrives_under_its_one_id(
    fault: str, settings: Settings
) -> None:
    owe(2)
    with wayward_server(settings) as server:
        while instant := next_try():
            assert instant < TUESDAY + HOUR, "the pauses do not end"
            work_at(instant, server, fault if instant < TUESDAY + OUTAGE else "", settings)
    rows = Notification.objects.select_related("recipient")
    assert {row.state for row in rows} == {NotificationState.SENT}
    assert sum(row.attempts for row in rows) > 4
    arrived = Counter(server.kept)
    assert set(arrived) == {(f"<{row.id}@secure-messaging.example>", row.recipient.email) for row in rows}
    if fault == "drops after the end":
        # Nobody can know that it was taken: it goes again, and its Message-ID says that it is the same.
        assert arrived.total() == sum(row.attempts for row in rows)
    else:
        assert set(arrived.values()) == {1}
    assert set(server.seen) == {message_id for message_id, _address in arrived}


@pytest.mark.parametrize("fault", ["refuses to connect", "greylists"])
def test_f013_after_two_days_of_it_the_person_and_the_administrators_see_the_failure(
    fault: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    owe(1)
    veteran = Account.objects.get(kind="veteran")
    with wayward_server(settings) as server:
        while instant := next_try():
            work_at(instant, server, fault, settings)
    rows = Notification.objects.all()
    assert {row.state for row in rows} == {NotificationState.EXPIRED}
    # Nine doublings, then every hour or two.
    assert all(30 < row.attempts < 60 for row in rows)
    code = "connection_refused" if fault == "refuses to connect" else "451"
    assert {row.last_error for row in rows} == {code}
    assert server.kept == []
    given_up = [record for record in caplog.records if "given up" in record.getMessage()]
    assert sum(record.__dict__["count"] for record in given_up) == 1
    assert {record.levelno for record in given_up} == {logging.ERROR}

    browser = Client()
    sign_in(browser, veteran)
    page = browser.get(reverse("account_settings")).content.decode()
    assert "We couldn’t deliver our last email to you" in page
    assert "From March 3, 2026, 10:00 a.m. EST on we tried for 2 days to send it to p•••@example.com." in page
    # Among those that need somebody, for thirty days.
    with clock.at(TUESDAY + 72 * HOUR):
        sign_in(browser, factories.make_administrator())
        listed = browser.get(reverse("admin:messaging_notification_changelist")).content.decode()
    assert "Expired before it could be sent" in listed
    assert ("The mail server can’t be reached." if code == "connection_refused" else "(Code: 451)") in listed
    assert veteran.email not in listed


def test_f013_an_email_that_no_worker_came_to_in_two_days_is_a_failure_too(mailbox: Mailbox) -> None:
    owe(1)
    with clock.at(TUESDAY + 48 * HOUR):
        assert relay().expired == 1
    veteran = Account.objects.get(kind="veteran")
    browser = Client()
    sign_in(browser, veteran)
    assert "We couldn’t deliver our last email to you" in browser.get(reverse("account_settings")).content.decode()
    assert mailbox.messages == []


def test_f013_a_server_that_says_nothing_holds_up_no_conversation(settings: Settings) -> None:
    thread = Thread()
    with wayward_server(settings) as server:
        server.fault = "says nothing"
        question = thread.send()
        thread.answer(question.conversation_id)
        team.take(actor=factories.staff_actor(thread.nurse), conversation_id=thread.send().conversation_id)
        assert server.connections == 0
    assert Notification.objects.filter(kind=NotificationKind.NEW_MESSAGE).count() == 1
