"""Rows that are put together without the template engine escape what people typed."""

import uuid
from typing import Any

import pytest
from django.utils.safestring import SafeString

from messaging.inbox.rows import QueueRow
from messaging.templatetags.queue_rows import queue_rows

HOSTILE = "<img src=x onerror=alert(1)>\"'&"
ESCAPED = "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;"
KEY = uuid.UUID(int=1)
TEXTS = (
    "subject",
    "veteran",
    "team",
    "category",
    "state",
    "assignee",
    "answer_by",
    "waiting",
    "due",
    "due_iso",
    "when",
)
MARKS = ("is_overdue", "is_urgent", "is_unread", "is_withdrawn")
OWN: dict[str, Any] = {"id": KEY, "key": SafeString(KEY), "url": SafeString("/team/conversations/1/"), "when_iso": ""}


def row(**given: Any) -> QueueRow:
    return QueueRow(**OWN | dict.fromkeys(TEXTS, "") | dict.fromkeys(MARKS, True) | given)


@pytest.mark.parametrize("name", ["subject", "veteran", "team", "category", "assignee", "answer_by", "waiting", "due"])
def test_a_value_of_open_work_is_escaped(name: str) -> None:
    html = queue_rows([row(**{name: HOSTILE})], is_open=True, pick=True, checked=False)
    assert ESCAPED in html
    assert "<img" not in html


@pytest.mark.parametrize("name", ["state", "when"])
def test_a_value_of_other_work_is_escaped(name: str) -> None:
    html = queue_rows([row(**{name: HOSTILE})], is_open=False, pick=False, checked=False)
    assert ESCAPED in html
    assert "<img" not in html


def test_what_is_not_there_is_said_or_left_out() -> None:
    html = queue_rows([row(**dict.fromkeys(MARKS, False))], is_open=True, pick=False, checked=False)
    assert [text in html for text in ("Nobody", "No clock runs", "Not due")] == [True] * 3
    assert [part in html for part in ("row__tags", "row--unread", "row__pick", "Unread")] == [False] * 4
