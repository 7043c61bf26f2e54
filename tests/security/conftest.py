"""One portal on gunicorn for the tests that look at it from outside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoDbBlocker

if TYPE_CHECKING:
    from tests.security.portal import Portal


@pytest.fixture(scope="package")
def portal(
    tmp_path_factory: pytest.TempPathFactory, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> "Iterator[Portal]":
    """Serve one empty portal; tests make their own people in it."""
    # Here, since models can be imported only once the run has chosen its settings.
    from tests.security.portal import running

    with running(tmp_path_factory.mktemp("portal"), django_db_blocker) as started:
        started.start_web()
        yield started
