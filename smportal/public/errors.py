"""Error pages: the same plain page for everybody; no stack, no id, no reason that tells what exists."""

import sys
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg_pool import PoolTimeout

OUTAGES = (OperationalError, InterfaceError, PoolTimeout)


def has_session(request: HttpRequest) -> bool:
    """Tell whether the page offers Home or Sign in: by the cookie alone; whose it is, and if it is still good, Home finds out."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    # Without the request: an error page must not depend on a session or the database.
    return HttpResponse(render_to_string(template, {"has_session": has_session(request)}), status=status)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400."""
    return _page(request, "errors/400.html", 400)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403."""
    return _page(request, "errors/403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token has expired or is not ours."""
    return _page(request, "errors/csrf.html", 403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404, for what does not exist and for what is somebody else's."""
    return _page(request, "errors/404.html", 404)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """405."""
    return _page(request, "errors/405.html", 405)


def conflict(request: HttpRequest) -> HttpResponse:
    """409."""
    return _page(request, "errors/409.html", 409)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 when the database was away, which also middleware outside of any view may be first to meet."""
    if isinstance(sys.exc_info()[1], OUTAGES):
        return unavailable(request)
    return _page(request, "errors/500.html", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: the database is away; nothing was lost."""
    response = _page(request, "errors/503.html", 503)
    response.headers["Retry-After"] = "30"
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than any form of ours could mean."""
    return _page(request, "errors/413.html", 413)
