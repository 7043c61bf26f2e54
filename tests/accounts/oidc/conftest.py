"""Fixtures of signing in elsewhere. pytest may load this file before Django is set up: they import late."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.fixtures.live import LiveSite


@pytest.fixture
def sandbox(live_site: "LiveSite", settings: Settings) -> Iterator[str]:
    """The sandboxes as a real process, for the portal on its real port."""
    from tests.accounts.oidc import sandbox

    with sandbox.running(settings) as url:
        yield url
