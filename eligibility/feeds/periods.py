"""Which periods of one subject stand together, and where each ends. Pure.

Dates are texts YYYY-MM-DD, both ends inclusive; "" is an open end. Starts are unique in a subject.
Rules (domain rules, section 10): periods may not overlap, except that a new open period closes the
earlier open one on the day before.
"""

import datetime as dt
from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`stated` is the end that a feed said, `end` the one in force: never later than `stated`."""

    start: str
    stated: str = ""
    end: str = ""


def settle(stored: Mapping[str, Period], said: Mapping[str, str]) -> tuple[dict[str, Period], set[str]]:
    """Return the subject's periods after a file said these ends, by start, and the starts set aside.

    `said` is start to stated end. The result does not depend on the order of `said`, and saying the
    same again changes nothing: corrections are judged from the last to the first, since each depends
    only on the next; then new periods from the first to the last.
    """
    now = dict(stored)
    starts = sorted(stored)
    refused = set()
    for start in sorted(said.keys() & stored.keys(), reverse=True):
        corrected = Period(start, said[start], said[start])
        if said[start] == stored[start].stated:
            continue
        place = bisect_left(starts, start)
        following = now[starts[place + 1]] if place + 1 < len(starts) else None
        if following and not _may_follow(corrected, following):
            refused.add(start)
        else:
            now[start] = corrected
    for start in sorted(said.keys() - stored.keys()):
        new = Period(start, said[start], said[start])
        place = bisect_left(starts, start)
        before = now[starts[place - 1]] if place else None
        following = now[starts[place]] if place < len(starts) else None
        if (before and not _may_follow(before, new)) or (following and not _may_follow(new, following)):
            refused.add(start)
        else:
            now[start] = new
            insort(starts, start)
    return _closed(now, starts), refused


def _may_follow(before: Period, after: Period) -> bool:
    if before.end and before.end < after.start:
        return True
    # Both open: the later one closes the earlier one.
    return not before.stated and not after.stated


def _closed(periods: Mapping[str, Period], starts: list[str]) -> dict[str, Period]:
    """Give each open period that another follows its end: the day before. Ends only ever come earlier."""
    closed = dict(periods)
    for start, following in pairwise(starts):
        period = periods[start]
        if not period.end or period.end >= following:
            closed[start] = Period(start, period.stated, _day_before(following))
    return closed


def _day_before(date: str) -> str:
    return (dt.date.fromisoformat(date) - dt.timedelta(days=1)).isoformat()
