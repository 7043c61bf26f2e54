"""Reads the texts that were written by hand (texts/README.md)."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("texts")
NOT_EXCHANGES = {"short_texts", "templates"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry. Exactly one of `hours` (of business time) and `minutes` (on the clock) counts, since the last."""

    by: str
    body: str
    hours: float
    minutes: int | None = None
    is_note: bool = False
    links: tuple[str, ...] = ()

    @property
    def is_veterans(self) -> bool:
        """Whether the veteran wrote it."""
        return self.by == "veteran"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One conversation as it was written; `ends` as in texts/README.md."""

    key: str
    category: str
    care_type: str
    subject: str
    turns: tuple[Turn, ...]
    ends: str
    outcome: str
    urgent: bool
    sex: str
    era: str
    language: str

    @property
    def is_open(self) -> bool:
        """Whether the veteran still waits for an answer."""
        return self.ends in {"unanswered", "in_progress", "overdue"}


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Return the exchanges that a veteran starts, in a fixed order.

    Those that a care team starts stay on the shelf until care teams can start conversations.
    """
    files = sorted(path for path in FOLDER.glob("*.json") if path.stem not in NOT_EXCHANGES)
    raw = [entry for path in files for entry in json.loads(path.read_text(encoding="utf-8"))]
    return tuple(_exchange(entry) for entry in raw if entry["started_by"] == "veteran")


def _exchange(entry: dict[str, Any]) -> Exchange:
    voice = entry["voice"]
    return Exchange(
        entry["key"],
        entry["category"],
        entry["care_type"],
        entry["subject"],
        tuple(_turn(turn) for turn in entry["turns"]),
        entry["ends"],
        entry.get("outcome") or "",
        entry["urgent"],
        voice["sex"],
        voice["era"],
        voice["language"],
    )


def _turn(turn: dict[str, Any]) -> Turn:
    return Turn(
        turn["by"],
        turn["body"],
        turn["after_business_hours"] or 0.0,
        turn.get("after_minutes"),
        is_note=turn["kind"] == "note",
        links=tuple(turn.get("links", ())),
    )


@cache
def short_pairs() -> tuple[Exchange, ...]:
    """Return the short questions with their answers, for the one very large mailbox."""
    raw = json.loads((FOLDER / "short_texts.json").read_text(encoding="utf-8"))
    return tuple(_pair(number, entry) for number, entry in enumerate(raw))


def _pair(number: int, entry: dict[str, Any]) -> Exchange:
    # The hours are drawn when the pair is used.
    turns = (Turn("veteran", entry["veteran_body"], 0.0), Turn(entry["staff_by"], entry["staff_body"], 0.0))
    return Exchange(
        f"short-{number:02}",
        entry["category"],
        entry["care_type"],
        entry["subject"],
        turns,
        "answered",
        "",
        urgent=False,
        sex="m",
        era="vietnam",
        language="en",
    )
