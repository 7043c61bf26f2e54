"""Django's Redis cache that forgives Redis being away: presence and rate limits degrade, work goes on."""

import json
import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class JsonSerializer:
    """Writes plain JSON: Django's own pickles would let whoever can write to Redis run code in the portal."""

    def dumps(self, value: Any) -> bytes | int:
        # Redis counts whole numbers up by itself only when they are stored as they are.
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        """Return the value, or None for anything that is not ours."""
        try:
            return json.loads(data)
        except ValueError:
            logger.warning("a cached value is not ours", extra={"event": "cache_unreadable"})
            return None


class _ForgivingClient(RedisCacheClient):
    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        if name.startswith("_") or not callable(attribute) or name == "get_client":
            return attribute
        return _forgiving(name, attribute)


# What a caller gets when Redis does not answer: as if nothing were cached.
_WHEN_AWAY: dict[str, Any] = {
    "add": True,
    "touch": False,
    "delete": False,
    "has_key": False,
    "get_many": {},
    "incr": 1,
}


def _forgiving(name: str, method: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except RedisError as error:
            logger.warning("cache unavailable", extra={"event": "cache_unavailable", "error": type(error).__name__})
            if name == "get":
                return args[1] if len(args) > 1 else kwargs.get("default")
            return _WHEN_AWAY.get(name)

    return call


class ForgivingRedisCache(RedisCache):
    """Redis cache whose failures are logged and answered as misses."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ForgivingClient
