"""Every test of files has a store of its own (tests.fixtures.files)."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_store(store: Path) -> None:
    """Ask for the store."""
