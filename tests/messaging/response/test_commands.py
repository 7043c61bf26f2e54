"""The two commands that other systems rely on (domain rules, section 10)."""

import datetime as dt
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from messaging.models import Closure
from smportal import clock
from tests import factories
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.making import TUESDAY, make_obligation

ROOT = Path(__file__).parents[3]


@pytest.fixture
def facility() -> object:
    return factories.make_facility("589A4")


def run(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue().splitlines()


@pytest.mark.django_db
@pytest.mark.usefixtures("facility")
def test_one_line_for_each_instant_in_the_facilitys_offset() -> None:
    lines = run("due_date", "589A4", "2026-03-03T10:00:00-05:00", "2026-03-06T18:00-05:00", "2026-03-03T15:00:00Z")

    # Over the change to summer time: Friday 18:00 counts from Monday 08:00 and is due Wednesday 17:00.
    assert lines == ["2026-03-06T10:00:00-05:00", "2026-03-11T17:00:00-04:00", "2026-03-06T10:00:00-05:00"]


@pytest.mark.django_db
@pytest.mark.usefixtures("facility")
def test_a_dash_reads_standard_input_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2026-03-03T10:00-05:00\n\n2026-03-04T10:00-05:00\n"))
    assert run("due_date", "589A4", "-") == ["2026-03-06T10:00:00-05:00", "2026-03-09T10:00:00-04:00"]


@pytest.mark.django_db
@pytest.mark.usefixtures("facility")
@pytest.mark.parametrize(
    "arguments",
    [
        ("589A4", "2026-03-03T10:00"),
        ("589A4", "2026-03-03T10:00-05:00", "yesterday"),
        ("589A4", ""),
        ("999ZZ", "2026-03-03T10:00-05:00"),
        ("589A4", "0001-01-01T00:00Z"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_code_2_and_no_output(arguments: tuple[str, ...]) -> None:
    output = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("due_date", *arguments, stdout=output)
    assert refused.value.returncode == 2
    assert output.getvalue() == ""


@pytest.mark.django_db
def test_closures_count(facility: object) -> None:
    day = dt.date(2026, 3, 4)
    Closure.objects.create(first_date=day, last_date=day, reason="Storm", created_at=clock.now())
    assert run("due_date", "589A4", "2026-03-03T10:00-05:00") == ["2026-03-09T10:00:00-04:00"]


@pytest.mark.django_db
def test_track_responses_says_what_it_did_and_the_second_time_nothing() -> None:
    obligation = make_obligation()
    team = obligation.conversation.team
    factories.participate(factories.make_staff(team), team)
    now = obligation.due_at.isoformat()

    assert run("track_responses", "--now", now) == ["reminded=1 overdue=1 escalated=0 notified=1"]
    assert run("track_responses", "--now", now) == ["reminded=0 overdue=0 escalated=0 notified=0"]


@pytest.mark.django_db
def test_track_responses_takes_the_applications_clock_by_default() -> None:
    obligation = make_obligation()
    with clock.at(TUESDAY):
        # Nobody is in the team: an alarm, once.
        assert run("track_responses") == [
            "alarms=1 mended=0 notified=0",
            "reminded=0 overdue=0 escalated=0 notified=0",
        ]
    with clock.at(obligation.escalate_at):
        assert run("track_responses") == ["reminded=1 overdue=1 escalated=1 notified=0"]


@pytest.mark.django_db
def test_track_responses_refuses_an_instant_without_an_offset() -> None:
    with pytest.raises(CommandError, match="offset"):
        run("track_responses", "--now", "2026-03-03T10:00")


@pytest.mark.parametrize(
    ("arguments", "lines", "code"),
    [
        (["due_date", "663", "-"], ["2026-03-06T10:00:00-08:00", "2026-03-11T17:00:00-07:00"], 0),
        (["due_date", "663", "2026-03-03T10:00"], [], 2),
        (["due_date", "no such", "2026-03-03T10:00Z"], [], 2),
        (["track_responses", "--now", "tomorrow"], [], 2),
        (["track_responses"], ["reminded=0 overdue=0 escalated=0 notified=0"], 0),
    ],
)
def test_as_processes_they_end_with_the_promised_codes(
    committed_db: CommittedDatabase, arguments: list[str], lines: list[str], code: int
) -> None:
    factories.make_facility("663", time_zone="America/Los_Angeles")
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=committed_db.environment,
        input="2026-03-03T10:00-08:00\n2026-03-06T18:00-08:00\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout.splitlines()) == (code, lines), done.stderr
    assert len(done.stderr.splitlines()) == 0 or code
    assert "Traceback" not in done.stderr
