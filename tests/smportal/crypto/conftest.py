"""Sealed rows without a world around them, and key rings that change.

Django's parts are imported inside: this file is read before the settings are known.
"""

import secrets
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from eligibility.models import QuarantinedRow

SetRing = Callable[..., None]


def _forget() -> None:
    from smportal.crypto import envelope, keyring

    keyring.provider.cache_clear()
    envelope.ciphers.clear()


@pytest.fixture(autouse=True)
def fresh_keys() -> Iterator[None]:
    """Forget keys of other tests, before and after."""
    _forget()
    yield
    _forget()


@pytest.fixture
def ring(settings: Settings, fresh_keys: None) -> SetRing:
    """Make these ids the key ring, the first one active, as a restart with another FIELD_KEYS would."""
    known: dict[str, bytes] = dict(settings.FIELD_KEYS)

    def set_ring(*ids: str) -> None:
        settings.FIELD_KEYS = {key_id: known.setdefault(key_id, secrets.token_bytes(32)) for key_id in ids}
        _forget()

    return set_ring


@pytest.fixture
def make_row() -> "Callable[[str], QuarantinedRow]":
    """Save a sealed row of a real table."""
    from eligibility.models import QuarantinedRow
    from eligibility.models.feed import FeedLoad
    from smportal import clock

    def make(text: str) -> QuarantinedRow:
        load = FeedLoad.objects.first() or FeedLoad.objects.create(kind="roster", started_at=clock.now())
        row = QuarantinedRow(id=uuid.uuid4(), load=load, line=1, reason="test", row_sha256="0" * 64)
        row.seal_text("row_sealed", text)
        row.save()
        return row

    return make
