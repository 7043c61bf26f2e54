"""A store for each test, and the stand-in scanner on a real port."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from smportal.devstack.devscan import Handler, Server


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.ATTACHMENTS_DIR = tmp_path / "store"
    settings.ATTACHMENTS_DIR.mkdir(mode=0o700)
    return Path(settings.ATTACHMENTS_DIR)


@pytest.fixture
def devscan(settings: Settings) -> Iterator[int]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        port = int(server.server_address[1])
        settings.SCANNER_URL = f"devscan://127.0.0.1:{port}"
        yield port
        server.shutdown()
        thread.join()
