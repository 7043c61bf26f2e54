"""The whole world as it is planned, at several moments of the week: pure, so all of it."""

import datetime as dt
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from smportal.business_time import Calendar, business_time_between, is_business_time
from smportal.devstack.world import cast, feeds, keyrings, places
from smportal.devstack.world.acting import Acting
from smportal.devstack.world.personas import BIG_MAILBOX, VETERANS
from smportal.devstack.world.places import OWN_FACILITIES, PHONES, TEAMS, facility_rows
from smportal.devstack.world.plan import Plan
from smportal.devstack.world.script import Script
from smportal.devstack.world.staff import EVERYBODY
from smportal.devstack.world.texts import FOLDER, exchanges
from smportal.devstack.world.threads import MARGIN, Thread, Threads

HOUR = dt.timedelta(hours=1)
# Monday before dawn, Wednesday at noon in the East, Friday evening, Sunday, after New Year.
MOMENTS = [
    dt.datetime(2026, 11, 23, 2, 5, tzinfo=dt.UTC),
    dt.datetime(2026, 7, 15, 16, tzinfo=dt.UTC),
    dt.datetime(2027, 3, 6, 1, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 9, 6, 12, tzinfo=dt.UTC),
    dt.datetime(2027, 1, 2, 9, tzinfo=dt.UTC),
]
FILES = [path for path in Path(places.__file__).parent.rglob("*") if path.suffix in {".csv", ".json", ".py"}]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan()


def waited(thread: Thread, calendar: Calendar, now: dt.datetime) -> dt.timedelta:
    """Business time since the clock started: the first of the veteran's messages after the last answer."""
    answers = [entry.at for entry in thread.entries if entry.author is not None and not entry.is_note]
    after = max(answers, default=thread.entries[0].at)
    start = min(entry.at for entry in thread.entries if entry.author is None and entry.at >= after)
    return business_time_between(start, now, calendar)


def test_everything_that_was_written_is_told_once(plan: Plan) -> None:
    parts = Counter(part.key for part in plan.parts())
    assert max(parts.values()) == 1
    assert {each.key for each in exchanges()} <= set(parts)
    assert sum(part.veteran.key == BIG_MAILBOX for part in plan.parts()) >= 300
    assert len(exchanges()) >= 80
    assert 380 <= len(parts) <= 420


def test_texts_fit_their_veterans(plan: Plan) -> None:
    for part in plan.parts():
        person, text = part.veteran, part.exchange
        assert text.sex in {"any", person.sex}, part.key
        assert text.era == "any" or text.era in person.eras, part.key
        assert text.language == "en" or person.spanish, part.key
        assert person.writes, part.key
        assert part.team in plan.teams_of(person, plan.parts()), part.key


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_the_story_ends_before_now(plan: Plan, now: dt.datetime) -> None:
    steps = Script(plan, Acting(), now).steps()
    instants = [step.at for step in steps]
    assert instants == sorted(set(instants))
    assert instants[0] > now - dt.timedelta(days=189)
    assert instants[-1] < now
    assert [step.at for step in Script(plan, Acting(), now).steps()] == instants, "the same every time"


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_open_conversations_wait_as_long_as_their_text_says(plan: Plan, now: dt.datetime) -> None:
    threads = Threads(plan, now)
    open_ones = [thread for thread in threads.all() if thread.part.exchange.is_open]
    assert Counter(thread.ends for thread in open_ones)["overdue"] >= 8
    escalated = 0
    for thread in open_ones:
        hours = waited(thread, threads.calendar(thread.part.team), now) / HOUR
        assert (hours > 27) == (thread.ends == "overdue"), (thread.key, hours)
        escalated += hours > 45
    assert escalated >= 2


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_urgent_ones_are_sent_while_the_team_is_there(plan: Plan, now: dt.datetime) -> None:
    threads = Threads(plan, now)
    for thread in threads.all():
        assert all(a.at < b.at for a, b in itertools.pairwise(thread.entries)), thread.key
        assert thread.entries[-1].at < now - MARGIN
        if thread.part.exchange.urgent:
            assert is_business_time(thread.entries[0].at, threads.calendar(thread.part.team)), thread.key


def test_no_placeholder_is_left(plan: Plan) -> None:
    for thread in Threads(plan, MOMENTS[0]).all():
        for entry in thread.entries:
            assert not re.search(r"\{\w+\}|Mr\. *[,:\n]|Hello +,", entry.body), thread.key


def test_every_kind_of_care_and_five_zones(plan: Plan) -> None:
    written = {part.exchange.care_type for part in plan.parts()}
    assert written == {team.care_type for team in TEAMS}
    zones = {row["station_number"]: row["time_zone"] for row in plan.facilities}
    assert len({zones[station] for station in PHONES}) == 5
    per_station = Counter(team.station for team in TEAMS)
    assert set(per_station) == set(PHONES)
    assert min(per_station.values()) >= 2


def test_the_cast() -> None:
    assert len(VETERANS) == 30
    assert sum(bool(person.role) for person in EVERYBODY) == 25
    roles = {person.role for person in EVERYBODY}
    assert roles >= {"provider", "nurse", "pharmacist", "clerk", "social_worker", "psychologist"}
    codes = {team.code for team in TEAMS}
    for member in EVERYBODY:
        assert set(member.teams) <= codes, member.key
        assert set(member.leads) <= set(member.teams), member.key
    assert {(person.kind, person.level) for person in VETERANS} == {
        *(("mhv", level) for level in ("basic", "advanced", "premium")),
        *(("dslogon", level) for level in ("1", "2")),
        *(("idme", level) for level in ("loa1", "loa3")),
        *(("logingov", level) for level in ("ial1", "ial2")),
    }


def test_people_as_json() -> None:
    people = json.loads(cast.as_json())
    assert len(people) == len(VETERANS) + len(EVERYBODY)
    for person in people:
        assert set(person) == {"name", "role", "sign_in", "username", "password", "totp_secret", "shows"}
        assert bool(person["password"]) != ("then this name" in person["shows"]), person["name"]
        assert not person["password"] or len(person["password"]) >= 15
    passwords = [person["password"] for person in people if person["password"]]
    assert len(set(passwords)) == len(passwords)
    assert keyrings.password("denise.kowalski") == "sunny-anchor-basket-67", "documented; people know it by heart"


def test_nothing_is_real() -> None:
    """Phone numbers are 555-01xx, mail goes nowhere, SSNs and ICNs are of nobody."""
    allowed = {"800-273-8255"}
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        for number in re.findall(r"(?<!\d)\d{3}[-. ]\d{3}[-. ]\d{4}(?!\d)", text):
            assert re.fullmatch(r"\d{3}-555-01\d\d", number) or number in allowed, (path.name, number)
        for address in re.findall(r"[\w.]+@[\w.]+\.\w+", text):
            assert address.endswith(".test"), (path.name, address)
    assert FOLDER.is_dir()
    for person in VETERANS:
        assert re.fullmatch(r"9\d{8}", person.ssn), person.key
        assert person.email.endswith("@example.test")
    assert len({person.ssn for person in VETERANS}) == len({person.icn for person in VETERANS}) == 30


def test_our_own_facilities_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "ALL_FACILITIES", tmp_path / "none.csv")
    rows = {row["station_number"]: row for row in facility_rows()}
    assert OWN_FACILITIES.exists()
    assert 18 <= len(rows) <= 25
    assert set(PHONES) <= set(rows)
    assert all(row["parent_station"] in rows for row in rows.values())


def test_the_last_file_says_what_the_first_said(plan: Plan) -> None:
    files = dict(feeds.first_files(plan, plan.parts(), MOMENTS[0]))
    kind, last = feeds.last_file(plan)
    assert sorted(last.splitlines()) == sorted(files[kind].splitlines())
    assert last != files[kind]
