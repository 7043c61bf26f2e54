"""Alive, and ready to serve."""

import logging

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from smportal.crypto.errors import CryptoError

logger = logging.getLogger(__name__)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Database, migrations and keys must be there; without Redis the portal is degraded, not unready."""
    checks = {"database": _database(), "migrations": False, "keys": False, "redis": _redis()}
    if checks["database"]:
        checks["migrations"] = not _pending_migrations()
        checks["keys"] = _keys()
    ready = checks["database"] and checks["migrations"] and checks["keys"]
    status = ("ready" if checks["redis"] else "degraded") if ready else "unready"
    return JsonResponse({"status": status, "checks": checks}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _keys() -> bool:
    """A data key in use unwraps, or a new one could be made."""
    from smportal.crypto import keyring
    from smportal.crypto.models import DataKey

    key = DataKey.objects.order_by("?").first() if DataKey.objects.count() < 100 else DataKey.objects.first()
    try:
        if key is None:
            return bool(keyring.provider().active_key_id)
        binding = keyring.wrap_binding(key.id, key.owner_kind, key.owner_id)
        keyring.provider().unwrap(key.wrapped_by, bytes(key.wrapped), binding)
    except CryptoError:
        logger.exception("a data key does not unwrap", extra={"event": "key_unavailable"})
        return False
    return True


def _redis() -> bool:
    cache.set("readyz", "1", 10)
    return bool(cache.get("readyz") == "1")
