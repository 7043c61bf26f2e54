"""`workflow_diagram`: draws docs/workflow.md from the table of transitions, so that the picture cannot go stale."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from messaging.models.conversation import State
from messaging.workflow import BEGINNINGS, TRANSITIONS, Event

HEAD = """\
# The states of a conversation

Drawn by `bin/manage workflow_diagram` from `TRANSITIONS` in `messaging/workflow.py`; do not edit by hand. A test and
`bin/manage workflow_diagram --check` compare the two. The rules are the domain rules, section 5.
"""
COLUMNS = """\
| what happens | somebody is assigned afterwards | from | to |
|---|---|---|---|
"""


def document() -> str:
    """Return docs/workflow.md as it must be."""
    return f"{HEAD}\n```mermaid\n{diagram()}```\n\n## The same as a table\n\n{COLUMNS}{rows()}"


def diagram() -> str:
    """Return the Mermaid state diagram: an arrow for each pair of states, with all that leads along it."""
    names = "".join(f"    {state.value}: {state.label}\n" for state in State)
    arrows = "".join(
        f"    {source.value} --> {target.value}: {'<br/>'.join(events)}\n"
        for (source, target), events in sorted(_arrows().items(), key=lambda arrow: _order(*arrow[0]))
    )
    start = "".join(f"    [*] --> {state.value}: {event}\n" for event, state in BEGINNINGS.items())
    return f"stateDiagram-v2\n{names}{start}{arrows}"


def _arrows() -> dict[tuple[State, State], list[str]]:
    found: dict[tuple[State, State], dict[Event, set[bool]]] = {}
    for (event, assigned), transition in TRANSITIONS.items():
        for source in transition.sources:
            found.setdefault((source, transition.target), {}).setdefault(event, set()).add(assigned)
    return {pair: [_label(event, ways) for event, ways in events.items()] for pair, events in found.items()}


def _label(event: Event, ways: set[bool]) -> str:
    """Say for which case an arrow is, where the same event leads elsewhere in the other case."""
    other = [assigned for named, assigned in TRANSITIONS if named is event and assigned not in ways]
    if not other:
        return str(event)
    return f"{event} ({'assigned' if True in ways else 'not assigned'})"


def _order(source: State, target: State) -> tuple[int, int]:
    states = list(State)
    return states.index(source), states.index(target)


def rows() -> str:
    """Return the table's rows in the order of TRANSITIONS."""
    return "".join(
        f"| {event} | {'yes' if assigned else 'no'} |"
        f" {', '.join(state.label for state in State if state in transition.sources)} | {transition.target.label} |\n"
        for (event, assigned), transition in TRANSITIONS.items()
    )


def default_file() -> Path:
    """Return where the document lies in the checkout."""
    return Path(settings.BASE_DIR) / "docs" / "workflow.md"


class Command(BaseCommand):
    """Writes the document, or with --check compares and ends with 1 when they differ."""

    help = "Draws the states of a conversation (docs/workflow.md) from messaging/workflow.py."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the file differs")
        parser.add_argument("--file", type=Path, default=None, help="another file than docs/workflow.md")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"] or default_file()
        if not options["check"]:
            file.write_text(document(), encoding="utf-8")
            return
        if not file.exists() or file.read_text(encoding="utf-8") != document():
            self.stderr.write(f"{file.name} differs from messaging/workflow.py: run bin/manage workflow_diagram")
            raise SystemExit(1)
