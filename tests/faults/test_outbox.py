"""Faults around the outbox: relays killed, relays at once, no broker (F004, F009, F011, F012)."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from accounts.models import Account
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.actions import RelayResult, notify, relay
from messaging.notifications.delivery import LEASE
from smportal import clock
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.mail import Mailbox
from tests.messaging.making import make_conversation, make_message

FULL = bool(os.environ.get("FULL"))
MAILS = 3_000 if FULL else 60
KILLS = 300 if FULL else 6
RELAYS = 4 if FULL else 2

# A nursery starts once and forks a relay for each line it reads: a fresh Python for every kill takes seconds.
# A lease of a minute is for machines; what is tested is that it runs out.
NURSERY = """
import datetime as dt, os, signal, sys
import django
django.setup()
from messaging.models import Notification
from messaging.notifications import delivery
delivery.LEASE = dt.timedelta(seconds=float(sys.argv[1]))
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        while Notification.objects.filter(state="pending").exists():
            delivery.relay()
        os._exit(0)
    print(child, flush=True)
"""


class Nursery:
    """Relays in processes of their own, to be killed."""

    def __init__(self, environment: Mapping[str, str], *, lease: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY, str(lease)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.relays: list[int] = []

    def start_relay(self) -> int:
        assert self._process.stdin
        assert self._process.stdout
        print(file=self._process.stdin, flush=True)
        relay_id = int(self._process.stdout.readline())
        self.relays.append(relay_id)
        return relay_id

    def kill(self, relay_id: int) -> None:
        self.relays.remove(relay_id)
        # It may have finished just now.
        with suppress(ProcessLookupError):
            os.kill(relay_id, signal.SIGKILL)

    def close(self) -> None:
        for relay_id in list(self.relays):
            self.kill(relay_id)
        self._process.communicate()


@contextmanager
def nursery(environment: Mapping[str, str], *, lease: float = 3) -> Iterator[Nursery]:
    opened = Nursery(environment, lease=lease)
    try:
        yield opened
    finally:
        opened.close()


def owe(count: int) -> None:
    conversation = make_conversation()
    veteran = Account.objects.get(record=conversation.record)
    for _ in range(count):
        message = make_message(conversation)
        notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id)


def message_ids(mailbox: Mailbox) -> Counter[str]:
    return Counter(message["Message-ID"] for message in mailbox.messages)


def test_relays_killed_again_and_again_lose_nothing_and_double_little(
    committed_db: CommittedDatabase, mailbox: Mailbox
) -> None:
    """F011: at most the one email in a killed relay's hands goes out twice, under one Message-ID."""
    owe(MAILS)
    kills = 0
    deadline = time.monotonic() + (1200 if FULL else 300)
    with nursery(committed_db.environment) as born:
        for _ in range(RELAYS):
            born.start_relay()
        while Notification.objects.filter(state=NotificationState.PENDING).exists():
            assert time.monotonic() < deadline, f"{len(mailbox.messages)} of {MAILS} mails"
            if kills < KILLS and len(mailbox.messages) >= (kills + 1) * MAILS // (KILLS + 2):
                born.kill(random.choice(born.relays))
                born.start_relay()
                kills += 1
            threading.Event().wait(0.01)

    sent = message_ids(mailbox)
    assert kills == KILLS
    assert set(sent) == {
        f"<{row}@secure-messaging.example>" for row in Notification.objects.values_list("id", flat=True)
    }
    assert sum(sent.values()) - MAILS <= kills
    assert Notification.objects.filter(state=NotificationState.SENT).count() == MAILS


class KillsItsClient(Mailbox):
    """A mail server that takes an email, and whose client is dead before it hears so."""

    kill: Callable[[], None] | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        if self.kill is not None:
            self.kill()
            self.kill = None
        return await super().handle_DATA(server, session, envelope)


def test_an_email_whose_relay_died_before_it_could_say_so_goes_out_again_when_the_lease_has_run_out(
    committed_db: CommittedDatabase, mailbox: Mailbox
) -> None:
    """F009: the lease, not a broker, brings the work back."""
    owe(1)
    mailbox.__class__ = KillsItsClient
    assert isinstance(mailbox, KillsItsClient)
    with nursery(committed_db.environment, lease=LEASE.total_seconds()) as born:
        mailbox.kill = lambda: born.kill(born.relays[0])
        born.start_relay()
        mailbox.wait_for(1)
    claimed = Notification.objects.get()
    assert (claimed.state, claimed.attempts) == (NotificationState.PENDING, 1)

    with clock.at(claimed.next_attempt_at - dt.timedelta(seconds=1)):
        assert relay() == RelayResult()
    with clock.at(claimed.next_attempt_at):
        assert relay() == RelayResult(sent=1)

    assert list(message_ids(mailbox).values()) == [2]
    assert Notification.objects.get().attempts == 2


@pytest.mark.usefixtures("committed_db")
def test_relays_at_once_send_each_email_once(mailbox: Mailbox) -> None:
    """F012: beat that runs twice."""
    owe(40)
    together = threading.Barrier(4)

    def work() -> RelayResult:
        try:
            together.wait(60)
            return relay()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for _ in range(4)]
        results = [future.result(60) for future in futures]

    assert sum(result.sent for result in results) == 40
    assert sum(bool(result.sent) for result in results) > 1, "one relay did it all: nothing was tested"
    assert set(message_ids(mailbox).values()) == {1}


WITHOUT_A_BROKER = """
import datetime as dt, uuid
import django
django.setup()
from django.conf import settings
assert settings.CELERY_BROKER_URL.endswith(":1/0")
from messaging.notifications.actions import notify
from messaging.response.actions import sweep
from accounts.models import Account
notify(kind="assigned", recipient_ids=[Account.objects.first().id], cause_id=uuid.uuid4())
sweep()
"""


def test_owing_an_email_asks_no_broker(committed_db: CommittedDatabase) -> None:
    """F004: the outbox is the queue; with the broker away an email is only late."""
    owe(1)
    environment = {**committed_db.environment, "REDIS_URL": "redis://:none@127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_BROKER], env=environment, check=False, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    assert Notification.objects.filter(kind="assigned").count() == 1
