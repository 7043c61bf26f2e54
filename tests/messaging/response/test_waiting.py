"""A queue tells how long somebody has waited from the due instant alone: that must be what the clock itself would say."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.inbox.rows import waiting_text
from messaging.response.waiting import Waits, due_by
from smportal.business_time import Calendar, business_time_between, deadlines
from tests.smportal.test_business_time_properties import EXAMPLES, cases

passing = st.timedeltas(timedelta(0), timedelta(days=30))


@EXAMPLES
@given(cases(), st.lists(passing, min_size=1, max_size=5), passing)
def test_the_wait_is_the_business_time_since_the_clock_started(
    case: tuple[datetime, Calendar], later: list[timedelta], passed: timedelta
) -> None:
    start, calendar = case
    starts = [start + each for each in later]
    now = max(starts) + passed
    waits = Waits(calendar, now)
    # In any order, from one object: what one row was told must not change what the next one is.
    assert [waits.of(deadlines(each, calendar).due_at) for each in starts] == [
        business_time_between(each, now, calendar) for each in starts
    ]


@EXAMPLES
@given(cases(), passing, st.sampled_from((1, 9, 18, 26, 27, 28, 45, 90)))
def test_whoever_has_waited_so_long_is_due_by_that_instant_and_nobody_else(
    case: tuple[datetime, Calendar], passed: timedelta, hours: int
) -> None:
    start, calendar = case
    now = start + passed
    due_at = deadlines(start, calendar).due_at
    has_waited = business_time_between(start, now, calendar) >= timedelta(hours=hours)
    assert (due_at <= due_by(hours, now, calendar)) == has_waited


@pytest.mark.parametrize(
    ("waited", "text"),
    [
        (timedelta(minutes=59), "Under 1 business hour"),
        (timedelta(minutes=119), "1 business hour"),
        (timedelta(hours=27), "27 business hours"),
        (timedelta(hours=1_200), "1,200 business hours"),
    ],
)
def test_whole_hours_are_told(waited: timedelta, text: str) -> None:
    assert waiting_text(waited) == text
