"""Placeholders: a fixed list, put in once, never evaluated."""

import pytest

from messaging.reply_templates import placeholders
from messaging.reply_templates.placeholders import BLANK, MEANINGS, check, filled
from smportal.errors import InvalidInput

VALUES = {name: name.upper() for name in MEANINGS}


def test_each_placeholder_is_put_in_and_nothing_else_changes() -> None:
    text = "Dear {first_name},\n<b>{{x}}</b> $HOME %(a)s {{{{ 100 % of {my_title}.{my_name}"
    check(text, field="body")
    assert filled(text, VALUES).text == "Dear FIRST_NAME,\n<b>{x}</b> $HOME %(a)s {{ 100 % of MY_TITLE.MY_NAME"


@pytest.mark.parametrize("value", ["{my_name}", "{{", "\\1", "{0.__class__}", "<script>"])
def test_what_is_put_in_is_not_looked_at_again(value: str) -> None:
    assert filled("Hi {first_name}!", {"first_name": value}).text == f"Hi {value}!"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one\ntwo {patient}", "Line 2: There is no {patient}. You can use {first_name}"),
        ("{my_name.__class__}", "There is no {my_name.__class__}"),
        ("{my_name!r:>9}", "There is no"),
        ("{ my_name }", "There is no { my_name }"),
        ("{}", "There is no {}"),
        ("if (a) { b", "Line 1: A “{” stands alone"),
        ("a\n\n b }", "Line 3: A “}” stands alone"),
        ("{my_\nname}", "stands alone"),
        ("}}}", "stands alone"),
        ("Dear {{ first_name }}", "Write {first_name} with one brace on each side"),
    ],
)
def test_anything_else_in_braces_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(text, field="body")
    assert words in refused.value.text
    assert refused.value.field == "body"


def test_where_nothing_is_known_a_blank_stands_and_is_named() -> None:
    known = filled("{my_title} {team_phone} {my_title} {my_name}", {"my_name": "Kim"})
    assert known.text == f"{BLANK} {BLANK} {BLANK} Kim"
    assert known.missing == ("my_title", "team_phone")


def test_ten_thousand_braces_take_one_pass() -> None:
    text = "{{" * 5_000
    check(text, field="body")
    assert placeholders.filled(text, VALUES).text == "{" * 5_000
