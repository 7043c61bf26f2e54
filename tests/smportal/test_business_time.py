"""Business time against dates worked out by hand, and what it refuses."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from smportal.business_time import (
    DUE_HOURS,
    Calendar,
    CalendarRangeError,
    Span,
    add_business_time,
    business_time_between,
    deadlines,
    federal_holidays,
    format_instant,
    is_business_time,
    next_business_moment,
    parse_instant,
)

NEW_YORK = "America/New_York"
CHICAGO = "America/Chicago"

# What happens | zone | sent | due. Each due instant was counted off a paper calendar.
HAND_CHECKED = [
    # The two examples of the domain rules.
    ("Tuesday 10:00", NEW_YORK, "2026-03-03T10:00:00-05:00", "2026-03-06T10:00:00-05:00"),
    ("Friday evening", NEW_YORK, "2026-03-13T18:00:00-04:00", "2026-03-18T17:00:00-04:00"),
    # The opening-instant rule, and both edges of a business day.
    ("at opening", NEW_YORK, "2026-03-03T08:00:00-05:00", "2026-03-05T17:00:00-05:00"),
    ("before opening", NEW_YORK, "2026-03-03T03:00:00-05:00", "2026-03-05T17:00:00-05:00"),
    ("a second after", NEW_YORK, "2026-03-03T08:00:01-05:00", "2026-03-06T08:00:01-05:00"),
    ("a second to close", NEW_YORK, "2026-03-03T16:59:59-05:00", "2026-03-06T16:59:59-05:00"),
    ("at closing", NEW_YORK, "2026-03-03T17:00:00-05:00", "2026-03-06T17:00:00-05:00"),
    ("on a Sunday", NEW_YORK, "2026-03-15T11:00:00-04:00", "2026-03-18T17:00:00-04:00"),
    # 16:59 on the Friday before a Monday holiday: Memorial Day, and a King's birthday in Manila.
    ("Fri 16:59 holiday", NEW_YORK, "2026-05-22T16:59:00-04:00", "2026-05-28T16:59:00-04:00"),
    ("Fri 17:00 holiday", NEW_YORK, "2026-05-22T17:00:00-04:00", "2026-05-28T17:00:00-04:00"),
    ("Manila holiday", "Asia/Manila", "2026-01-16T16:59:00+08:00", "2026-01-22T16:59:00+08:00"),
    # Clocks go forward on 2026-03-08 and back on 2026-11-01.
    ("clocks forward", NEW_YORK, "2026-03-06T12:00:00-05:00", "2026-03-11T12:00:00-04:00"),
    ("clocks back", NEW_YORK, "2026-10-30T09:30:00-04:00", "2026-11-04T09:30:00-05:00"),
    ("in the skipped hour", NEW_YORK, "2026-03-08T07:30:00Z", "2026-03-11T17:00:00-04:00"),
    # Leap days: a Tuesday, a Sunday, and the 2100 that has none.
    ("over a leap day", CHICAGO, "2028-02-28T15:00:00-06:00", "2028-03-02T15:00:00-06:00"),
    ("leap Sunday", CHICAGO, "2032-02-27T16:00:00-06:00", "2032-03-03T16:00:00-06:00"),
    ("no leap day in 2100", CHICAGO, "2100-02-26T15:00:00-06:00", "2100-03-03T15:00:00-06:00"),
    # Zones far away, without daylight saving, on the other side of the date line.
    ("Honolulu", "Pacific/Honolulu", "2026-12-24T16:00:00-10:00", "2026-12-30T16:00:00-10:00"),
    ("Honolulu by UTC", "Pacific/Honolulu", "2026-03-06T02:00:00Z", "2026-03-10T16:00:00-10:00"),
    ("Puerto Rico", "America/Puerto_Rico", "2026-01-05T10:00:00-04:00", "2026-01-08T10:00:00-04:00"),
    ("Guam, UTC Sunday", "Pacific/Guam", "2026-03-01T23:00:00Z", "2026-03-05T09:00:00+10:00"),
    ("Guam, July 3", "Pacific/Guam", "2026-07-03T10:30:00+10:00", "2026-07-08T17:00:00+10:00"),
    ("Good Friday", "Asia/Manila", "2026-04-01T12:00:00+08:00", "2026-04-06T12:00:00+08:00"),
    ("Pago Pago", "Pacific/Pago_Pago", "2026-03-02T20:00:00Z", "2026-03-05T09:00:00-11:00"),
    # Observed dates: July 4 on a Saturday, Christmas and New Year on Saturday, on Sunday.
    ("July 4 observed", "America/Los_Angeles", "2026-07-01T19:00:00Z", "2026-07-07T12:00:00-07:00"),
    ("Christmas Saturday", CHICAGO, "2027-12-23T10:00:00-06:00", "2027-12-29T10:00:00-06:00"),
    ("New Year Saturday", CHICAGO, "2027-12-30T10:00:00-06:00", "2028-01-05T10:00:00-06:00"),
    ("Christmas Sunday", CHICAGO, "2022-12-23T16:00:00-06:00", "2022-12-29T16:00:00-06:00"),
    ("New Year Sunday", CHICAGO, "2022-12-30T16:00:00-06:00", "2023-01-05T16:00:00-06:00"),
    ("no Juneteenth 2020", CHICAGO, "2020-06-18T10:00:00-05:00", "2020-06-23T10:00:00-05:00"),
    ("Juneteenth 2026", CHICAGO, "2026-06-18T10:00:00-05:00", "2026-06-24T10:00:00-05:00"),
    # Closures by executive order, days of mourning, and a half day that counts as closed.
    ("December 24, 2018", NEW_YORK, "2018-12-21T10:00:00-05:00", "2018-12-28T10:00:00-05:00"),
    ("December 5, 2018", NEW_YORK, "2018-12-04T10:00:00-05:00", "2018-12-10T10:00:00-05:00"),
    ("December 24, 2024", NEW_YORK, "2024-12-23T16:30:00-05:00", "2024-12-30T16:30:00-05:00"),
    ("January 9, 2025", NEW_YORK, "2025-01-08T16:00:00-05:00", "2025-01-14T16:00:00-05:00"),
    ("December 24-26, 2025", NEW_YORK, "2025-12-23T12:00:00-05:00", "2025-12-31T12:00:00-05:00"),
    ("half day 2015", NEW_YORK, "2015-12-23T12:00:00-05:00", "2015-12-30T12:00:00-05:00"),
    # Open: Inauguration Day binds only the capital's surroundings.
    ("January 20, 2021", NEW_YORK, "2021-01-19T10:00:00-05:00", "2021-01-22T10:00:00-05:00"),
    # Apia had no December 30 in 2011.
    ("a day that never was", "Pacific/Apia", "2011-12-29T20:00:00Z", "2012-01-05T10:00:00+14:00"),
]


@pytest.mark.parametrize(
    ("zone", "sent", "due"), [row[1:] for row in HAND_CHECKED], ids=[row[0] for row in HAND_CHECKED]
)
def test_due_instant_equals_the_hand_checked_one(zone: str, sent: str, due: str) -> None:
    calendar = Calendar(zone)
    found = add_business_time(parse_instant(sent), DUE_HOURS, calendar)
    assert format_instant(found, calendar) == due


CLOSED_WEEK = (date(2026, 3, 4), date(2026, 3, 10))


@pytest.mark.parametrize(
    ("closed", "due"),
    [
        ([date(2026, 3, 4)], "2026-03-09T10:00:00-04:00"),
        ([date(2026, 3, 7)], "2026-03-06T10:00:00-05:00"),  # a Saturday
        ([CLOSED_WEEK], "2026-03-13T10:00:00-04:00"),
        ([CLOSED_WEEK, date(2026, 3, 5), date(2026, 3, 11)], "2026-03-16T10:00:00-04:00"),
        ([date(2026, 3, 11), (date(2026, 3, 6), date(2026, 3, 10))], "2026-03-12T10:00:00-04:00"),
        ([date(2026, 3, 3)], "2026-03-06T17:00:00-05:00"),  # the day of sending
        ([(date(2026, 3, 3), date(2125, 12, 31))], "2126-01-04T17:00:00-05:00"),
    ],
)
def test_closures_are_whole_local_dates_in_any_order(closed: list[date | Span], due: str) -> None:
    calendar = Calendar(NEW_YORK, closed)
    found = add_business_time(parse_instant("2026-03-03T10:00-05:00"), DUE_HOURS, calendar)
    assert format_instant(found, calendar) == due


@pytest.mark.parametrize(
    ("sent", "remind", "due", "escalate"),
    [
        ("2026-03-03T10:00-05:00", "2026-03-05T10:00", "2026-03-06T10:00", "2026-03-10T10:00"),
        # The opening-instant rule holds at all three steps alike.
        ("2026-03-16T08:00-04:00", "2026-03-17T17:00", "2026-03-18T17:00", "2026-03-20T17:00"),
    ],
)
def test_reminder_due_and_escalation(sent: str, remind: str, due: str, escalate: str) -> None:
    calendar = Calendar(NEW_YORK)
    found = deadlines(parse_instant(sent), calendar)
    instants = (found.remind_at, found.due_at, found.escalate_at)
    assert [format_instant(at, calendar)[:16] for at in instants] == [remind, due, escalate]


def test_answers_are_in_utc_and_exact_to_the_microsecond() -> None:
    start = datetime(2026, 3, 3, 15, 0, 0, 1, UTC)  # Tuesday 10:00 in New York
    due = add_business_time(start, DUE_HOURS, Calendar(NEW_YORK))
    assert due == datetime(2026, 3, 6, 15, 0, 0, 1, UTC)
    assert due.tzinfo is UTC
    # 08:00 and one microsecond: the deadline is no opening instant, so it stays where it falls.
    due = add_business_time(start - timedelta(hours=2), DUE_HOURS, Calendar(NEW_YORK))
    assert due == datetime(2026, 3, 6, 13, 0, 0, 1, UTC)


def test_an_amount_that_fits_into_the_day_ends_on_the_day() -> None:
    calendar, start = Calendar(NEW_YORK), parse_instant("2026-03-03T10:00-05:00")
    assert add_business_time(start, 7, calendar) == start + timedelta(hours=7)
    assert add_business_time(start, timedelta(minutes=1), calendar) == start + timedelta(minutes=1)


def test_the_offset_in_which_a_start_is_written_does_not_matter() -> None:
    calendar = Calendar(NEW_YORK)
    start = datetime(2026, 3, 6, 21, 30, tzinfo=UTC)
    elsewhere = start.astimezone(timezone(timedelta(hours=14)))
    local = start.astimezone(calendar.zone)
    assert deadlines(start, calendar) == deadlines(elsewhere, calendar)
    assert deadlines(start, calendar) == deadlines(local, calendar)


@pytest.mark.parametrize(
    ("moment", "open_now", "opens_at"),
    [
        ("2026-03-03T08:00:00-05:00", True, "2026-03-03T08:00:00-05:00"),
        ("2026-03-03T07:59:59.999999-05:00", False, "2026-03-03T08:00:00-05:00"),
        ("2026-03-03T16:59:59-05:00", True, "2026-03-03T16:59:59-05:00"),
        ("2026-03-03T17:00:00-05:00", False, "2026-03-04T08:00:00-05:00"),
        ("2026-03-07T12:00:00-05:00", False, "2026-03-09T08:00:00-04:00"),
        ("2026-07-03T12:00:00-04:00", False, "2026-07-06T08:00:00-04:00"),
    ],
)
def test_business_moments(moment: str, open_now: bool, opens_at: str) -> None:
    calendar, instant = Calendar(NEW_YORK), parse_instant(moment)
    assert is_business_time(instant, calendar) is open_now
    assert format_instant(next_business_moment(instant, calendar), calendar) == opens_at


def test_age_counts_business_hours_only_and_is_never_negative() -> None:
    calendar = Calendar(NEW_YORK)
    friday, monday = parse_instant("2026-03-06T16:00-05:00"), parse_instant("2026-03-09T09:30-04:00")
    assert business_time_between(friday, monday, calendar) == timedelta(hours=2, minutes=30)
    assert business_time_between(monday, friday, calendar) == timedelta(0)
    assert business_time_between(friday, friday - timedelta(minutes=5), calendar) == timedelta(0)
    # Closed for good: nothing passes, and that is an answer and no error.
    closed = Calendar(NEW_YORK, [(date(2026, 1, 1), date.max)])
    assert business_time_between(friday, monday, closed) == timedelta(0)


def test_naive_instants_are_refused_everywhere() -> None:
    naive, aware, calendar = datetime(2026, 3, 3, 10), datetime(2026, 3, 3, tzinfo=UTC), Calendar("UTC")
    for call in (
        lambda: add_business_time(naive, DUE_HOURS, calendar),
        lambda: deadlines(naive, calendar),
        lambda: business_time_between(naive, aware, calendar),
        lambda: business_time_between(aware, naive, calendar),
        lambda: next_business_moment(naive, calendar),
        lambda: is_business_time(naive, calendar),
        lambda: format_instant(naive, calendar),
    ):
        with pytest.raises(ValueError, match="naive"):
            call()


@pytest.mark.parametrize("hours", [0, -1, timedelta(0), timedelta(microseconds=-1)])
def test_only_time_above_zero_can_be_added(hours: int | timedelta) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        add_business_time(datetime(2026, 3, 3, tzinfo=UTC), hours, Calendar("UTC"))


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "America", "../../etc/passwd", "\0"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        Calendar(zone)


def test_impossible_closures_are_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts: 2026-03-05 to 2026-03-04"):
        Calendar(NEW_YORK, [(date(2026, 3, 5), date(2026, 3, 4))])
    with pytest.raises(TypeError, match="not of instants"):
        Calendar(NEW_YORK, [datetime(2026, 3, 5, tzinfo=UTC)])


def test_a_closure_without_an_end_is_a_clear_error_and_no_endless_search() -> None:
    start = datetime(2026, 3, 3, 15, tzinfo=UTC)
    for last in (date(2199, 12, 30), date.max):
        calendar = Calendar(NEW_YORK, [(date(2026, 3, 5), last)])
        with pytest.raises(CalendarRangeError, match="before the end of 2199"):
            add_business_time(start, DUE_HOURS, calendar)
        with pytest.raises(CalendarRangeError, match="before the end of 2199"):
            next_business_moment(start + timedelta(days=3), Calendar(NEW_YORK, [(date.min, date.max)]))


@pytest.mark.parametrize(
    "start",
    [
        datetime(1970, 12, 31, tzinfo=UTC),
        datetime(2200, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime(1971, 1, 1, tzinfo=UTC),  # still 1970 in New York
        datetime(2199, 12, 31, 15, tzinfo=UTC),
    ],
)
def test_years_outside_the_calendar_are_a_clear_error(start: datetime) -> None:
    with pytest.raises(CalendarRangeError, match=r"calendar covers|before the end"):
        add_business_time(start, DUE_HOURS, Calendar(NEW_YORK))


def test_equal_calendars_compare_and_hash_alike() -> None:
    one = Calendar(NEW_YORK, [date(2026, 3, 5), date(2026, 3, 4)])
    other = Calendar(NEW_YORK, [date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 5)])
    assert one == other
    assert hash(one) == hash(other)
    assert one != Calendar(CHICAGO, one.closed)


def test_a_new_year_that_is_observed_belongs_to_the_old_one() -> None:
    assert date(2021, 12, 31) in federal_holidays(2021)
    assert date(2100, 12, 31) in federal_holidays(2100)
    assert date(2101, 7, 4) in federal_holidays(2101)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-03T10:00-05:00", datetime(2026, 3, 3, 15, tzinfo=UTC)),
        ("2026-03-03T10:00:30Z", datetime(2026, 3, 3, 10, 0, 30, tzinfo=UTC)),
        ("2026-03-03t10:00:30z", datetime(2026, 3, 3, 10, 0, 30, tzinfo=UTC)),
        (" 2026-03-03 10:00:30+00:00\n", datetime(2026, 3, 3, 10, 0, 30, tzinfo=UTC)),
        ("2026-03-03T10:00:30.5+08:00", datetime(2026, 3, 3, 2, 0, 30, 500_000, UTC)),
        ("2026-03-03T10:00:30.123456789Z", datetime(2026, 3, 3, 10, 0, 30, 123_456, UTC)),
        ("20260303T100030+0530", datetime(2026, 3, 3, 4, 30, 30, tzinfo=UTC)),
        ("2026-03-03T10:00+14", datetime(2026, 3, 2, 20, tzinfo=UTC)),
    ],
)
def test_instants_are_read(text: str, instant: datetime) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2026-03-03T10:00:00", "offset from UTC is missing"),
        ("2026-03-03 10:00", "offset from UTC is missing"),
        ("2026-03-03", "not an ISO 8601"),
        ("", "not an ISO 8601"),
        ("now", "not an ISO 8601"),
        ("2026-W10-2T10:00Z", "not an ISO 8601"),
        ("2026-03-03T10:00 America/Denver", "not an ISO 8601"),
        ("٢٠٢٦-03-03T10:00Z", "not an ISO 8601"),
        ("2026-03-03T10:00Z\0", "not an ISO 8601"),
        ("2026-02-30T10:00Z", "no such date"),
        ("2026-03-03T25:00Z", "no such date"),
        ("2026-03-03T10:00+25:00", "no such date"),
        ("0000-03-03T10:00Z", "no such date"),
    ],
)
def test_what_is_no_instant_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_instant(text)


def test_instants_are_written_with_the_offset_of_their_own_season() -> None:
    calendar = Calendar(NEW_YORK)
    winter = datetime(2026, 1, 5, 15, 0, 59, 999_999, UTC)
    assert format_instant(winter, calendar) == "2026-01-05T10:00:59-05:00"
    assert format_instant(winter + timedelta(days=180), calendar) == "2026-07-04T11:00:59-04:00"
