"""The table of attacks says what is so: every test that it names is there, and every numbered test is named."""

import re

from tests.fixtures.stack import ROOT

TABLE = (ROOT / "docs" / "security" / "attacks.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> dict[str, str]:
    return dict(re.findall(r"^\| ([AF]\d{3}) \| [^|]+ \| (.+) \|$", TABLE, re.MULTILINE))


def test_every_attack_and_fault_has_one_row() -> None:
    expected = [f"A{number:03}" for number in range(1, 109)] + [f"F{number:03}" for number in range(1, 22)]
    assert re.findall(r"^\| ([AF]\d{3}) ", TABLE, re.MULTILINE) == expected


def test_every_row_names_a_test_or_says_why_there_is_none() -> None:
    for number, status in rows().items():
        reason = re.search(r"comes with issue \d|not applicable|a drill|no test of its own", status)
        assert NAMED.search(status) or reason, number


def test_every_test_that_the_table_names_is_there() -> None:
    for path, name in NAMED.findall(TABLE):
        assert (ROOT / path).exists(), path
        assert re.search(rf"def {name}\b", (ROOT / path).read_text()), f"{path}::{name}"


def test_every_numbered_test_is_in_its_row() -> None:
    found = rows()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE):
            for number in re.findall(r"_([af]\d{3})(?=_)", name):
                place = f"`{path.relative_to(ROOT)}::{name}`"
                assert place in found[number.upper()], f"{number.upper()} lacks {place}"
