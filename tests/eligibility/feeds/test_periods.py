"""The periods of one subject: overlaps, open ends, corrections; examples, then every order."""

import datetime as dt
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.feeds.periods import Period, settle

Said = dict[str, str]


def state(*files: Said) -> tuple[dict[str, tuple[str, str]], list[set[str]]]:
    """Apply files one after the other; return start → (stated, end), and what each set aside."""
    now: dict[str, Period] = {}
    refused = []
    for said in files:
        now, aside = settle(now, said)
        refused.append(aside)
    return {start: (period.stated, period.end) for start, period in now.items()}, refused


A, B, C = "2020-01-01", "2021-01-01", "2022-01-01"


@pytest.mark.parametrize(
    ("files", "expected", "refused"),
    [
        # A new open period closes the earlier open one on the day before, in one file or two.
        ([{A: "", B: ""}], {A: ("", "2020-12-31"), B: ("", "")}, [set()]),
        ([{B: ""}, {A: ""}], {A: ("", "2020-12-31"), B: ("", "")}, [set(), set()]),
        # Adjacent days do not overlap; the same day does.
        ([{A: "2020-12-31", B: ""}], {A: ("2020-12-31", "2020-12-31"), B: ("", "")}, [set()]),
        ([{A: B, B: ""}], {A: (B, B)}, [{B}]),
        # Only open ones close, and only open ones.
        ([{A: "", B: "2021-06-30"}], {A: ("", "")}, [{B}]),
        ([{B: "2021-06-30"}, {A: ""}], {B: ("2021-06-30", "2021-06-30")}, [set(), {A}]),
        ([{A: "2025-12-31"}, {B: ""}], {A: ("2025-12-31", "2025-12-31")}, [set(), {B}]),
        # The later one may get its end afterwards: the earlier one stays closed.
        ([{A: "", B: ""}, {B: "2021-06-30"}], {A: ("", "2020-12-31"), B: ("2021-06-30",) * 2}, [set(), set()]),
        # A period put between two open ones is closed by the second and closes the first.
        ([{A: "", C: ""}, {B: ""}], {A: ("", "2020-12-31"), B: ("", "2021-12-31"), C: ("", "")}, [set(), set()]),
        # A correction that would overlap is set aside and the old value stays.
        ([{A: "2020-06-30", B: "2021-06-30"}, {A: B}], {A: ("2020-06-30",) * 2, B: ("2021-06-30",) * 2}, [set(), {A}]),
        # A correction to open is closed by the later open one.
        ([{A: "2020-06-30", B: ""}, {A: ""}], {A: ("", "2020-12-31"), B: ("", "")}, [set(), set()]),
        # Two corrections of one file that only together hold.
        (
            [{A: "2020-06-30", B: "2021-06-30"}, {A: "", B: ""}],
            {A: ("", "2020-12-31"), B: ("", "")},
            [set(), set()],
        ),
    ],
)
def test_periods(files: list[Said], expected: dict[str, tuple[str, str]], refused: list[set[str]]) -> None:
    assert state(*files) == (expected, refused)


def test_what_was_ended_by_hand_stays_ended_when_the_feed_says_the_same_again() -> None:
    ended = {A: Period(A, "", "2020-05-05")}
    assert settle(ended, {A: ""}) == (ended, set())
    after, refused = settle(ended, {B: "2021-06-30"})
    assert (after[A], refused) == (ended[A], set())


_DAYS = st.integers(0, 30).map(lambda day: (dt.date(2020, 1, 1) + dt.timedelta(days=day)).isoformat())
_FILES = st.lists(st.dictionaries(_DAYS, st.one_of(st.just(""), _DAYS), max_size=6), min_size=1, max_size=4).map(
    lambda files: [{start: end for start, end in said.items() if not end or end >= start} for said in files]
)


@given(_FILES)
def test_periods_never_overlap_and_saying_it_again_changes_nothing(files: list[Said]) -> None:
    now: dict[str, Period] = {}
    for said in files:
        now, refused = settle(now, said)
        assert settle(now, said) == (now, refused)
        assert settle(now, dict(reversed(said.items()))) == (now, refused)
        ordered = [now[start] for start in sorted(now)]
        for earlier, later in pairwise(ordered):
            assert earlier.end
            assert earlier.end < later.start
        for period in ordered:
            assert not period.stated or period.end == period.stated


@given(_FILES.map(lambda files: files[0]), st.integers(0, 6), st.randoms())
def test_a_file_without_conflicts_may_be_split_anywhere(said: Said, place: int, chance: Random) -> None:
    whole, refused = settle({}, said)
    fitting = [start for start in said if start not in refused]
    chance.shuffle(fitting)
    now: dict[str, Period] = {}
    for part in (fitting[:place], fitting[place:]):
        now, aside = settle(now, {start: said[start] for start in part})
        assert not aside
    assert now == whole
