"""Where presence is kept: in Redis, as ids with an end. Nothing depends on it; without Redis there is simply none.

One hash for each conversation that somebody has open: "<staff>:r" and "<staff>:w" (reads, writes) with the second until
which it holds. Two tabs of one person are two marks of one person. A beat is one round trip.
"""

import logging
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Final

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from smportal import clock

logger = logging.getLogger(__name__)

# A tab asks every 15 seconds; one that is closed is forgotten after three.
HOLDS_SECONDS: Final = 45
# Whoever waits for Redis holds a worker of the portal: not long, and after a failure not again for a while.
WITHIN_SECONDS: Final = 0.25
REST_SECONDS: Final = 30


class Away(Exception):
    """Redis does not answer, or did not a moment ago."""


class _Rest:
    """Until when this process leaves Redis alone."""

    until = 0.0


@cache
def _client() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=WITHIN_SECONDS, socket_connect_timeout=WITHIN_SECONDS, retry=None
    )


def key_of(conversation_id: uuid.UUID) -> str:
    """Return where the marks of a conversation are."""
    return f"smportal:presence:{conversation_id}"


def beat(conversation_id: uuid.UUID, staff_id: uuid.UUID, *, writing: bool) -> dict[uuid.UUID, bool]:
    """Note that somebody has a conversation open, and return the others who have: id to whether they write.

    Raises Away.
    """
    if time.monotonic() < _Rest.until:
        raise Away
    now, key = clock.now().timestamp(), key_of(conversation_id)
    marks = [f"{staff_id}:r", *([f"{staff_id}:w"] if writing else [])]
    try:
        with _client().pipeline(transaction=False) as pipe:
            pipe.hset(key, mapping={mark: int(now) + HOLDS_SECONDS for mark in marks})
            pipe.expire(key, HOLDS_SECONDS)
            pipe.hgetall(key)
            *_, found = pipe.execute()
    except (RedisError, OSError) as error:
        _Rest.until = time.monotonic() + REST_SECONDS
        logger.warning("presence is away", extra={"event": "presence_away", "error": type(error).__name__})
        raise Away from None
    return _others(found, staff_id, now)


def _others(found: Mapping[bytes, bytes], staff_id: uuid.UUID, now: float) -> dict[uuid.UUID, bool]:
    others: dict[uuid.UUID, bool] = {}
    for mark, until in found.items():
        try:
            who, what = mark.decode().split(":")
            person, holds = uuid.UUID(who), int(until) > now
        except ValueError:
            # Not ours: whoever can write to Redis can make names appear, and nothing else.
            continue
        if holds and person != staff_id:
            others[person] = others.get(person, False) or what == "w"
    return others
