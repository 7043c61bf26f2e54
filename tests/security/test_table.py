"""The table of attacks says what is so: every test that it names is there, and every numbered test is named.

After a test was added, renamed or taken away: `WRITE_TABLE=1 bin/test tests/security/test_table.py` puts the names right;
read the difference before committing it.
"""

import os
import re
from collections import defaultdict

from tests.fixtures.stack import ROOT

TABLE = ROOT / "docs" / "security" / "attacks.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
ROW = re.compile(r"^\| ([AF]\d{3}) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
REASON = re.compile(r"comes with issue \d|not applicable|a drill|no test of its own")


def numbered() -> dict[str, list[str]]:
    """Return the tests that carry a number in their name, as the table writes them."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE):
            for number in re.findall(r"_([af]\d{3})(?=_)", name):
                found[number.upper()].append(f"`{path.relative_to(ROOT)}::{name}`")
    return found


def is_there(path: str, name: str) -> bool:
    return (ROOT / path).exists() and bool(re.search(rf"def {name}\b", (ROOT / path).read_text()))


def put_right(table: str) -> str:
    """Return the table without tests that are gone, and with those that it lacks."""
    tests = numbered()

    def row(match: re.Match[str]) -> str:
        parts = match[3].split("<br>")
        gone = [part for part in parts if (named := NAMED.fullmatch(part)) and not is_there(*named.groups())]
        new = [place for place in tests[match[1]] if place not in match[3]]
        return f"| {match[1]} | {match[2]} | {'<br>'.join([*new, *(part for part in parts if part not in gone)])} |"

    return ROW.sub(row, table)


def the_table() -> str:
    if os.environ.get("WRITE_TABLE"):
        TABLE.write_text(put_right(TABLE.read_text()))
    return TABLE.read_text()


def test_every_attack_and_fault_has_one_row() -> None:
    expected = [f"A{number:03}" for number in range(1, 109)] + [f"F{number:03}" for number in range(1, 22)]
    assert [number for number, _, _ in ROW.findall(the_table())] == expected


def test_every_row_names_a_test_or_says_why_there_is_none() -> None:
    bare = [number for number, _, status in ROW.findall(the_table()) if not NAMED.search(status)]
    reasons = {number: status for number, _, status in ROW.findall(the_table()) if REASON.search(status)}
    assert set(bare) <= set(reasons)


def test_every_test_that_the_table_names_is_there() -> None:
    assert [place for place in NAMED.findall(the_table()) if not is_there(*place)] == []


def test_every_numbered_test_is_in_its_row() -> None:
    status = {number: text for number, _, text in ROW.findall(the_table())}
    lacking = [place for number, places in numbered().items() for place in places if place not in status[number]]
    assert lacking == [], "see the first lines of this file"
