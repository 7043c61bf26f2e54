"""Fixtures for signing in. pytest may load this file before Django is set up: the fixtures import late."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from smportal.actor import Actor
    from tests.accounts.people import Hands, Person


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Forget allauth's own limits by address: every test comes from the same one."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> "Hands":
    """A clock that stands still until the test moves it."""
    from smportal import clock
    from tests.accounts.people import Hands

    moved = Hands()
    monkeypatch.setattr(clock.SystemClock, "now", staticmethod(lambda: moved.now))
    return moved


@pytest.fixture
def veteran(db: None, hands: "Hands") -> "Person":
    """A veteran with My HealtheVet Premium, a linked record and an authenticator app."""
    from tests.accounts.people import make_person

    return make_person(record=True)


@pytest.fixture
def actor_seen(monkeypatch: pytest.MonkeyPatch) -> "Callable[[], Actor]":
    """Return the last request's actor, as the view saw it."""
    from smportal.middleware.access import AccessMiddleware

    seen: list[Actor] = []
    original = AccessMiddleware.process_view

    def spy(self: Any, request: Any, *rest: Any) -> Any:
        seen.append(request.actor)
        return original(self, request, *rest)

    monkeypatch.setattr(AccessMiddleware, "process_view", spy)
    return lambda: seen[-1]
