"""Everybody does anything in any order: no conversation ever without exactly the right clock.

Members of two teams, a veteran, an administrator, the calendar and time do what the rules allow and what they do not.
After every deed state, assignee, clocks, steps and audit trail are held against the rules told a second time
(`expected.py`). What is refused must change nothing. `FULL=1` does much more of it.
"""

import datetime as dt
import os
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from eligibility.actions import facilities, members
from messaging.absence import actions as absences
from messaging.acknowledging.actions import set_acknowledgement
from messaging.inbox import actions as inbox
from messaging.inbox import handing_over
from messaging.mailbox import actions as mailbox
from messaging.mailbox import withdrawing
from messaging.mailbox.content import DraftContent
from messaging.response.actions import add_closure, remove_closure, sweep
from messaging.sent_in_error.actions import withdraw
from tests.messaging.response.expected import MINUTE, Thread
from tests.messaging.response.world import BOTH, HEART, LEAD, NURSE, A, B, World

pytestmark = pytest.mark.django_db
FULL = bool(os.environ.get("FULL"))
SEEDS = range(300 if FULL else 5)
DEEDS_EACH = 60
MOST_THREADS = 2
PEOPLE = [LEAD, NURSE, BOTH, HEART]
ZONES = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Asia/Manila"]
WINDOW = dt.timedelta(days=45)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


class Work(World):
    """What each of them may try; what is drawn from is mostly what the rules allow."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.draw = random.Random(seed)
        self.send()

    def thread(self) -> Thread:
        return self.draw.choice(self.threads)

    def person(self) -> int:
        return self.draw.choice([LEAD, NURSE, BOTH, BOTH, BOTH, HEART])

    def team(self) -> int:
        return self.draw.choice([A, B])

    def rarely(self) -> bool:
        return self.draw.random() < 0.2

    # --- Messages ---------------------------------------------------------------------------------

    def send(self) -> None:
        if len(self.threads) == MOST_THREADS:
            return
        urgent = self.rarely()
        content = DraftContent(self.teams[A].id, "general", "Knee", "It hurts.")
        message = self.attempt(
            "send",
            lambda: mailbox.send(actor=self.veteran, draft_id=uuid.uuid4(), content=content, possibly_urgent=urgent),
        )
        thread = Thread(message.conversation_id, A, self.now, urgent=urgent)
        thread.writes(self.now, self.members[A], urgent=urgent)
        self.threads.append(thread)

    def write_again(self) -> None:
        thread, urgent = self.thread(), self.rarely()
        allowed = self.now + MINUTE - thread.last_message_at <= WINDOW
        write: dict[str, Any] = {"draft_id": uuid.uuid4(), "body": "Once more.", "possibly_urgent": urgent}
        self.attempt(
            "write",
            lambda: mailbox.reply(actor=self.veteran, conversation_id=thread.id, **write),
            allowed=allowed,
        )
        if allowed:
            thread.writes(self.now, self.members[thread.team], urgent=urgent)

    def needs_no_answer(self) -> None:
        thread = self.thread()
        runs = thread.clocks()[0] is not None
        done = self.attempt("needs none", lambda: withdrawing.withdraw(actor=self.veteran, conversation_id=thread.id))
        assert done == runs
        if runs:
            thread.needs_none(self.now)

    def answer(self) -> None:
        thread, who = self.thread(), self.person()
        allowed = who in self.members[thread.team]
        fields: dict[str, Any] = {"conversation_id": thread.id, "draft_id": uuid.uuid4(), "body": "Rest it."}
        sent = self.attempt("answer", lambda: inbox.reply(actor=self.actors[who], **fields), allowed=allowed)
        if allowed:
            thread.answers(self.now, sent.id)

    def answer_in_error(self) -> None:
        thread, who = self.thread(), self.person()
        again = self.rarely()
        answers = [one for one in thread.story if one.what == "answered" and (one.counts or again)]
        if not answers:
            return
        message_id, allowed = self.draw.choice(answers).message_id, who in self.members[thread.team]
        assert message_id is not None
        self.attempt(
            "in error",
            lambda: withdraw(actor=self.actors[who], message_id=message_id, reason="wrong_veteran"),
            allowed=allowed,
        )
        if allowed:
            thread.was_in_error(message_id, self.members[thread.team])

    def note(self) -> None:
        thread, who = self.thread(), self.person()
        fields: dict[str, Any] = {"conversation_id": thread.id, "draft_id": uuid.uuid4(), "body": "Called him."}
        allowed = who in self.members[thread.team]
        self.attempt("note", lambda: inbox.add_note(actor=self.actors[who], **fields), allowed=allowed)

    def complete(self) -> None:
        thread, who = self.thread(), self.person()
        outcome = self.draw.choice(["answered", "phoned"])
        allowed = who in self.members[thread.team] and thread.state != "completed"
        self.attempt(
            "complete",
            lambda: inbox.complete(actor=self.actors[who], conversation_id=thread.id, outcome=outcome),
            allowed=allowed,
        )
        if allowed:
            thread.completes(self.now, outcome)

    def reopen(self) -> None:
        thread, who = self.thread(), self.person()
        allowed = who in self.members[thread.team] and thread.state == "completed"
        self.attempt("reopen", lambda: inbox.reopen(actor=self.actors[who], conversation_id=thread.id), allowed=allowed)
        if allowed:
            thread.back_to_work(self.members[thread.team])

    def take(self) -> None:
        thread, who = self.thread(), self.person()
        free = thread.assignee is None or self.is_away(thread.assignee)
        allowed = who in self.members[thread.team] and (thread.assignee == who or (free and thread.is_open))
        self.attempt("take", lambda: inbox.take(actor=self.actors[who], conversation_id=thread.id), allowed=allowed)
        if allowed and thread.assignee != who:
            thread.state, thread.assignee = "in_progress", who

    def assign(self) -> None:
        thread, who, whom = self.thread(), self.person(), self.draw.choice([None, *PEOPLE])
        team = self.members[thread.team]
        reaches = whom is None or whom in (who, thread.assignee) or self.acting(thread.team, whom) is not None
        allowed = (
            who in team and (whom is None or whom in team) and (thread.assignee == whom or (thread.is_open and reaches))
        )
        self.attempt(
            "assign",
            lambda: inbox.assign(
                actor=self.actors[who],
                conversation_id=thread.id,
                staff_id=None if whom is None else self.staff[whom].id,
            ),
            allowed=allowed,
        )
        if allowed and thread.assignee != whom:
            thread.state, thread.assignee = "new" if whom is None else "in_progress", whom

    def hand_over(self) -> None:
        thread, who, team = self.thread(), self.person(), self.team()
        allowed = who in self.members[thread.team] and thread.is_open and team != thread.team
        fields: dict[str, Any] = {"conversation_id": thread.id, "team_id": self.teams[team].id, "key": uuid.uuid4()}
        self.attempt("hand over", lambda: handing_over.hand_over(actor=self.actors[who], **fields), allowed=allowed)
        if allowed:
            thread.state, thread.assignee, thread.team = "new", None, team

    # --- People, the calendar, time -----------------------------------------------------------------

    def goes_away(self) -> None:
        who, team, surrogate, days = (
            self.person(),
            self.team(),
            self.draw.choice([None, *PEOPLE]),
            self.draw.randrange(5),
        )
        named = {} if surrogate is None else {team: surrogate}
        fits = surrogate is None or (surrogate != who and {who, surrogate} <= self.members[team])
        standing = who in self.away and self.away[who][2] >= self.today
        overlaps = standing and self.away[who][1] <= self.today + days * DAY
        if standing and not overlaps:
            return
        identity, first, last = uuid.uuid4(), self.today, self.today + days * DAY
        by_team = {self.teams[each].id: self.staff[one].id for each, one in named.items()}
        fields: dict[str, Any] = {"absence_id": identity, "first_date": first, "last_date": last, "surrogates": by_team}
        allowed = who in self.active and fits and not overlaps
        self.attempt("away", lambda: absences.save_absence(actor=self.actors[who], **fields), allowed=allowed)
        if allowed:
            self.away[who] = (identity, first, last, named)

    def is_back(self) -> None:
        who = self.person()
        if who in self.away:
            absence_id = self.away.pop(who)[0]
            self.attempt("back", lambda: absences.end_absence(actor=self.actors[who], absence_id=absence_id))

    def leaves_or_joins(self) -> None:
        who, team = self.person(), self.team()
        fields: dict[str, Any] = {
            "actor": self.administrator,
            "team_id": self.teams[team].id,
            "staff_id": self.staff[who].id,
        }
        if who in self.members[team] and len(self.members[team]) > 1:
            self.attempt("leaves", lambda: members.remove_member(**fields))
            self.has_left(who, team)
        elif who in self.active - self.members[team]:
            self.attempt("joins", lambda: members.add_member(**fields))
            self.members[team].add(who)

    def is_deactivated(self) -> None:
        who = self.person()
        if who in self.active and len(self.active) > 2:
            staff_id = self.staff[who].id
            self.attempt(
                "deactivated",
                lambda: members.deactivate_staff(actor=self.administrator, staff_id=staff_id, reason="left"),
            )
            self.active.remove(who)
            for team in (A, B):
                self.has_left(who, team)

    def has_left(self, who: int, team: int) -> None:
        self.members[team].discard(who)
        for thread in self.threads:
            if thread.team == team and thread.assignee == who and thread.is_open:
                thread.state, thread.assignee = "new", None

    def acknowledges(self) -> None:
        team, when = self.team(), self.draw.choice(["off", "closed", "always"])
        texts = {"text": "It has arrived.", "text_es": "Ha llegado."}
        self.attempt(
            "acknowledges",
            lambda: set_acknowledgement(actor=self.administrator, team_id=self.teams[team].id, when=when, **texts),
        )

    def closes(self) -> None:
        days = self.draw.randrange(8)
        day, facility = self.today + days * DAY, self.teams[A].facility
        fields: dict[str, Any] = {"first_date": day, "last_date": day, "reason": "Storm"}
        closure = self.attempt("closes", lambda: add_closure(actor=self.administrator, facility=facility, **fields))
        self.closed[closure.id] = day

    def opens_after_all(self) -> None:
        if self.closed:
            closure_id = self.draw.choice(sorted(self.closed))
            self.attempt("opens", lambda: remove_closure(actor=self.administrator, closure_id=closure_id))
            del self.closed[closure_id]

    def moves_to_another_zone(self) -> None:
        zone = self.draw.choice(ZONES)
        facility_id = self.teams[A].facility_id
        fields: dict[str, Any] = {"actor": self.administrator, "facility_id": facility_id, "time_zone": zone}
        self.attempt("zone", lambda: facilities.edit_facility(**fields))
        self.zone = zone

    def time_passes(self) -> None:
        self.now += self.draw.choice([HOUR, 4 * HOUR, 9 * HOUR, DAY, 2 * DAY, 4 * DAY])
        sweeps = self.draw.randrange(3)
        if sweeps:
            for thread in self.threads:
                thread.swept(self.now + MINUTE, self.zone, self.closures)
            self.attempt("sweep", lambda: [sweep() for _ in range(sweeps)])
            self.check_steps_once()


# How often each is done, beside the others.
DEEDS: dict[Callable[[Work], None], float] = {
    Work.send: 1,
    Work.write_again: 8,
    Work.needs_no_answer: 2,
    Work.answer: 7,
    Work.answer_in_error: 5,
    Work.note: 1,
    Work.complete: 5,
    Work.reopen: 3,
    Work.take: 4,
    Work.assign: 4,
    Work.hand_over: 4,
    Work.goes_away: 3,
    Work.is_back: 1,
    Work.leaves_or_joins: 3,
    Work.is_deactivated: 0.3,
    Work.acknowledges: 1,
    Work.closes: 2,
    Work.opens_after_all: 1,
    Work.moves_to_another_zone: 1,
    Work.time_passes: 8,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_of_deeds_leaves_a_conversation_without_exactly_the_right_clock(seed: int) -> None:
    work = Work(seed)
    for deed in work.draw.choices(list(DEEDS), weights=list(DEEDS.values()), k=DEEDS_EACH):
        deed(work)
        work.check()
    assert len(work.told) > DEEDS_EACH / 2, "most of it had nothing to do"
