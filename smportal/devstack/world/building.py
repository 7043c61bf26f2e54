"""Tells the story: facts, people, then six months of steps in their order under a moved clock.

Exactly once, however often it is interrupted: steps happen in transactions of a few dozen, each at an
instant of its own, and every one leaves its instant in the audit trail. Telling it again goes on after
the last instant there. What leaves no trace there (a draft) may be done twice without harm.
"""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction
from django.db.models import Max

from messaging.alarms.watching import watch
from messaging.library import loading as library
from messaging.models import Obligation
from messaging.notifications.actions import expire_pending
from messaging.response.actions import sweep
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack.world import feeds
from smportal.devstack.world.accounts import make_staff, make_veteran
from smportal.devstack.world.acting import MARK, Acting
from smportal.devstack.world.plan import Plan
from smportal.devstack.world.script import Script, Step
from smportal.devstack.world.timeline import MINUTE, SPAN

# Steps in one transaction: fewer waits for the disk, and little to do again after an interruption.
TOGETHER = 40

Tell = Callable[[str], None]


def build(plan: Plan, *, tell: Tell) -> bool:
    """Make the world, or finish it; return False when it was complete already.

    Raises WorldProblem when a feed's row was set aside.
    """
    if feeds.is_loaded(feeds.last_file(plan)):
        return False
    story = _Story(plan, tell)
    story.facts()
    story.people()
    story.history()
    return True


@dataclass(frozen=True, slots=True)
class _News:
    """A feed file that arrives during the story."""

    at: dt.datetime
    file: feeds.File


class _Story:
    def __init__(self, plan: Plan, tell: Tell) -> None:
        self._plan = plan
        self._tell = tell
        # Of an interrupted telling the first load still says when the story began.
        began = feeds.first_loaded_at(feeds.first_files(plan, [], clock.now())[0])
        self._start = began or clock.now().replace(second=0, microsecond=0) - SPAN
        self._now = self._start + SPAN
        mine = AuditEvent.objects.filter(request_id=MARK, occurred_at__lte=self._now)
        # None until the first step: then facts and people are there.
        self._told: dt.datetime | None = mine.aggregate(last=Max("occurred_at"))["last"] if began else None

    def facts(self) -> None:
        """Load what was true when the story began."""
        if self._told:
            return
        with clock.at(self._start):
            for kind, content in feeds.first_files(self._plan, self._plan.parts(), self._start):
                load = feeds.load(kind, content)
                self._tell(f"{kind}: {load.created + load.changed + load.unchanged:,} rows")
            loaded = library.load(actor=Actor.system("load_library"))
            self._tell(f"health library: {loaded.created + loaded.unchanged} rows")

    def people(self) -> None:
        """Give everybody their account, one after the other, an hour after the facts."""
        if self._told:
            return
        makers: list[Callable[[], None]] = [partial(make_staff, person) for person in self._plan.staff]
        makers += [partial(make_veteran, person) for person in self._plan.veterans]
        # Hashing a password is slow on purpose, but two can be hashed at once.
        with ThreadPoolExecutor(max_workers=2) as pool:
            made = [pool.submit(self._make, number, make) for number, make in enumerate(makers, start=60)]
            for each in made:
                each.result()
        self._tell(f"accounts: {len(makers)}")

    def _make(self, number: int, make: Callable[[], None]) -> None:
        try:
            with clock.at(self._start + number * MINUTE):
                make()
        finally:
            connection.close()

    def history(self) -> None:
        """Play the steps; news of the feeds come between them; clocks run out in their time."""
        acting = Acting()
        steps = Script(self._plan, acting, self._now).steps()
        news = [_News(self._now - ago, file) for ago, file in feeds.later_files(self._plan, self._now)]
        if self._told:
            steps = [step for step in steps if step.at > self._told]
            news = [each for each in news if each.at > self._told]
        for each in sorted(news, key=lambda one: one.at):
            self._play([step for step in steps if step.at < each.at])
            steps = [step for step in steps if step.at >= each.at]
            self._load(each.at, each.file)
            acting.forget()
        self._play(steps)
        with transaction.atomic():
            self._sweep_until(self._now)
            with clock.at(self._now):
                watch()
            expire_pending(before=self._now + MINUTE)
        self._load(self._now, feeds.last_file(self._plan))

    def _load(self, at: dt.datetime, file: feeds.File) -> None:
        with clock.at(at):
            feeds.load(*file)

    def _play(self, steps: list[Step]) -> None:
        for first in range(0, len(steps), TOGETHER):
            with transaction.atomic():
                for step in steps[first : first + TOGETHER]:
                    self._sweep_until(step.at)
                    with clock.at(step.at):
                        step.run()
                # Nobody wants an email about last spring; a demo that runs meanwhile never sees it owed.
                expire_pending(before=self._now)
        self._tell(f"history: {len(steps):,} steps")

    def _sweep_until(self, instant: dt.datetime) -> None:
        """Do what the sweep of every minute would have done up to an instant."""
        waiting = Obligation.objects.filter(ended_at__isnull=True, next_step_at__isnull=False).order_by("next_step_at")
        while (due := waiting.values_list("next_step_at", flat=True).first()) is not None and due <= instant:
            with clock.at(due):
                sweep()
