"""A text to many while workers are killed, run twice, and beat is away: each veteran exactly once (F004, F011, F012)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from messaging.broadcasts.making import make_broadcasts
from messaging.models import Broadcast, BroadcastRecipient, Conversation, Message, Notification, RecipientState
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.broadcasts.making import Clinic

FULL = bool(os.environ.get("FULL"))
VETERANS = 600 if FULL else 100
KILLS = 12 if FULL else 3

# A worker as beat starts it, again and again, with small batches so that there is much to be killed in.
WORKER = """
import django
django.setup()
from messaging.broadcasts import making
from messaging.models import Broadcast
making.SENT_AT_ONCE = making.CHECKED_AT_ONCE = 2
print("ready", flush=True)
input()
while Broadcast.objects.filter(state__in=("checking", "sending")).exists():
    making.make_broadcasts()
"""


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # One that is killed holds nothing up; one that finds nothing left ends.
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin
        print(file=process.stdin, flush=True)


def sent() -> int:
    return Message.objects.count()


def wait_for(count: int) -> None:
    deadline = time.monotonic() + 120
    while sent() < count:
        assert time.monotonic() < deadline, f"{sent()} of {VETERANS}"
        threading.Event().wait(0.005)


def test_workers_killed_half_way_send_to_each_veteran_exactly_once(committed_db: CommittedDatabase) -> None:
    """F011, F012: what a killed worker had begun is not there, and what it had committed is not done again."""
    clinic = Clinic(VETERANS)
    checked = clinic.checked()
    clinic.confirm(checked.id, VETERANS)
    environment = dict(committed_db.environment)
    for kill in range(KILLS):
        with worker(environment) as first, worker(environment) as second:
            go(first, second)
            wait_for((kill + 1) * VETERANS // (KILLS + 2))
            # Both are killed wherever they are, one of them in the middle of a batch; the other waited for nothing.
            first.send_signal(signal.SIGKILL)
    assert 0 < sent() < VETERANS
    assert Broadcast.objects.get().state == "sending"
    make_broadcasts(seconds=120)
    assert Broadcast.objects.get().state == "done"
    assert Counter(Message.objects.values_list("record_id", flat=True)) == dict.fromkeys(
        (record.id for record in clinic.records), 1
    )
    assert Conversation.objects.count() == Notification.objects.count() == VETERANS
    rows = BroadcastRecipient.objects.all()
    assert {row.state for row in rows} == {RecipientState.SENT}
    assert {row.id for row in rows} == set(Message.objects.values_list("draft_id", flat=True))
