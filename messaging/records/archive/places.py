"""How many downloads a process serves at once: a slow one holds a thread for as long as it takes, never all of them.

A place is given back when its response is closed, which the server does however a download ends. A response that
never reaches the server, because something else was answered instead, is closed by nobody; so a place is a lease: short until
the first piece is fetched, then renewed by every piece.
"""

import datetime as dt
import threading
from collections.abc import Generator, Iterator
from typing import Final

from smportal import clock

MOST_AT_ONCE: Final = 2
# From the answer's making to its first piece is no time at all; 64 KiB on the slowest line are a minute.
UNTIL_FIRST: Final = dt.timedelta(seconds=10)
BETWEEN_PIECES: Final = dt.timedelta(minutes=3)


class Place:
    """One download's place; `renew` and `free` may come from any thread, in any order, any number of times."""

    def __init__(self, places: "Places") -> None:
        self._places = places

    def renew(self) -> None:
        """Show that the download goes on."""
        self._places.keep(self, BETWEEN_PIECES)

    def free(self) -> None:
        """Let somebody else have the place."""
        self._places.drop(self)


class Places:
    """The places of one process."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._until: dict[Place, dt.datetime] = {}

    def take(self) -> Place | None:
        """Return a place, or None when all are held."""
        now = clock.now()
        with self._lock:
            self._until = {place: until for place, until in self._until.items() if until > now}
            if len(self._until) >= self._most:
                return None
            place = Place(self)
            self._until[place] = now + UNTIL_FIRST
            return place

    def keep(self, place: Place, lease: dt.timedelta) -> None:
        """Hold a place for longer. One that ran out is held again: the download is there, whatever was thought of it."""
        with self._lock:
            self._until[place] = clock.now() + lease

    def drop(self, place: Place) -> None:
        """Give a place back."""
        with self._lock:
            self._until.pop(place, None)


class Placed(Iterator[bytes]):
    """The pieces of one download, which hold its place until they end or are closed."""

    def __init__(self, pieces: Generator[bytes, None, None], place: Place) -> None:
        self._pieces, self._place = pieces, place

    def __next__(self) -> bytes:
        self._place.renew()
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the place back; the server calls this once it has the response, whatever happened."""
        self._pieces.close()
        self._place.free()
