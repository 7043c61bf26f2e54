"""A sealed value that does not open: a plain page, and never the value or what was in its place."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from smportal.crypto.errors import CryptoError, KeyUnavailableError

logger = logging.getLogger(__name__)


class CryptoMiddleware:
    """503 while a key is away (it may come back), 500 for a value that was tampered with.

    The alarm with the row's id is raised where the value was opened (smportal.crypto.envelope); this
    line adds which page was refused.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, CryptoError):
            return None
        from smportal.public import errors

        match = request.resolver_match
        logger.error(
            "security alert: a page was refused because of a key or a sealed value",
            extra={
                "event": "crypto_refused",
                "error": type(exception).__name__,
                "view": match.view_name if match else "",
            },
        )
        if isinstance(exception, KeyUnavailableError):
            return errors.unavailable(request)
        return errors.server_error(request)
