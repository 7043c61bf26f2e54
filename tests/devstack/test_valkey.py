"""The broker wants a password, and its application user cannot administer it (attack A101)."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.fixtures.stack import the_stack


def app_client() -> "redis.Redis":
    return redis.Redis.from_url(os.environ["REDIS_URL"])


def test_a101_without_a_password_nothing_is_answered() -> None:
    with app_client() as known:
        where = known.connection_pool.connection_kwargs
    with socket.create_connection((where["host"], where["port"]), timeout=5) as raw:
        raw.sendall(b"GET anything\r\n")
        assert raw.recv(100).startswith(b"-NOAUTH")


def test_a101_a_wrong_password_is_refused() -> None:
    with app_client() as known:
        where = known.connection_pool.connection_kwargs
    with (
        redis.Redis(
            host=where["host"],
            port=where["port"],
            username=where["username"],
            password="wrong",
            retry=Retry(NoBackoff(), 0),
        ) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.parametrize(
    "command",
    [
        ("CONFIG", "SET", "dir", "/tmp"),  # noqa: S108
        ("FLUSHALL",),
        ("FLUSHDB",),
        ("SHUTDOWN",),
        ("KEYS", "*"),
        ("ACL", "LIST"),
        ("MONITOR",),
        ("REPLICAOF", "127.0.0.1", "1"),
    ],
)
def test_a101_the_application_user_cannot_administer(command: tuple[str, ...]) -> None:
    with app_client() as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command)


def test_a101_the_server_listens_on_loopback_and_appends_to_a_file() -> None:
    with redis.Redis.from_url(the_stack().redis_admin_url, decode_responses=True) as operator:
        assert operator.config_get("bind")["bind"] == "127.0.0.1"
        assert operator.config_get("appendonly")["appendonly"] == "yes"
        directory = Path(operator.config_get("dir")["dir"])
    configuration = directory.parent / "valkey.conf"
    assert configuration.stat().st_mode & 0o077 == 0
    assert str(urlsplit(os.environ["REDIS_URL"]).password) not in configuration.read_text()


def test_the_workers_database_starts_empty(operator_redis: "redis.Redis") -> None:
    with app_client() as client:
        client.set("left", "over")
    assert operator_redis.dbsize() == 1
