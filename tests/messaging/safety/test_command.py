"""`bin/manage screen_text`, as another program runs it."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def run(monkeypatch: pytest.MonkeyPatch, data: bytes) -> tuple[list[dict[str, Any]], CommandError | None]:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    error = None
    try:
        call_command("screen_text", stdout=out)
    except CommandError as raised:
        error = raised
    return [json.loads(line) for line in out.getvalue().splitlines()], error


def test_each_line_is_answered_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"id": "a", "subject": "", "body": "I want to die"},
        {"id": 2, "subject": "Glasses", "body": "Are they ready?"},
        {"id": "c", "subject": "Me falta el aire y tengo dolor de pecho", "body": None},
    ]
    answers, error = run(monkeypatch, "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode())
    assert [(answer["id"], answer["urgent"]) for answer in answers] == [("a", True), (2, False), ("c", True)]
    assert answers[0]["reasons"] == ["suicide-words"]
    assert error is None


@pytest.mark.parametrize(
    "bad", [b"{", b"[]", b"\xff\xfe", b'{"subject": "x"}', b'{"id": 1, "body": 5}', b"[" * 100_000, b"null"]
)
def test_a_bad_line_is_named_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch, bad: bytes) -> None:
    answers, error = run(monkeypatch, bad + b'\n{"id": 7, "subject": "", "body": "I want to die"}\n')
    assert answers[0]["id"] is None
    assert answers[0]["error"]
    assert answers[1] == {"id": 7, "urgent": True, "reasons": ["suicide-words"]}
    assert error is not None
    assert error.returncode == 1
