"""The picture of the workflow is drawn from the table that the actions obey."""

from pathlib import Path

import pytest
from django.core.management import call_command

from messaging import workflow
from messaging.management.commands import workflow_diagram
from messaging.models.conversation import State
from messaging.workflow import TRANSITIONS, Event, Transition


def test_the_document_is_the_table() -> None:
    call_command("workflow_diagram", "--check")


def test_every_move_is_an_arrow_and_a_row() -> None:
    text = workflow_diagram.document()
    for (event, assigned), transition in TRANSITIONS.items():
        for source in transition.sources:
            arrow = next(
                line for line in text.splitlines() if line.startswith(f"    {source} --> {transition.target}:")
            )
            assert event in arrow
        row = f"| {event} | {'yes' if assigned else 'no'} |"
        assert sum(line.startswith(row) for line in text.splitlines()) == 1


def test_an_arrow_says_for_whom_it_is_where_the_ends_differ() -> None:
    text = workflow_diagram.diagram()
    back = next(line for line in text.splitlines() if line.startswith("    completed --> new:"))
    assert "the veteran writes (not assigned)" in back
    assert "a member replies (" not in text


def test_a_changed_table_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "workflow.md"
    call_command("workflow_diagram", "--file", str(file))
    call_command("workflow_diagram", "--check", "--file", str(file))
    changed = Transition(frozenset({State.NEW}), State.COMPLETED)
    monkeypatch.setitem(workflow.TRANSITIONS, (Event.TAKE, True), changed)
    with pytest.raises(SystemExit) as ended:
        call_command("workflow_diagram", "--check", "--file", str(file))
    assert ended.value.code == 1
    assert "bin/manage workflow_diagram" in capsys.readouterr().err


def test_a_missing_document_is_seen(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        call_command("workflow_diagram", "--check", "--file", str(tmp_path / "nothing.md"))
