"""The tables of features and of other systems' troubles name tests that are there."""

import pytest

from tests.fixtures.stack import ROOT
from tests.security.test_table import NAMED, is_there

HEADINGS = {"feature", "matter"}


@pytest.mark.parametrize(("table", "at_least"), [("shared-inbox-features.md", 21), ("production.md", 40)])
def test_each_row_of_ours_names_a_test_that_is_there_or_says_none(table: str, at_least: int) -> None:
    lines = (ROOT / "docs" / table).read_text().splitlines()
    rows = [row for line in lines if line.startswith("| ") and (row := line[2:].split(" | "))[0] not in HEADINGS]
    bare = [row[0] for row in rows if not row[1].startswith("none")]
    named = [row[0] for row in rows if (test := NAMED.fullmatch(row[1])) and is_there(*test.groups())]
    assert len(named) >= at_least
    assert bare == named
