"""Django's Redis cache that forgives Redis being away: presence and rate limits degrade, work goes on."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


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
