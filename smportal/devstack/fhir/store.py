"""What the stand-in has taken: in memory, and in a file when it is given one."""

import json
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

MOST: Final = 2000


class NotSelective(Exception):
    """A conditional create matched several notes."""


@dataclass
class Store:
    """Notes by id, oldest first. Checking and storing are one step, as in a record system with a unique key."""

    path: Path | None = None
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.path is not None and self.path.exists():
            for line in self.path.read_text().splitlines():
                kept = json.loads(line)
                self.notes[kept["id"]] = kept

    def create(self, resource: dict[str, Any], unless: str = "") -> tuple[str, bool]:
        """Return the note's id and whether it is new; `unless` is the condition of If-None-Exist.

        Raises NotSelective, ValueError for a condition that is not one identifier.
        """
        with self._lock:
            matches = self._matching(unless) if unless else []
            if len(matches) > 1:
                raise NotSelective
            if matches:
                return matches[0], False
            if len(self.notes) >= MOST:
                del self.notes[next(iter(self.notes))]
            note_id = str(uuid.uuid4())
            self.notes[note_id] = {**resource, "id": note_id, "meta": {"versionId": "1"}}
            if self.path is not None:
                with self.path.open("a") as file:
                    file.write(json.dumps(self.notes[note_id]) + "\n")
            return note_id, True

    def _matching(self, condition: str) -> list[str]:
        name, _, token = condition.partition("=")
        system, bar, value = unquote(token).partition("|")
        if name != "identifier" or not bar or not value or "&" in condition:
            raise ValueError("not one identifier")
        wanted = {"system": system, "value": value}
        return [
            note_id
            for note_id, note in self.notes.items()
            if wanted in [note.get("masterIdentifier"), *note.get("identifier", [])]
        ]
