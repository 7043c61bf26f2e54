"""Own reminders under faults: a run that is killed, one beside it, two at once. Each person gets one email of each."""

import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from messaging.models import Notification, OwnReminder
from messaging.notifications.actions import relay
from messaging.reminding.actions import set_reminder, tell_due
from smportal import clock
from tests import factories
from tests.fixtures.children import child, line_of
from tests.fixtures.databases import CommittedDatabase, never_wait_long
from tests.fixtures.mail import Mailbox
from tests.messaging.threads import TUESDAY, Thread

FRIDAY = dt.date(2026, 3, 6)
# 08:00 in New York, in winter.
FRIDAY_MORNING = dt.datetime(2026, 3, 6, 13, tzinfo=dt.UTC)
PEOPLE = 12
AT_ONCE = 4


def remind(people: int) -> set[str]:
    """Have so many people of a team reminded of one conversation; return their addresses."""
    thread = Thread()
    addresses = set()
    with clock.at(TUESDAY):
        conversation_id = thread.send().conversation_id
        for _ in range(people):
            staff = factories.make_staff(thread.team)
            set_reminder(actor=factories.staff_actor(staff), conversation_id=conversation_id, day=FRIDAY)
            addresses.add(staff.email)
    return addresses


def emails() -> list[Notification]:
    return list(Notification.objects.filter(kind="own_reminder"))


# Dies in its second batch: the reminders are claimed and their emails written, and nothing of it is committed.
KILLED_BEFORE_ITS_COMMIT = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from messaging.reminding import actions
from smportal import clock
batches, owe = [], actions.notify_many
def owe_and_die(notices):
    owe(notices)
    batches.append(notices)
    if len(batches) == 2:
        print("dying", flush=True)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGKILL)
actions.notify_many = owe_and_die
with clock.at(datetime.fromisoformat(sys.argv[1])):
    actions.tell_due(batch=int(sys.argv[2]))
"""


def test_f008_f012_of_two_runs_one_is_killed_and_each_reminder_is_told_once(
    committed_db: CommittedDatabase, mailbox: Mailbox
) -> None:
    addresses = remind(PEOPLE)
    told = ("-c", KILLED_BEFORE_ITS_COMMIT, FRIDAY_MORNING.isoformat(), str(AT_ONCE))
    with child(*told, environment=committed_db.environment) as killed:
        assert line_of(killed) == "dying"
        before = len(emails())
        # The other one works beside it, and leaves to it what it has claimed; one that waited would wait for ever.
        never_wait_long()
        with clock.at(FRIDAY_MORNING):
            beside = tell_due(batch=AT_ONCE)
        killed.communicate("now\n", timeout=60)
        assert killed.returncode == -9
    lost = OwnReminder.objects.filter(told_at=None).count()
    with clock.at(FRIDAY_MORNING):
        after, again = tell_due(batch=AT_ONCE), tell_due(batch=AT_ONCE)
        relay(limit=1_000)
    assert (before, beside, lost, after, again) == (AT_ONCE, PEOPLE - 2 * AT_ONCE, AT_ONCE, AT_ONCE, 0)
    assert Counter(to for (to,) in mailbox.recipients) == dict.fromkeys(addresses, 1)


@pytest.mark.usefixtures("committed_db")
def test_f012_two_runs_at_once_tell_each_reminder_once(mailbox: Mailbox) -> None:
    addresses = remind(PEOPLE)
    together = threading.Barrier(2)

    def work() -> int:
        try:
            with clock.at(FRIDAY_MORNING):
                together.wait(60)
                return tell_due(batch=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        told = [future.result(60) for future in [pool.submit(work) for _ in range(2)]]
    assert sum(told) == PEOPLE
    assert {row.cause_id for row in emails()} == set(OwnReminder.objects.values_list("id", flat=True))
    with clock.at(FRIDAY_MORNING):
        relay(limit=1_000)
    assert Counter(to for (to,) in mailbox.recipients) == dict.fromkeys(addresses, 1)
