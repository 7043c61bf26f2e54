"""The table of features names tests that are there."""

from tests.fixtures.stack import ROOT
from tests.security.test_table import NAMED, is_there

TABLE = ROOT / "docs" / "shared-inbox-features.md"


def test_each_feature_of_ours_names_a_test_that_is_there_or_says_none() -> None:
    rows = [line.split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")][1:]
    bare = [row[0] for row in rows if not row[1].startswith("none")]
    named = [row[0] for row in rows if (test := NAMED.fullmatch(row[1])) and is_there(*test.groups())]
    assert len(named) > 20
    assert bare == named
