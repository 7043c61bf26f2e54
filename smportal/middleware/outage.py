"""PostgreSQL away, or its pool exhausted: a plain page that says so, and that nothing was lost."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)


class OutageMiddleware:
    """Turns a lost database into 503 with Retry-After instead of a bare error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError | PoolTimeout):
            return None
        from smportal.public import errors

        logger.error("database unavailable", extra={"event": "database_unavailable", "error": type(exception).__name__})
        return errors.unavailable(request)
