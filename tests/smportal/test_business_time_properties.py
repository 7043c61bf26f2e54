"""What must hold for every instant, calendar and amount of business time."""

import os
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from smportal.business_time import (
    Calendar,
    add_business_time,
    business_time_between,
    closed_since,
    deadlines,
    is_business_time,
    next_business_moment,
    subtract_business_time,
)

EXAMPLES = settings(max_examples=5_000 if os.environ.get("FULL") else 200, deadline=None)
TICK = timedelta(microseconds=1)
ZONES = (
    *("America/New_York", "America/Los_Angeles", "America/Anchorage", "America/Phoenix"),
    *("Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago"),
    *("Asia/Manila", "Pacific/Apia", "Australia/Lord_Howe"),
)

instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31), timezones=st.sampled_from([UTC]))
amounts = st.one_of(
    st.integers(1, 60).map(lambda hours: timedelta(hours=hours)),
    st.timedeltas(TICK, timedelta(hours=60)),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[datetime, Calendar]:
    """A start, often on a full hour of the zone, and a calendar with closures around it."""
    start = draw(instants)
    if draw(st.booleans()):
        start = start.replace(minute=0, second=0, microsecond=0)
    offsets = draw(st.lists(st.tuples(st.integers(-3, 20), st.integers(0, 9)), max_size=3))
    closed: list[tuple[date, date]] = []
    for offset, length in offsets:
        first = start.date() + timedelta(days=offset)
        closed.append((first, first + timedelta(days=length)))
    return start, Calendar(draw(st.sampled_from(ZONES)), closed)


@EXAMPLES
@given(cases(), amounts)
def test_what_was_added_is_what_lies_between(case: tuple[datetime, Calendar], amount: timedelta) -> None:
    start, calendar = case
    end = add_business_time(start, amount, calendar)
    assert business_time_between(start, end, calendar) == amount
    # And it is the earliest such instant: a tick before, a tick is missing.
    assert business_time_between(start, end - TICK, calendar) == amount - TICK


@EXAMPLES
@given(cases(), amounts)
def test_a_deadline_is_within_business_hours_or_at_closing(case: tuple[datetime, Calendar], amount: timedelta) -> None:
    start, calendar = case
    end = add_business_time(start, amount, calendar)
    assert is_business_time(end - TICK, calendar)
    wall = end.astimezone(calendar.zone)
    # Never at an opening instant, whatever the amount.
    assert time(8) < wall.time() <= time(17)
    assert wall.weekday() < 5
    assert calendar.closed_through(wall.date()) is None


@EXAMPLES
@given(cases(), st.timedeltas(timedelta(0), timedelta(days=10)), amounts)
def test_a_later_start_is_never_due_earlier(
    case: tuple[datetime, Calendar], later: timedelta, amount: timedelta
) -> None:
    start, calendar = case
    assert add_business_time(start, amount, calendar) <= add_business_time(start + later, amount, calendar)


@EXAMPLES
@given(cases(), amounts, amounts)
def test_amounts_join(case: tuple[datetime, Calendar], one: timedelta, other: timedelta) -> None:
    start, calendar = case
    middle = add_business_time(start, one, calendar)
    end = add_business_time(start, one + other, calendar)
    assert middle < end
    assert add_business_time(middle, other, calendar) == end


@EXAMPLES
@given(cases(), st.lists(st.timedeltas(timedelta(0), timedelta(days=20)), min_size=2, max_size=2))
def test_ages_join(case: tuple[datetime, Calendar], steps: list[timedelta]) -> None:
    start, calendar = case
    middle, end = start + steps[0], start + steps[0] + steps[1]
    assert business_time_between(start, end, calendar) == business_time_between(
        start, middle, calendar
    ) + business_time_between(middle, end, calendar)


@EXAMPLES
@given(cases(), amounts)
def test_counting_starts_at_the_first_business_moment(case: tuple[datetime, Calendar], amount: timedelta) -> None:
    start, calendar = case
    first = next_business_moment(start, calendar)
    assert first >= start
    assert is_business_time(first, calendar)
    assert business_time_between(start, first, calendar) == timedelta(0)
    assert next_business_moment(first, calendar) == first
    assert add_business_time(start, amount, calendar) == add_business_time(first, amount, calendar)


@EXAMPLES
@given(cases())
def test_closed_begins_where_business_time_ended_and_none_has_passed_since(case: tuple[datetime, Calendar]) -> None:
    moment, calendar = case
    since = closed_since(moment, calendar)
    assert (since is None) == is_business_time(moment, calendar)
    if since is not None:
        assert since <= moment
        assert is_business_time(since - TICK, calendar)
        assert not is_business_time(since, calendar)
        assert business_time_between(since, moment, calendar) == timedelta(0)


@EXAMPLES
@given(cases())
def test_the_three_steps_come_in_order(case: tuple[datetime, Calendar]) -> None:
    start, calendar = case
    found = deadlines(start, calendar)
    assert start < found.remind_at < found.due_at < found.escalate_at


@EXAMPLES
@given(cases(), st.integers(0, 20), amounts)
def test_a_further_closure_never_brings_a_deadline_forward(
    case: tuple[datetime, Calendar], offset: int, amount: timedelta
) -> None:
    start, calendar = case
    day = start.date() + timedelta(days=offset)
    closed = Calendar(calendar.zone, [*calendar.closed, day])
    assert add_business_time(start, amount, closed) >= add_business_time(start, amount, calendar)


@EXAMPLES
@given(cases(), amounts)
def test_time_taken_back_is_the_last_instant_from_which_as_much_passes(
    case: tuple[datetime, Calendar], amount: timedelta
) -> None:
    moment, calendar = case
    since = subtract_business_time(moment, amount, calendar)
    assert business_time_between(since, moment, calendar) == amount
    assert business_time_between(since + TICK, moment, calendar) < amount
