"""The one email a day under faults: two workers, a worker killed, the clocks changing; and what a million idle accounts cost."""

import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts.models import Account, EmailChoice
from benchmarks import crowd
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.actions import DigestResult, make_digests, relay
from smportal import clock
from tests.fixtures.children import child, line_of
from tests.fixtures.databases import CommittedDatabase, never_wait_long
from tests.fixtures.mail import Mailbox
from tests.messaging.notifications.test_digests import DAY, DUE, NOW, ZONE, make_daily_reader, owe
from tests.scans import rows_read

READERS = 12
HALF_HOUR = dt.timedelta(minutes=30)


def hold_for(readers: int) -> set[str]:
    """Have two emails held for each of so many readers; return their addresses."""
    people = [make_daily_reader() for _ in range(readers)]
    for veteran, conversation in people * 2:
        owe(veteran, conversation)
    with clock.at(NOW):
        assert relay(limit=1_000).held == 2 * readers
    return {veteran.email for veteran, _conversation in people}


# Dies in its second batch, once it has written everything of it and before that is committed.
KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from messaging.notifications import digests
from smportal import clock
batches, owe = [], digests._owe
def owe_and_die(readers, now):
    batches.append(readers)
    owe(readers, now)
    if len(batches) == 2:
        print("dying", flush=True)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGKILL)
digests._owe = owe_and_die
with clock.at(datetime.fromisoformat(sys.argv[1])):
    digests.make_digests(batch=4)
"""


def test_f008_f012_two_workers_of_whom_one_is_killed_owe_each_reader_one_email(
    committed_db: CommittedDatabase, mailbox: Mailbox
) -> None:
    addresses = hold_for(READERS)
    digests = Notification.objects.filter(kind=NotificationKind.DIGEST)
    with child("-c", KILLED_IN_THE_MIDDLE, DUE.isoformat(), environment=committed_db.environment) as killed:
        assert line_of(killed) == "dying"
        before = digests.count()
        # The other one works beside it, and leaves to it what it holds; one that waited for it would wait for ever.
        never_wait_long()
        with clock.at(DUE):
            beside = make_digests(batch=4)
        killed.communicate("now\n", timeout=60)
        assert killed.returncode == -9
    with clock.at(DUE):
        after = make_digests(batch=4)
        again = make_digests(batch=4)
        relay(limit=1_000)

    # A batch of 4 held emails is of two readers or more: what the dead one had in hand was not done, and not lost.
    assert min(before, after.made) >= 2
    assert again == DigestResult()
    assert beside.made == READERS - before - after.made > 0
    assert digests.count() == digests.values("recipient").distinct().count() == READERS
    assert {row.parts.count() for row in digests} == {2}
    assert not Notification.objects.filter(state=NotificationState.HELD).exists()
    assert Counter(to for (to,) in mailbox.recipients) == dict.fromkeys(addresses, 1)


@pytest.mark.usefixtures("committed_db")
def test_f012_two_workers_at_once_owe_each_reader_one_email() -> None:
    hold_for(READERS)
    together = threading.Barrier(2)

    def work() -> DigestResult:
        try:
            with clock.at(DUE):
                together.wait(60)
                return make_digests(batch=4)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = [future.result(60) for future in [pool.submit(work) for _ in range(2)]]
    assert sum(result.made for result in done) == READERS
    assert sum(result.postponed for result in done) == 0
    digests = Notification.objects.filter(kind=NotificationKind.DIGEST)
    assert digests.count() == digests.values("recipient").distinct().count() == READERS


@pytest.mark.parametrize(
    ("hour", "first", "expected"),
    [
        # The clocks go from 2:00 to 3:00 on March 8: nothing is at 2:00, so it comes an hour later.
        (2, "2026-03-08T00:00-05:00", ["2026-03-08T03:00-04:00", "2026-03-09T02:00-04:00"]),
        # They go back from 2:00 to 1:00 on November 1: there are two 1:00s, and one email.
        (1, "2026-11-01T00:00-04:00", ["2026-11-01T01:00-04:00", "2026-11-02T01:00-05:00"]),
    ],
)
@pytest.mark.django_db
def test_f014_on_days_on_which_the_clocks_change_there_is_one_email_a_day_too(
    mailbox: Mailbox, hour: int, first: str, expected: list[str]
) -> None:
    veteran, conversation = make_daily_reader()
    Account.objects.filter(id=veteran.id).update(digest_hour=hour, email_choice=EmailChoice.DAILY)
    start = dt.datetime.fromisoformat(first).astimezone(dt.UTC)
    sent = []
    # The first hours of two days, with something new all the time, so that a second email would have something to tell.
    steps = [first_of_day + step * HALF_HOUR for first_of_day in (start, start + DAY) for step in range(10)]
    for instant in steps:
        owe(veteran, conversation, at=instant)
        with clock.at(instant):
            relay()
            make_digests()
            relay()
        sent += [instant] * len(mailbox.messages)
        mailbox.messages.clear()
    assert [moment.astimezone(ZONE).isoformat(timespec="minutes") for moment in sent] == expected


@pytest.mark.django_db
def test_what_daily_emails_cost_follows_who_has_something_not_how_many_accounts_there_are() -> None:
    hold_for(5)
    crowd.make_veterans(5_000)
    crowd.generate(
        Notification,
        0,
        {"recipient_id": "a.id", "kind": "'new_message'", "state": "'sent'", "sent_at": "now()"},
        source="accounts_account a WHERE a.username LIKE 'v%'",
    )
    with rows_read() as (in_sequence, by_index), clock.at(DUE):
        assert make_digests().made == 5
    for table in ("messaging_notification", "accounts_account", "accounts_veteranrecord"):
        assert in_sequence[table] == 0, table
        assert by_index[table] < 200, table
    assert by_index["messaging_notification"] >= 10
