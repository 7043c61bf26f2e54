"""The portal's own WSGI application with a trap in it: a header says where the process dies or breaks.

Only tests start it (``gunicorn tests.faults.wsgi:application``). ``X-Fault: die 7`` kills the worker before its
seventh SQL statement, ``die before-commit``, ``die after-commit`` and ``die after-response`` where they say,
``raise 7`` breaks at the seventh statement with everything that was posted in the exception's text.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from smportal.wsgi import application as portal

_armed = threading.local()
_commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying_commit(self: BaseDatabaseWrapper) -> None:
    where = getattr(_armed, "where", "")
    if where == "die before-commit":
        _die()
    _commit(self)
    if where == "die after-commit":
        _die()


BaseDatabaseWrapper._commit = _dying_commit  # type: ignore[attr-defined]


class Trap:
    """Counts the statements of one request."""

    def __init__(self, where: str, typed: str) -> None:
        self.where, self.typed, self.count = where, typed, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.where == f"die {self.count}":
            _die()
        if self.where == f"raise {self.count}":
            raise RuntimeError(f"provoked: {self.typed} {sql} {params}")
        return execute(sql, params, many, context)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Serve one request, with the trap that its header asks for."""
    _armed.where = environ.get("HTTP_X_FAULT", "")
    # The query string is where a test repeats what it posts: the body is read once only.
    with connection.execute_wrapper(Trap(_armed.where, environ.get("QUERY_STRING", ""))):
        response = portal(environ, start_response)
    if _armed.where == "die after-response":
        _die()
    return response
