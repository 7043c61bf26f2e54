"""The glass is whole at the beginning of each test."""

from collections.abc import Iterator

import pytest

from smportal import clock
from tests.messaging.breakglass.glass import NOW, Glass


@pytest.fixture
def glass(db: None) -> Iterator[Glass]:
    with clock.at(NOW):
        yield Glass()
