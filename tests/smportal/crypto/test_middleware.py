"""What a person sees when a sealed value does not open: one plain page, and nothing of the value."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from smportal.crypto.errors import CryptoError, KeyUnavailableError, UnsealError
from smportal.middleware.crypto import CryptoMiddleware


def refused(error: Exception) -> HttpResponse | None:
    request = RequestFactory().get("/")
    request.resolver_match = None
    return CryptoMiddleware(lambda _: HttpResponse()).process_exception(request, error)


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyUnavailableError("key k9 is away"), 503), (UnsealError("canary"), 500), (CryptoError("canary"), 500)],
)
def test_a094_a_page_that_cannot_be_opened_is_plain(
    error: CryptoError, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    response = refused(error)
    assert response is not None
    assert response.status_code == status
    assert b"canary" not in response.content
    assert b"k9" not in response.content
    [line] = caplog.records
    assert (line.levelname, line.event, line.error) == ("ERROR", "crypto_refused", type(error).__name__)  # type: ignore[attr-defined]
    assert "canary" not in line.getMessage()


def test_a096_the_page_asks_to_come_back_while_a_key_is_away() -> None:
    response = refused(KeyUnavailableError("away"))
    assert response is not None
    assert response.headers["Retry-After"] == "30"


def test_other_errors_are_left_to_others() -> None:
    assert refused(ValueError("x")) is None


def test_the_middleware_is_in_use() -> None:
    order = settings.MIDDLEWARE
    # Inside of what sets the headers of every page, outside of everything that may open a value.
    assert order.index("smportal.middleware.headers.ResponseHeadersMiddleware") < order.index(
        "smportal.middleware.crypto.CryptoMiddleware"
    )
    assert order.index("smportal.middleware.crypto.CryptoMiddleware") < order.index(
        "django.contrib.sessions.middleware.SessionMiddleware"
    )
