"""The one email a day: at the chosen hour of one's own zone, only when something waits, once a day (section 8)."""

import datetime as dt
import zoneinfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, EmailChoice
from messaging.models import Conversation, Notification, NotificationKind, NotificationState
from messaging.notifications.actions import make_digests, notify, relay
from messaging.notifications.digests import DigestResult, due_at, next_digest
from messaging.preferences.actions import save_emails, save_zone
from smportal import clock
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import make_conversation, make_message, make_obligation

ZONE = zoneinfo.ZoneInfo("America/New_York")
# A Tuesday, 10:00 in New York; the daily email is due at 8:00.
NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DUE = dt.datetime(2026, 3, 4, 13, tzinfo=dt.UTC)


def make_daily_reader() -> tuple[Account, Conversation]:
    conversation = make_conversation()
    Conversation.objects.filter(id=conversation.id).update(veteran_unread=True)
    veteran = Account.objects.get(record=conversation.record)
    Account.objects.filter(id=veteran.id).update(email_choice=EmailChoice.DAILY, time_zone=ZONE.key)
    return Account.objects.get(id=veteran.id), conversation


def owe(veteran: Account, conversation: Conversation, *, at: dt.datetime = NOW) -> None:
    message = make_message(conversation, at=at)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id, at=at)


def run(at: dt.datetime) -> DigestResult:
    """Do what beat starts: the relay, daily emails, the relay."""
    with clock.at(at):
        relay()
        result = make_digests()
        relay()
    return result


def subjects(mailbox: Mailbox) -> list[str]:
    return [message["Subject"] for message in mailbox.messages]


@pytest.mark.django_db
def test_one_email_at_the_chosen_hour_tells_of_all_that_waits(mailbox: Mailbox) -> None:
    veteran, conversation = make_daily_reader()
    for hours in range(3):
        owe(veteran, conversation, at=NOW + hours * HOUR)
        run(NOW + hours * HOUR)
    run(DUE - HOUR / 60)
    assert mailbox.messages == []

    assert run(DUE) == DigestResult(made=1)
    assert run(DUE + HOUR) == DigestResult()
    assert subjects(mailbox) == ["Secure messages are waiting for you"]
    digest = Notification.objects.get(kind=NotificationKind.DIGEST)
    assert (digest.state, digest.parts.count()) == (NotificationState.SENT, 3)
    assert set(digest.parts.values_list("state", flat=True)) == {NotificationState.DIGESTED}


@pytest.mark.django_db
def test_nothing_held_no_email_and_two_statements(mailbox: Mailbox) -> None:
    make_daily_reader()
    with CaptureQueriesContext(connection) as statements:
        assert run(DUE) == DigestResult()
    assert mailbox.messages == []
    digests = [query for query in statements if "'held'" in query["sql"]]
    assert len(digests) == 1


@pytest.mark.django_db
def test_what_was_read_meanwhile_is_not_told(mailbox: Mailbox) -> None:
    veteran, conversation = make_daily_reader()
    owe(veteran, conversation)
    run(NOW)
    Conversation.objects.update(veteran_unread=False)
    run(DUE)
    row = Notification.objects.get(kind=NotificationKind.DIGEST)
    assert (row.state, row.last_error, mailbox.messages) == (NotificationState.SKIPPED, "nothing_waits", [])


@pytest.mark.django_db
def test_one_unread_among_read_ones_is_enough(mailbox: Mailbox) -> None:
    veteran, conversation = make_daily_reader()
    owe(veteran, conversation)
    other = Conversation.objects.get(id=make_conversation().id)
    Conversation.objects.filter(id=other.id).update(record=conversation.record, veteran_unread=False)
    message = make_message(Conversation.objects.get(id=other.id), at=NOW)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id, at=NOW)
    run(NOW)
    run(DUE)
    assert len(mailbox.messages) == 1


@pytest.mark.django_db
def test_staff_get_one_a_day_of_messages_to_their_teams_unless_all_are_answered(mailbox: Mailbox) -> None:
    conversation = make_obligation(at=NOW).conversation
    staff = factories.make_staff(conversation.team)
    Account.objects.filter(staff_member=staff).update(email_choice=EmailChoice.DAILY)
    for day, answered in ((0, False), (1, True)):
        at = NOW + day * DAY
        notify(
            kind=NotificationKind.TEAM_MESSAGE,
            recipient_ids=[staff.account_id],  # type: ignore[list-item]
            cause_id=conversation.id if day else staff.id,
            conversation_id=conversation.id,
            at=at,
        )
        run(at)
        if answered:
            Conversation.objects.update(due_at=None)
        run(DUE + day * DAY)
    assert subjects(mailbox) == ["Secure messages are waiting for your care team"]
    assert mailbox.recipients == [[staff.email]]


@pytest.mark.django_db
def test_away_for_three_days_is_caught_up_with_one_email(mailbox: Mailbox) -> None:
    """F012: beat was away."""
    veteran, conversation = make_daily_reader()
    for day in range(3):
        owe(veteran, conversation, at=NOW + day * DAY)
        with clock.at(NOW + day * DAY):
            relay()
    assert run(DUE + 2 * DAY + 6 * HOUR) == DigestResult(made=1)
    assert run(DUE + 2 * DAY + 7 * HOUR) == DigestResult()
    assert len(mailbox.messages) == 1


@pytest.mark.django_db
def test_a_relay_that_was_away_at_the_hour_misses_no_day(mailbox: Mailbox) -> None:
    veteran, conversation = make_daily_reader()
    owe(veteran, conversation, at=DUE - HOUR)
    assert run(DUE + HOUR) == DigestResult(made=1)
    assert len(mailbox.messages) == 1


@pytest.mark.django_db
def test_a_later_hour_chosen_after_todays_email_brings_no_second_one_today(mailbox: Mailbox) -> None:
    veteran, conversation = make_daily_reader()
    owe(veteran, conversation)
    run(NOW)
    run(DUE)
    with clock.at(DUE + HOUR):
        save_emails(actor=factories.actor_for(veteran), choice=EmailChoice.DAILY, hour=17)
    owe(veteran, conversation, at=DUE + HOUR)
    run(DUE + HOUR)
    assert run(DUE + 9 * HOUR) == DigestResult(postponed=1)
    assert len(mailbox.messages) == 1
    assert run(DUE + 9 * HOUR + DAY) == DigestResult(made=1)
    assert len(mailbox.messages) == 2


@pytest.mark.django_db
def test_another_zone_moves_what_is_held(mailbox: Mailbox) -> None:
    veteran, conversation = make_daily_reader()
    owe(veteran, conversation)
    run(NOW)
    with clock.at(NOW):
        save_zone(actor=factories.actor_for(veteran), zone="Pacific/Honolulu")
    # 8:00 in Honolulu on the day of the message itself.
    assert run(NOW + 2 * HOUR) == DigestResult()
    assert run(NOW + 3 * HOUR) == DigestResult(made=1)
    assert len(mailbox.messages) == 1


@pytest.mark.django_db
def test_without_a_chosen_zone_the_hour_is_that_of_the_facility() -> None:
    veteran = factories.make_account(factories.make_record())
    assert due_at(veteran, after=NOW) == DUE, "Eastern without any facility"
    factories.register(veteran.record, factories.make_facility(time_zone="America/Los_Angeles"))  # type: ignore[arg-type]
    assert due_at(veteran, after=NOW) == NOW + HOUR
    staff = factories.make_staff(factories.make_team(factories.make_facility(time_zone="Pacific/Honolulu")))
    assert due_at(staff.account, after=NOW) == NOW + 3 * HOUR  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "hour", "expected"),
    [
        # The clocks go from 2:00 to 3:00 on March 8: 2:00 counts an hour later.
        ("2026-03-08T00:30-05:00", 2, "2026-03-08T03:00-04:00"),
        ("2026-03-08T03:00-04:00", 2, "2026-03-09T02:00-04:00"),
        # They go back from 2:00 to 1:00 on November 1: the first 1:00 counts, the second does not.
        ("2026-11-01T00:30-04:00", 1, "2026-11-01T01:00-04:00"),
        ("2026-11-01T01:00-04:00", 1, "2026-11-02T01:00-05:00"),
        ("2026-11-01T01:30-05:00", 1, "2026-11-02T01:00-05:00"),
        ("2026-03-03T08:00-05:00", 8, "2026-03-04T08:00-05:00"),
    ],
)
def test_the_hour_on_days_on_which_the_clocks_change(after: str, hour: int, expected: str) -> None:
    found = next_digest(dt.datetime.fromisoformat(after), hour, ZONE)
    assert found == dt.datetime.fromisoformat(expected)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    zone=st.sampled_from(["America/New_York", "Pacific/Honolulu", "Asia/Manila", "America/St_Johns", "Pacific/Apia"]),
    hour=st.integers(0, 23),
    start=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),
)
def test_there_is_exactly_one_digest_for_each_local_day(zone: str, hour: int, start: dt.datetime) -> None:
    local = zoneinfo.ZoneInfo(zone)
    days, instant = [], start
    for _ in range(10):
        following = next_digest(instant, hour, local)
        assert following > instant
        days.append(following.astimezone(local).date())
        instant = following
    assert days == [days[0] + dt.timedelta(days=number) for number in range(10)]
    assert days[0] - start.astimezone(local).date() <= dt.timedelta(days=1)
