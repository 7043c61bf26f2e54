"""The people, teams and calendar that random deeds are done with, and what is asked after each of them."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from messaging.models import Conversation, Obligation
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import DomainError
from tests import factories
from tests.messaging.response.expected import MINUTE, STEPS, Thread, after

FRIDAY = dt.datetime(2026, 2, 13, 19, 30, tzinfo=dt.UTC)
A, B = 0, 1
LEAD, NURSE, BOTH, HEART = range(4)


class World:
    """Two teams of one facility: the first has a lead and a nurse, the other one person, and somebody is in both."""

    def __init__(self) -> None:
        self.now, self.zone = FRIDAY, "America/New_York"
        # Days closed, by the closure's id.
        self.closed: dict[int, dt.date] = {}
        with clock.at(self.now):
            account, _, team = factories.make_eligible_veteran()
            other = factories.make_team(team.facility)
            factories.participate(factories.make_staff(other), other)
            self.staff = [factories.make_staff(*teams) for teams in ([team], [team], [team, other], [other])]
        self.veteran, self.teams = factories.actor_for(account), [team, other]
        self.actors = [factories.staff_actor(one) for one in self.staff]
        self.administrator = factories.actor_for(factories.make_administrator(team.facility))
        self.members = {A: {LEAD, NURSE, BOTH}, B: {BOTH, HEART}}
        self.active = {LEAD, NURSE, BOTH, HEART}
        # Which absence, its first and last day, and who stands in, by team.
        self.away: dict[int, tuple[uuid.UUID, dt.date, dt.date, dict[int, int]]] = {}
        self.threads: list[Thread] = []
        # What was done, in its order: shown when something is wrong.
        self.told: list[str] = []

    def attempt(self, what: str, act: Callable[[], Any], *, allowed: bool = True) -> Any:
        """Do it a minute later; what is not allowed is refused with a reason."""
        self.now += MINUTE
        self.told.append(what if allowed else f"{what}: refused")
        with clock.at(self.now):
            if allowed:
                return act()
            with pytest.raises(DomainError), transaction.atomic():
                act()
        return None

    def check(self) -> None:
        found = Conversation.objects.in_bulk([one.id for one in self.threads])
        clocks = list(Obligation.objects.filter(conversation__in=found).order_by("started_at"))
        trail = list(AuditEvent.objects.filter(object_id__in=[str(one) for one in found]).order_by("id"))
        for thread in self.threads:
            row = found[thread.id]
            assignee = None if thread.assignee is None else self.staff[thread.assignee].id
            assert (row.state, row.assignee_id, row.team_id) == (thread.state, assignee, self.teams[thread.team].id)
            self.check_clocks(thread, row, [one for one in clocks if one.conversation_id == row.id])
            self.check_trail(row, [event for event in trail if event.object_id == str(row.id)])

    def check_clocks(self, thread: Thread, row: Conversation, clocks: list[Obligation]) -> None:
        start, stopped = thread.clocks()
        counted = [one for one in clocks if one.end != "joined"]
        assert [(one.started_at, one.end, one.ended_at) for one in counted if one.ended_at] == stopped
        running = [one for one in clocks if one.ended_at is None]
        assert [one.started_at for one in running] == ([start] if start else [])
        assert row.due_at == (running[0].due_at if running else None)
        for one in running:
            expected = [after(one.started_at, hours, self.zone, self.closures) for hours in STEPS.values()]
            assert [one.remind_at, one.due_at, one.escalate_at] == expected
            steps = {"reminded": one.reminded_at, "overdue": one.overdue_at, "escalated": one.escalated_at}
            assert {name for name, at in steps.items() if at} == thread.taken.get(one.started_at, set())

    def check_trail(self, row: Conversation, trail: list[AuditEvent]) -> None:
        """The audit trail alone tells where the conversation stands."""
        state, assignee = "new", None
        for event in trail:
            if event.deed == "state_changed":
                assert event.details["from"] == state
                state = event.details["to"]
            elif event.deed == "assigned":
                assert event.details["from"] == assignee
                assignee = event.details["to"]
            elif event.deed == "handed_over":
                assert event.details.get("assignee") == assignee
                assignee = None
        assert (state, assignee) == (row.state, str(row.assignee_id) if row.assignee_id else None)

    def check_steps_once(self) -> None:
        ours = [str(one.id) for one in self.threads]
        events = AuditEvent.objects.filter(deed="obligation_step", details__conversation__in=ours)
        steps = [(event.object_id, step) for event in events for step in event.details["steps"]]
        assert len(steps) == len(set(steps))

    @property
    def closures(self) -> frozenset[dt.date]:
        return frozenset(self.closed.values())

    @property
    def today(self) -> dt.date:
        return (self.now + MINUTE).astimezone(ZoneInfo(self.zone)).date()

    def is_away(self, who: int) -> bool:
        return who in self.away and self.away[who][1] <= self.today <= self.away[who][2]

    def acting(self, team: int, who: int) -> int | None:
        seen: set[int] = set()
        current: int | None = who
        while current is not None and self.is_away(current) and current not in seen:
            seen.add(current)
            current = self.away[current][3].get(team)
            current = current if current in self.members[team] else None
        return None if current in seen else current
