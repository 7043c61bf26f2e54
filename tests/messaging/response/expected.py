"""What the domain rules (sections 5 and 6) expect of a conversation, told a second time and simply.

Shares nothing with the code it checks: business time is a list of minutes, the clocks are what comes of telling the
conversation's story again from its beginning, without the answers that were withdrawn as sent in error.
"""

import datetime as dt
import functools
import uuid
from bisect import bisect_left
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MINUTE = dt.timedelta(minutes=1)
FIRST_DAY = dt.date(2026, 2, 9)
DAYS = 200
# Presidents' Day, Memorial Day, Juneteenth, the observed Independence Day.
HOLIDAYS = {dt.date(2026, 2, 16), dt.date(2026, 5, 25), dt.date(2026, 6, 19), dt.date(2026, 7, 3)}
# The reminder, overdue, the escalation: in business hours.
STEPS = {"reminded": 18, "overdue": 27, "escalated": 45}


@functools.lru_cache
def business_minutes(zone: str, closed: frozenset[dt.date]) -> list[dt.datetime]:
    """Return every minute of business there is, by the instant at which it begins."""
    days = [FIRST_DAY + dt.timedelta(days=count) for count in range(DAYS)]
    opened = [
        dt.datetime.combine(day, dt.time(8), ZoneInfo(zone)).astimezone(dt.UTC)
        for day in days
        if day.weekday() < 5 and day not in HOLIDAYS and day not in closed
    ]
    return [instant + count * MINUTE for instant in opened for count in range(9 * 60)]


def after(start: dt.datetime, hours: int, zone: str, closed: frozenset[dt.date]) -> dt.datetime:
    """Return when so many business hours after a start are over: the end of the last of their minutes."""
    minutes = business_minutes(zone, closed)
    return minutes[bisect_left(minutes, start) + hours * 60 - 1] + MINUTE


@dataclass
class Happened:
    """One thing in a conversation's story that starts or stops a clock."""

    what: str
    at: dt.datetime
    message_id: uuid.UUID | None = None
    outcome: str = ""
    # Whether it counts: an answer until it is withdrawn, a completion while it stands or once it stopped a clock.
    counts: bool = True
    has_stopped: bool = False


@dataclass
class Thread:
    """A conversation as the rules want it."""

    id: uuid.UUID
    team: int
    last_message_at: dt.datetime
    story: list[Happened] = field(default_factory=list)
    state: str = "new"
    assignee: int | None = None
    urgent: bool = False
    # Steps taken, by the start of their clock.
    taken: dict[dt.datetime, set[str]] = field(default_factory=dict)

    def clocks(self) -> tuple[dt.datetime | None, list[tuple[dt.datetime, str, dt.datetime]]]:
        """Return the start of the open clock, and each that has stopped: start, how, when."""
        start, stopped = None, []
        for one in self.story:
            if one.what == "written":
                start = start or one.at
            elif start is not None and (one.counts or one.has_stopped):
                one.has_stopped = one.what == "handled"
                stopped.append((start, one.what, one.at))
                start = None
        return start, stopped

    @property
    def is_open(self) -> bool:
        """Whether the team has something to do."""
        return self.state in {"new", "in_progress"}

    def back_to_work(self, members: set[int]) -> None:
        """Before its assignee while that is a member, else before the team; a completion stands no longer."""
        if self.assignee not in members:
            self.assignee = None
        self.state = "new" if self.assignee is None else "in_progress"
        self.stands_no_longer()

    def stands_no_longer(self) -> None:
        """Say that what was completed is not."""
        for one in self.story:
            if one.what == "handled":
                one.counts = False

    def writes(self, at: dt.datetime, members: set[int], *, urgent: bool) -> None:
        """The veteran writes again."""
        self.back_to_work(members)
        self.story.append(Happened("written", at))
        self.last_message_at, self.urgent = at, self.urgent or urgent

    def answers(self, at: dt.datetime, message_id: uuid.UUID) -> None:
        """A member replies."""
        self.stands_no_longer()
        self.story.append(Happened("answered", at, message_id))
        self.state, self.last_message_at, self.urgent = "answered", at, False

    def completes(self, at: dt.datetime, outcome: str) -> None:
        """A member completes it."""
        self.story.append(Happened("handled", at, outcome=outcome))
        self.state, self.urgent = "completed", False

    def needs_none(self, at: dt.datetime) -> None:
        """The veteran no longer needs an answer; what may be urgent stays before the team."""
        self.story.append(Happened("withdrawn", at))
        if not self.urgent:
            self.state = "completed"

    def was_in_error(self, message_id: uuid.UUID, members: set[int]) -> None:
        """An answer is withdrawn: the story is told without it, and without a completion that rests on it."""
        answer = next(one for one in self.story if one.message_id == message_id)
        if not answer.counts:
            return
        stopped = next((start for start, how, at in self.clocks()[1] if how == "answered" and at == answer.at), None)
        had_stopped = stopped is not None
        answer.counts = False
        last = self.story[-1]
        # Another answer that the veteran can see may stop the same clock: then what was completed as answered was.
        is_answered = any(start == stopped and how == "answered" for start, how, _ in self.clocks()[1])
        if had_stopped and not is_answered and self.state == "completed" and last.outcome == "answered":
            last.counts = last.has_stopped = False
            if self.clocks()[0] is None:
                last.counts = True
        if had_stopped and self.clocks()[0] is not None and not self.is_open:
            self.back_to_work(members)
        self.taken = {start: steps for start, steps in self.taken.items() if start in self.starts()}

    def starts(self) -> set[dt.datetime]:
        """Return the starts of all clocks that are none that joined another."""
        start, stopped = self.clocks()
        return {one[0] for one in stopped} | ({start} if start else set())

    def swept(self, now: dt.datetime, zone: str, closed: frozenset[dt.date]) -> None:
        """Take each step that is owed."""
        start = self.clocks()[0]
        if start is not None:
            owed = {step for step, hours in STEPS.items() if after(start, hours, zone, closed) <= now}
            self.taken.setdefault(start, set()).update(owed)
