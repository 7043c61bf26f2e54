"""The one source of "now". Tests and the demo's history move it; production refuses to."""

import contextlib
import contextvars
import datetime as dt
from collections.abc import Iterator

from django.conf import settings

_moved: contextvars.ContextVar[dt.datetime | None] = contextvars.ContextVar("clock_moved", default=None)


class SystemClock:
    """The machine's clock."""

    @staticmethod
    def now() -> dt.datetime:
        return dt.datetime.now(dt.UTC)  # noqa: TID251 - this is the source


def now() -> dt.datetime:
    """Return the application's current instant, aware, in UTC."""
    return _moved.get() or SystemClock.now()


def moved_to() -> dt.datetime | None:
    """Return the instant that the clock was moved to, None when it goes by the machine's.

    For what goes by the database's clock, which all processes share, and yet can be moved in tests.
    """
    return _moved.get()


def today(zone: dt.tzinfo) -> dt.date:
    """Return the current date in a zone."""
    return now().astimezone(zone).date()


@contextlib.contextmanager
def at(instant: dt.datetime) -> Iterator[None]:
    """Run the block as if it were `instant` (aware).

    Raises RuntimeError under production settings, where nothing may pretend another time,
    and ValueError for a naive instant.
    """
    if settings.SETTINGS_MODULE == "smportal.settings.production":
        raise RuntimeError("production runs on the real clock")
    if instant.tzinfo is None:
        raise ValueError("the instant needs a time zone")
    token = _moved.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _moved.reset(token)
