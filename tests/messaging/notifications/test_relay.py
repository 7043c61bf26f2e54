"""The outbox and its relay: owed with the cause, sent at least once, never lost (F013)."""

import datetime as dt
import logging
import time
import uuid
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Account
from messaging.backoff import pause
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.actions import expire_pending, notify, relay
from smportal import clock
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import make_conversation, make_message
from tests.messaging.notifications.servers import Refusing, raw_server, smtp_server

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SETTINGS = Path(__file__).parents[3] / "smportal" / "settings" / "base.py"


def owe(count: int = 1, *, at: dt.datetime = NOW) -> list[Notification]:
    """Owe veterans one email each."""
    conversations = [make_conversation() for _ in range(count)]
    causes = []
    for conversation in conversations:
        message = make_message(conversation)
        veteran = Account.objects.get(record=conversation.record)
        notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id, at=at)
        causes.append(message.id)
    return list(Notification.objects.filter(cause_id__in=causes).select_related("recipient").order_by("created_at"))


def test_the_same_event_is_owed_once_however_often_it_is_written() -> None:
    account, cause = factories.make_account(), uuid.uuid4()
    for _ in range(2):
        notify(kind=NotificationKind.ASSIGNED, recipient_ids=[account.id, account.id], cause_id=cause)
    assert Notification.objects.count() == 1


def test_everybody_is_owed_with_one_statement_and_nobody_with_none() -> None:
    accounts = [factories.make_account().id for _ in range(20)]
    with transaction.atomic():
        with CaptureQueriesContext(connection) as many:
            notify(kind=NotificationKind.ASSIGNED, recipient_ids=accounts, cause_id=uuid.uuid4())
        with CaptureQueriesContext(connection) as none:
            notify(kind=NotificationKind.ASSIGNED, recipient_ids=[], cause_id=uuid.uuid4())
    assert (len(many), len(none)) == (1, 0)
    assert Notification.objects.count() == 20


def test_an_email_whose_cause_is_rolled_back_is_not_owed() -> None:
    account = factories.make_account()
    with pytest.raises(RuntimeError), transaction.atomic():
        notify(kind=NotificationKind.ASSIGNED, recipient_ids=[account.id], cause_id=uuid.uuid4())
        raise RuntimeError
    assert not Notification.objects.exists()


def test_what_is_owed_is_sent_once(mailbox: Mailbox) -> None:
    rows = owe(3)

    with clock.at(NOW + HOUR):
        first, second = relay(), relay()

    assert (first.sent, second.sent) == (3, 0)
    assert sorted(to for (to,) in mailbox.recipients) == sorted(row.recipient.email for row in rows)
    row = Notification.objects.all()[0]
    assert (row.state, row.sent_at, row.attempts) == (NotificationState.SENT, NOW + HOUR, 1)


def test_a_run_ends_at_its_limit_and_the_next_goes_on(mailbox: Mailbox) -> None:
    owe(3)
    with clock.at(NOW):
        assert [relay(limit=2).sent, relay(limit=2).sent] == [2, 1]
    assert len(mailbox.messages) == 3


def test_an_event_two_days_old_is_expired_and_not_sent(mailbox: Mailbox) -> None:
    owe(2, at=NOW - 48 * HOUR)
    owe(1, at=NOW - 47 * HOUR)

    with clock.at(NOW):
        result = relay()

    assert (result.expired, result.sent, len(mailbox.messages)) == (2, 1, 1)


def test_made_up_history_is_expired_by_hand() -> None:
    owe(1, at=NOW - HOUR)
    owe(1, at=NOW + HOUR)
    assert expire_pending(before=NOW) == 1
    assert Notification.objects.filter(state=NotificationState.PENDING).count() == 1


@pytest.mark.parametrize("answer", ["421 busy", "450 greylisted", "451 later"])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_temporary_refusal_is_tried_again_later_under_the_same_message_id(
    answer: str, stage: str, settings: Settings, mailbox: Mailbox
) -> None:
    owe()
    with smtp_server(Refusing(answer, at=stage), settings), clock.at(NOW):
        assert relay().retried == 1
    row = Notification.objects.get()
    assert (row.state, row.attempts, row.last_error) == (NotificationState.PENDING, 1, answer[:3])
    assert NOW + dt.timedelta(seconds=15) <= row.next_attempt_at <= NOW + dt.timedelta(seconds=30)

    settings.EMAIL_PORT = mailbox.port
    with clock.at(NOW + dt.timedelta(seconds=14)):
        assert relay().sent == 0
    with clock.at(NOW + HOUR):
        assert relay().sent == 1
    assert mailbox.messages[0]["Message-ID"] == f"<{row.id}@secure-messaging.example>"


@pytest.mark.parametrize("answer", ["550 no such user", "554 rejected"])
@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_for_good_is_a_failure_that_is_seen(
    answer: str, stage: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (row,) = owe()
    with smtp_server(Refusing(answer, at=stage), settings), clock.at(NOW):
        assert relay().failed == 1
        assert relay().failed == 0
    row.refresh_from_db()
    assert (row.state, row.last_error) == (NotificationState.FAILED, answer[:3])
    assert row.sent_to.startswith("p•••@")
    (record,) = [record for record in caplog.records if record.name.startswith("messaging.notifications")]
    assert record.levelno == logging.ERROR
    assert record.__dict__["notification"] == str(row.id)
    assert row.recipient.email not in record.getMessage() + str(record.__dict__)


def test_one_refused_recipient_does_not_hold_up_the_others(settings: Settings) -> None:
    rows = owe(3)
    handler = Refusing("550 no", at="RCPT", only=rows[0].recipient.email)
    with smtp_server(handler, settings), clock.at(NOW):
        result = relay()
    assert (result.failed, result.sent) == (1, 2)
    assert sorted(handler.accepted) == sorted(row.recipient.email for row in rows[1:])


def test_a_server_that_refuses_us_fails_no_email(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    owe(2)
    with smtp_server(Refusing("530 sign in first", at="MAIL"), settings), clock.at(NOW):
        result = relay()
    assert (result.failed, result.retried) == (0, 1)
    assert Notification.objects.filter(state=NotificationState.PENDING).count() == 2
    assert any(record.levelno == logging.ERROR for record in caplog.records)


@pytest.mark.parametrize(("answer", "code"), [("drop", "connection_lost"), ("hang", "timeout")])
def test_a_connection_lost_in_the_middle_of_an_email_is_tried_again(answer: str, code: str, settings: Settings) -> None:
    owe()
    settings.EMAIL_TIMEOUT = 0.5
    with smtp_server(Refusing(answer, at="DATA"), settings), clock.at(NOW):
        assert relay().retried == 1
    row = Notification.objects.get()
    assert (row.state, row.last_error) == (NotificationState.PENDING, code)


@pytest.mark.parametrize(
    ("greeting", "code"), [(b"", "timeout"), (b"554 go away\r\n", "554"), (b"421 busy\r\n", "421"), (b"?\r\n", "")]
)
def test_a_server_that_does_not_work_costs_one_email_its_place_and_not_the_whole_outbox(
    greeting: bytes, code: str, settings: Settings
) -> None:
    owe(5)
    settings.EMAIL_TIMEOUT = 0.5
    started = time.monotonic()
    with raw_server(greeting, settings), clock.at(NOW):
        result = relay()
    assert time.monotonic() - started < 5
    assert (result.retried, result.failed, result.sent) == (1, 0, 0)
    assert Notification.objects.filter(attempts=1, last_error__startswith=code).count() == 1
    assert Notification.objects.filter(attempts=0).count() == 4


@pytest.mark.parametrize(("answer", "tried"), [("421 closing down", 1), ("450 not this one", 3)])
def test_a_server_that_closes_down_ends_the_run_and_a_greylisted_recipient_does_not(
    answer: str, tried: int, settings: Settings
) -> None:
    owe(3)
    with smtp_server(Refusing(answer, at="RCPT"), settings), clock.at(NOW):
        assert relay().retried == tried


def test_pauses_double_up_to_two_hours_and_are_spread_by_chance() -> None:
    for attempts, longest in ((1, 30), (2, 60), (5, 480), (9, 7200), (5000, 7200)):
        pauses = {pause(attempts).total_seconds() for _ in range(50)}
        assert longest / 2 <= min(pauses) < max(pauses) <= longest


def test_a_silent_mail_server_is_waited_for_five_seconds_at_most() -> None:
    assert "\nEMAIL_TIMEOUT = 5\n" in SETTINGS.read_text()


def test_beat_starts_the_relay_by_its_name(mailbox: Mailbox) -> None:
    from smportal.celery import app

    owe()
    app.loader.import_default_modules()
    with clock.at(NOW):
        app.tasks["messaging.notifications.relay"].apply(throw=True)
    assert len(mailbox.messages) == 1
    assert "messaging.notifications.relay" in {entry["task"] for entry in app.conf.beat_schedule.values()}
