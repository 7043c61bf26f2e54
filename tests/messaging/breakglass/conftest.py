"""The glass is whole at the beginning of each test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.messaging.breakglass.glass import Glass


@pytest.fixture
def glass(db: None) -> "Iterator[Glass]":
    """Give a conversation behind glass, at NOW."""
    # Here, because this file is read before there are settings.
    from smportal import clock
    from tests.messaging.breakglass.glass import NOW, Glass

    with clock.at(NOW):
        yield Glass()
