"""Fixtures of signing in elsewhere. pytest may load this file before Django is set up: they import late."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.accounts.oidc.provider import Provider


@pytest.fixture
def provider(request: pytest.FixtureRequest, settings: Settings) -> "Iterator[Provider]":
    """A service that does what the test wants, offered as Login.gov, ID.me, DS Logon and the staff's sign-on."""
    from accounts.oidc import metadata
    from smportal.devstack import ports
    from tests.accounts.oidc import provider as rogue

    if "committed_db" not in request.fixturenames:
        request.getfixturevalue("db")
    port = ports.free_port()
    found = rogue.Provider(port)
    settings.OIDC_PROVIDERS = dict.fromkeys(("logingov", "idme", "dslogon", "staffsso"), found.client())
    metadata.forget()
    server = rogue.serve(found, port)
    yield found
    server.shutdown()
    server.server_close()
    metadata.forget()
