"""How many searches run at once: a scan is the one page that costs more than a page.

A slot is an advisory lock that ends with the search's transaction, however that ends. Nobody waits for
one: waiting requests would hold the threads that everybody's other pages need (attack A093).

Of one process only one search of each side runs: a web worker has four threads, and a page that it has accepted waits for one
of them, whatever the other workers have to do. One more may wait for it shortly: most searches take a few hundredths of a
second, and two people who press the button together should both find what they look for.
"""

import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from smportal.actor import Actor, ActorKind
from smportal.errors import DomainError

# The first halves of the locks' names; each pool has its own, so that neither side can keep the other waiting.
_POOLS = {ActorKind.VETERAN: 7_301, ActorKind.STAFF: 7_302}
_ACCOUNT = 7_303
# Two, so that reloading a page does not meet the search that it replaces.
OF_ONE_ACCOUNT = 2


# How long a search waits for the one before it in the same process.
WAIT_SECONDS = 1.0


class Busy(DomainError):
    """Too many searches run now."""

    code = "busy"


class Place:
    """Where one search runs and one waits."""

    def __init__(self) -> None:
        self._line = threading.Semaphore(2)
        self._running = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Search when the one before has ended. Raises Busy at once for a third, and when that takes too long."""
        if not self._line.acquire(blocking=False):
            raise _busy()
        try:
            if not self._running.acquire(timeout=WAIT_SECONDS):
                raise _busy()
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._line.release()


_HERE = {kind: Place() for kind in _POOLS}


@contextmanager
def taken(actor: Actor) -> Iterator[None]:
    """Search in a slot, in the caller's transaction. Raises Busy when the account's, this process's or all are taken."""
    with _HERE[actor.kind].taken():
        _take(actor)
        yield


def _take(actor: Actor) -> None:
    account = _number(actor.account_id)
    if not _any(_ACCOUNT, [account ^ turn for turn in range(OF_ONE_ACCOUNT)]):
        raise Busy(_("Another search of yours is still running."), code="own")
    slots = list(range(settings.SEARCH_SLOTS))
    random.shuffle(slots)  # who comes second should not try a lock that is taken
    if not _any(_POOLS[actor.kind], slots):
        raise _busy()


def _busy() -> Busy:
    return Busy(_("Many people are searching right now."))


def _any(pool: int, names: list[int]) -> bool:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [pool, name])
            if cursor.fetchone()[0]:
                return True
    return False


def _number(account_id: uuid.UUID | None) -> int:
    """Return 31 bits of an account's id: two accounts that share them share their slots."""
    return int.from_bytes(account_id.bytes[:4]) >> 1 if account_id else 0
