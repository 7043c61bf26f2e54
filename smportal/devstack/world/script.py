"""Turns threads into steps: who reads, takes, writes and completes what, and when."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from messaging.mailbox.content import DraftContent
from smportal.business_time import Calendar
from smportal.devstack.world import absences, drafts, keeping, replying, writing_first
from smportal.devstack.world.acting import Acting
from smportal.devstack.world.personas import BIG_MAILBOX, ENDED, SAVED, STRANGER, Persona
from smportal.devstack.world.places import Team
from smportal.devstack.world.plan import Part, Plan
from smportal.devstack.world.staff import ADMINISTRATOR, StaffPersona
from smportal.devstack.world.threads import MARGIN, Thread, Threads
from smportal.devstack.world.timeline import DAY, HOUR, MINUTE, later

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that somebody does at an instant."""

    at: dt.datetime
    run: Callable[[], None]


# Who keeps what is settled in folders, and what goes where.
TIDY = frozenset({BIG_MAILBOX, "denise.kowalski"})
FOLDERS = {"medication": "My medicines", "test_result": "Test results"}


class Script:
    """All steps of a plan, in their order, each at an instant of its own."""

    def __init__(self, plan: Plan, acting: Acting, now: dt.datetime) -> None:
        self._plan = plan
        self._acting = acting
        self._now = now
        self._threads = Threads(plan, now)
        # The latest answer to everybody is still unread.
        self._unread: set[str] = set()

    def steps(self) -> list[Step]:
        """Return the steps. Their order and instants depend on the plan and on `now` alone."""
        threads = self._threads.all()
        self._unread = {
            latest.key for person in self._plan.veterans for latest in _answered(threads, person, self._now)[:1]
        }
        found = [step for thread in threads for step in self._conversation(thread)]
        found += self._drafts(threads)
        found += [Step(at, run) for at, run in keeping.steps(self._plan, self._acting, self._now)]
        found += [Step(at, run) for at, run in writing_first.steps(self._plan, self._acting, self._now)]
        found += [Step(at, run) for at, run in replying.steps(self._plan, self._acting, self._now, threads)]
        found += self._staff()
        found += self._blocks([thread.part for thread in threads])
        found += self._health_record(threads)
        found += self._reminders(threads)
        found.sort(key=lambda step: step.at)
        apart: list[Step] = []
        for step in found:
            # One after the other, so that an interrupted story knows where it was.
            at = max(step.at, apart[-1].at + SECOND) if apart else step.at
            apart.append(Step(at, step.run))
        return apart

    def _conversation(self, thread: Thread) -> Iterator[Step]:
        chance = self._plan.random(f"steps {thread.key}")
        calendar = self._threads.calendar(thread.part.team)
        yield Step(thread.entries[0].at, partial(self._acting.send, thread))
        assignee = None
        for place, entry in enumerate(thread.entries[1:], start=1):
            before = thread.entries[place - 1].at
            opened = max(before + 20 * SECOND, entry.at - chance.randint(2, 12) * MINUTE)
            yield Step(opened, partial(self._acting.read, thread, entry.author))
            if entry.author is not None and assignee is None and thread.ends != "unanswered":
                assignee, step = self._assigned(thread, entry.author, opened, chance)
                yield step
            yield Step(entry.at, partial(self._acting.write, thread, place))
        yield from self._ending(thread, assignee, calendar, chance)

    def _assigned(
        self, thread: Thread, author: StaffPersona, at: dt.datetime, chance: Random
    ) -> tuple[StaffPersona, Step]:
        """Mostly the author takes it; sometimes the triage lead gives it out."""
        team = thread.part.team
        lead = next((person for person in self._plan.members(team) if team.code in person.leads), author)
        if lead != author and chance.random() < 0.4:
            return author, Step(at + 5 * SECOND, partial(self._acting.assign, thread, lead, author))
        return author, Step(at + 5 * SECOND, partial(self._acting.take, thread, author))

    def _ending(
        self, thread: Thread, assignee: StaffPersona | None, calendar: Calendar, chance: Random
    ) -> Iterator[Step]:
        last = thread.entries[-1]
        someone = assignee or chance.choice(self._plan.members(thread.part.team))
        if thread.ends == "completed":
            done = later(last.at, chance.uniform(0.3, 3), calendar)
            yield Step(done, partial(self._acting.complete, thread, someone))
            yield from self._tidying(thread, done, chance)
        elif thread.ends == "in_progress" and assignee is None:
            yield Step(last.at + 9 * MINUTE, partial(self._acting.read, thread, someone))
            yield Step(last.at + 10 * MINUTE, partial(self._acting.take, thread, someone))
        elif thread.ends in {"unanswered", "overdue"} and chance.random() < 0.5:
            yield Step(last.at + 25 * MINUTE, partial(self._acting.read, thread, someone))
        if last.author is not None and not last.is_note and thread.key not in self._unread:
            read_at = last.at + dt.timedelta(hours=chance.uniform(0.5, 20))
            if chance.random() < 0.9 and read_at < self._now - MARGIN:
                yield Step(read_at, partial(self._acting.read, thread))

    def _tidying(self, thread: Thread, done: dt.datetime, chance: Random) -> Iterator[Step]:
        """Some veterans throw away what is settled, and some keep it in folders."""
        often = 0.05 if thread.part.veteran.key == BIG_MAILBOX else 0.12
        at = done + chance.randint(3, 9) * DAY
        if at >= self._now - DAY or thread.part.veteran.until_days:
            return
        folder = FOLDERS.get(thread.part.exchange.category, "")
        if chance.random() < often:
            yield Step(at, partial(self._acting.trash, thread))
        elif folder and thread.part.veteran.key in TIDY:
            yield Step(at, partial(self._acting.file, thread, folder))

    def _staff(self) -> Iterator[Step]:
        """The staff's own: who is away today, and the team that acknowledges messages by itself."""
        staff = {person.key: person for person in self._plan.staff}
        for leave in absences.LEAVES:
            who = staff.get(leave.person)
            if who is not None:
                run = partial(self._acting.go_away, who, leave, staff.get(leave.surrogate))
                yield Step(self._now - MARGIN / 3, run)
        team = absences.ACKNOWLEDGES
        lead = next((person for person in self._plan.staff if team in person.leads), None)
        if lead is not None:
            since = self._now - absences.ACKNOWLEDGES_SINCE_DAYS * DAY
            yield Step(since, partial(self._acting.acknowledge, lead, team))

    def _drafts(self, threads: list[Thread]) -> Iterator[Step]:
        people = {person.key: person for person in self._plan.veterans}
        for number, draft in enumerate(drafts.DRAFTS):
            person = people.get(draft.person)
            if person is None:
                continue
            at = self._now - MARGIN - draft.hours_ago * HOUR
            team = self._plan.team_for(person, draft.care_type) if draft.care_type else None
            run = partial(self._draft, person, draft, team, f"draft-{number}", threads, at)
            yield Step(at, run)

    def _draft(
        self, person: Persona, draft: drafts.Draft, team: Team | None, key: str, threads: list[Thread], at: dt.datetime
    ) -> None:
        content = DraftContent(
            self._acting.team(team.code) if team else None, draft.category, draft.subject, draft.body
        )
        if person.key == ENDED:
            self._acting.be_refused(person, key, content)
        elif not draft.is_reply:
            self._acting.keep_draft(person, key, content)
        else:
            for thread in _answered(threads, person, at)[:1]:
                self._acting.keep_draft(person, key, content, reply_to=thread.key)

    def _blocks(self, parts: list[Part]) -> Iterator[Step]:
        """Blocks come last, so that everything before them could still be written."""
        for person in self._plan.veterans:
            teams = self._plan.teams_of(person, parts)
            stations = {team.code: team.station for team in teams}
            for place in person.blocked:
                wide = sorted(set(stations.values())) if place == "*" else [place[1:]] if place[0] == "@" else []
                for station in wide or [stations[place]]:
                    by = self._administrator(station)
                    where = {"station": station} if wide else {"team": place}
                    yield Step(self._now - MARGIN / 2, partial(self._acting.block, by, person, **where))

    def _administrator(self, station: str) -> StaffPersona:
        found = {place: person for person in self._plan.staff for role, place in person.grants if role == ADMINISTRATOR}
        return found.get(station) or found[""]

    def _health_record(self, threads: list[Thread]) -> Iterator[Step]:
        """Clinics everywhere; two notes, owed to the health record: it takes one, and does not know the other's veteran.

        They are written last: a note that is older than two days is no longer sent by itself.
        """
        at = self._now - MARGIN / 4
        for station in sorted({team.station for team in self._plan.teams}):
            yield Step(at, partial(self._acting.add_clinics, self._administrator(station), station))
        for key in (SAVED, STRANGER):
            for thread, who in _with_answer(threads, key)[-1:]:
                yield Step(at + MINUTE, partial(self._acting.save_to_record, thread, who))

    def _reminders(self, threads: list[Thread]) -> Iterator[Step]:
        """Whoever answered wants to come back: one morning has come, the other is to come."""
        answered = _with_answer(threads, SAVED)
        for thread, who in answered[:1]:
            then = max(thread.entries[-1].at + HOUR, self._now - 5 * DAY)
            yield Step(then, partial(self._acting.remind, thread, who, "Has the lab called back?"))
        for thread, who in answered[1:][-1:]:
            now = self._now - MARGIN / 4
            yield Step(now, partial(self._acting.remind, thread, who, "Ask how the new dose works."))


def _with_answer(threads: list[Thread], key: str) -> list[tuple[Thread, StaffPersona]]:
    """Return a veteran's conversations that have an answer, with who wrote there last, the oldest first."""
    found = []
    for thread in sorted(threads, key=lambda each: each.entries[-1].at):
        authors = [entry.author for entry in thread.entries if entry.author]
        answered = any(entry.author and not entry.is_note for entry in thread.entries)
        if thread.part.veteran.key == key and answered:
            found.append((thread, authors[-1]))
    return found


def _answered(threads: list[Thread], person: Persona, at: dt.datetime) -> list[Thread]:
    """Return somebody's conversations that ended with an answer before `at`, the latest first."""
    mine = [each for each in threads if each.part.veteran == person and each.entries[-1].at < at]
    return sorted(
        (each for each in mine if each.ends == "answered"), key=lambda each: each.entries[-1].at, reverse=True
    )
