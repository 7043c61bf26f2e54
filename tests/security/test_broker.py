"""What lies in the broker cannot run code (A032), and no request talks to it (F005, F007)."""

import base64
import json
import os
import pickle
import time
import uuid
from pathlib import Path
from typing import Any

import redis
from django.core.cache import cache
from pytest_django import DjangoDbBlocker

from tests.fixtures.stack import ROOT
from tests.security.portal import running

# A task without arguments, as Celery writes it.
TASK = json.dumps([[], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]).encode()


class Bomb:
    """Leaves a file behind when somebody unpickles it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


def envelope(content_type: str, body: bytes, encoding: str = "binary", task: str = "smportal.audit.seal") -> str:
    """Return a message as kombu lays it into Redis."""
    properties = {
        "correlation_id": str(uuid.uuid4()),
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "celery"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": str(uuid.uuid4()),
    }
    headers = {"lang": "py", "task": task, "id": properties["correlation_id"], "argsrepr": "()"}
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": encoding,
            "content-type": content_type,
            "headers": headers,
            "properties": properties,
        }
    )


def test_a032_a_pickled_task_is_refused_and_the_worker_goes_on(
    tmp_path: Path, operator_redis: "redis.Redis", django_db_blocker: DjangoDbBlocker
) -> None:
    bomb = tmp_path / "exploded"
    with running(tmp_path / "portal", django_db_blocker, REDIS_URL=os.environ["REDIS_URL"]) as portal:
        worker = portal.start_worker()
        for kind in ("application/x-python-serialize", "application/x-yaml"):
            operator_redis.lpush("celery", envelope(kind, pickle.dumps(((Bomb(bomb),), {}, {}))))
        # An honest task after it shows that both were looked at.
        operator_redis.lpush("celery", envelope("application/json", TASK, "utf-8"))
        deadline = time.monotonic() + 30
        while b"succeeded" not in portal.logs():
            assert time.monotonic() < deadline, portal.logs()[-2000:]
            assert worker.process.poll() is None
            time.sleep(0.05)
        logs = portal.logs()
    assert not bomb.exists()
    assert b"ContentDisallowed" in logs or b"unknown message" in logs.lower(), logs[-3000:]
    assert b"exploded" not in logs


def test_a032_a_pickle_in_the_cache_is_nothing(tmp_path: Path, operator_redis: "redis.Redis") -> None:
    bomb = tmp_path / "exploded"
    cache.set("probe", [1.5, 2, "three"], 60)
    assert cache.get("probe") == [1.5, 2, "three"]
    cache.set("count", 1)
    assert (cache.incr("count"), cache.get("count")) == (2, 2)
    [key] = [key for key in operator_redis.scan_iter() if key.endswith("probe")]
    operator_redis.set(key, pickle.dumps(Bomb(bomb)))
    assert cache.get("probe") is None
    assert not bomb.exists()


def test_f007_nothing_is_enqueued_by_a_request() -> None:
    """The outbox is a table: tasks are started by beat alone."""
    calls = (".delay(", ".apply_async(", "send_task(")
    for folder in ("smportal", "accounts", "eligibility", "messaging"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            assert not [call for call in calls if call in text], path
