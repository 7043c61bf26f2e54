"""When things happen: instants around business time, counted from the present backwards. Pure."""

import datetime as dt
from random import Random

from smportal.business_time import Calendar, add_business_time, business_time_between, is_business_time

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
# History begins before the first message, so that facts and accounts are older than what rests on them.
SPAN = 190 * DAY
SIX_MONTHS = 182


def later(start: dt.datetime, hours: float, calendar: Calendar) -> dt.datetime:
    """Return the instant when so many hours of business time have passed."""
    return add_business_time(start, dt.timedelta(hours=max(hours, 0.05)), calendar)


def earlier(end: dt.datetime, hours: float, calendar: Calendar) -> dt.datetime:
    """Return an instant in business time with so many hours of business time between it and `end`."""
    wanted = dt.timedelta(hours=hours)
    low, high = end - dt.timedelta(days=12 + hours), end
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        if business_time_between(middle, end, calendar) >= wanted:
            low = middle
        else:
            high = middle
    return low.replace(microsecond=0)


def writing_moment(day: dt.date, chance: Random, calendar: Calendar) -> dt.datetime:
    """Return when somebody at home might write on a day: mostly by day, sometimes late."""
    hour = chance.choices(range(6, 23), weights=(1, 2, 4, 6, 7, 6, 5, 5, 5, 5, 4, 3, 3, 4, 4, 3, 1))[0]
    moment = dt.datetime.combine(day, dt.time(hour, chance.randrange(60), chance.randrange(60)), calendar.zone)
    return moment.astimezone(dt.UTC)


def office_morning(day: dt.date, chance: Random, calendar: Calendar) -> dt.datetime:
    """Return a moment between 8:30 and 13:00 on the first business day at or after `day`."""
    while True:
        minutes = 8 * 60 + 30 + chance.randrange(4 * 60 + 30)
        moment = dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60), calendar.zone).astimezone(dt.UTC)
        if is_business_time(moment, calendar):
            return moment
        day += DAY
