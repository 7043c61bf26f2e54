"""A store for the files of each test."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.ATTACHMENTS_DIR = tmp_path / "store"
    settings.ATTACHMENTS_DIR.mkdir(mode=0o700)
    return Path(settings.ATTACHMENTS_DIR)
