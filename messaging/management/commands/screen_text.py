"""`screen_text`: the safety screen over JSON lines (domain rules, sections 7 and 10)."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.safety import screen


class Command(BaseCommand):
    """Reads `{"id", "subject", "body"}` a line and prints `{"id", "urgent", "reasons"}` for each, in order."""

    help = "Screens texts for signs of danger: JSON lines on standard input, an answer for each on standard output."
    # Nothing here touches the database: it must answer where there is none.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        for line in sys.stdin.buffer:
            if not line.strip():
                continue
            try:
                answer = _answer(line)
            except ValueError as error:
                broken += 1
                answer = {"id": None, "error": str(error)}
            self.stdout.write(json.dumps(answer))
        if broken:
            raise CommandError(f"lines that could not be read: {broken}", returncode=1)


def _answer(line: bytes) -> dict[str, Any]:
    """Screen one line. Raises ValueError in words that hold nothing of the text."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object in UTF-8") from None
    if not isinstance(entry, dict) or "id" not in entry:
        raise ValueError("not an object with an id")
    subject, body = entry.get("subject") or "", entry.get("body") or ""
    if not isinstance(subject, str) or not isinstance(body, str):
        raise ValueError("subject and body must be text")  # noqa: TRY004 - one error for every bad line
    found = screen(subject, body)
    return {"id": entry["id"], "urgent": found.urgent, "reasons": list(found.reasons)}
