"""Reports: what they count, whose they are, and the file that a spreadsheet opens."""

import csv
import datetime as dt
import io
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from eligibility.models import CareTeam
from messaging.inbox import actions, handing_over
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.models import Message, Obligation
from messaging.reports import queries
from messaging.reports.figures import ResponseFigures
from messaging.reports.scope import scope_of
from messaging.reports.spreadsheet import as_csv, harmless
from smportal import clock
from smportal.actor import Actor
from smportal.errors import NotFound
from tests import factories
from tests.signing_in import sign_in

# Monday, 10:00 in New York.
MONDAY = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
HOUR = dt.timedelta(hours=1)


class World:
    """A veteran who writes to a team with a lead, a nurse, and the facility's administrator."""

    def __init__(self) -> None:
        account, self.record, self.team = factories.make_eligible_veteran()
        self.veteran = factories.actor_for(account)
        self.lead_row = factories.make_staff(self.team, name="Lea Lead", leads=True)
        self.lead = factories.staff_actor(self.lead_row)
        self.nurse = factories.staff_actor(factories.make_staff(self.team, name="Nell Nurse"))
        self.administrator: Account = factories.make_administrator(self.team.facility)

    def write(self, at: dt.datetime, category: str = "general") -> Message:
        content = DraftContent(team_id=self.team.id, category=category, subject="Knee", body="It hurts.")
        with clock.at(at):
            return mailbox_actions.send(actor=self.veteran, draft_id=uuid.uuid4(), content=content)

    def answer(self, message: Message, at: dt.datetime) -> None:
        with clock.at(at):
            actions.reply(
                actor=self.nurse, conversation_id=message.conversation_id, draft_id=uuid.uuid4(), body="Please come"
            )

    def complete(self, message: Message, at: dt.datetime) -> None:
        with clock.at(at):
            actions.complete(actor=self.nurse, conversation_id=message.conversation_id, outcome="phoned")

    def report(self, actor: Actor | None = None, first: dt.date = FIRST, last: dt.date = LAST) -> queries.Report:
        return queries.report(scope_of(actor or self.lead), first, last, self.team.facility.zone)

    @property
    def figures(self) -> ResponseFigures:
        return self.report().rows[0].figures


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_business_hours_of_answers_their_median_and_their_ninetieth_percentile(world: World) -> None:
    for hours in (1, 2, 3, 4, 6):
        world.answer(world.write(MONDAY), MONDAY + hours * HOUR)
    # From Monday 16:00 to Tuesday 9:00 there are two business hours, not seventeen.
    world.answer(world.write(MONDAY + 6 * HOUR), MONDAY + 23 * HOUR)
    found = world.figures
    assert (found.answered, found.in_time, found.share_in_time) == (6, 6, 1.0)
    kept = Obligation.objects.order_by("answered_minutes").values_list("answered_minutes", flat=True)
    assert list(kept) == [60, 120, 120, 180, 240, 360]
    assert (found.median_minutes, found.ninetieth_minutes) == (150, 300)
    row = world.report().rows[0]
    assert (row.median, row.ninetieth, row.in_time) == ("2.5", "5.0", "100 %")


def test_late_answers_and_what_still_waits_past_its_time_lower_the_share(world: World) -> None:
    world.answer(world.write(MONDAY), MONDAY + HOUR)
    world.answer(world.write(MONDAY), MONDAY + dt.timedelta(days=4))
    world.write(MONDAY)
    with clock.at(MONDAY + dt.timedelta(days=5)):
        found = world.figures
        row = world.report().rows[0]
    assert (found.answered, found.in_time, found.waiting, found.late_waiting) == (2, 1, 1, 1)
    assert found.share_in_time == pytest.approx(1 / 3)
    assert (row.in_time, row.overdue_now) == ("33 %", 1)


def test_completing_without_a_reply_is_handled_and_never_answered(world: World) -> None:
    world.complete(world.write(MONDAY), MONDAY + HOUR)
    found = world.figures
    assert (found.answered, found.handled, found.median_minutes, found.share_in_time) == (0, 1, None, None)
    assert Obligation.objects.get().answered_minutes is None


def test_the_days_are_whole_days_of_the_facility(world: World) -> None:
    # 23:30 on March 31 in New York is April 1 in UTC.
    last = dt.datetime(2026, 4, 1, 3, 30, tzinfo=dt.UTC)
    world.write(last)
    world.write(last + HOUR)
    with clock.at(last + 2 * HOUR):
        assert world.report().messages == 1
        assert world.report(first=dt.date(2026, 4, 1), last=dt.date(2026, 4, 1)).messages == 1


def test_volumes_by_category_and_by_hour_at_the_facility(world: World) -> None:
    message = world.write(MONDAY, "medication")
    with clock.at(MONDAY + dt.timedelta(minutes=30)):
        mailbox_actions.reply(
            actor=world.veteran, conversation_id=message.conversation_id, draft_id=uuid.uuid4(), body="And more"
        )
    world.write(MONDAY + dt.timedelta(days=5), "general")
    # 23:30 on the Sunday on which the clocks went forward is Monday in UTC.
    world.write(dt.datetime(2026, 3, 9, 3, 30, tzinfo=dt.UTC), "medication")
    made = world.report()
    assert [(bar.label, bar.count, bar.share) for bar in made.categories[:2]] == [
        ("Medication", 3, 100),
        ("General", 1, 33),
    ]
    ten = made.hours[10]
    assert (ten.label, ten.cells[0], ten.cells[5]) == ("10 a.m.", (2, 4), (1, 2))
    eleven = made.hours[23]
    assert (eleven.label, eleven.cells[6]) == ("11 p.m.", (1, 2))
    assert sum(count for hour in made.hours for count, _ in hour.cells) == made.messages == 4


def test_what_was_handed_over_counts_for_the_team_that_has_it(world: World) -> None:
    other = factories.make_team(world.team.facility)
    factories.participate(factories.make_staff(other), other)
    message = world.write(MONDAY)
    with clock.at(MONDAY + HOUR):
        handing_over.hand_over(
            actor=world.nurse, conversation_id=message.conversation_id, team_id=other.id, key=uuid.uuid4()
        )
    rows = {row.name: row for row in world.report(factories.actor_for(world.administrator)).rows}
    assert rows[world.team.internal_name].figures.waiting == 0
    assert rows[other.internal_name].figures.waiting == 1
    assert rows[f"All of {world.team.facility.name}"].figures.waiting == 1


class TestWhoseTheyAre:
    """Leads see their teams, administrators their facilities with the stations below, others nothing."""

    def test_a_lead_sees_the_teams_led_and_no_other(self, world: World) -> None:
        factories.add_member(world.lead_row, factories.make_team(world.team.facility))
        assert [team.id for team in scope_of(world.lead).teams] == [world.team.id]

    def test_an_administrator_sees_the_facility_and_the_stations_below(self, world: World) -> None:
        clinic = factories.make_team(factories.make_facility(parent=world.team.facility))
        factories.make_team()
        actor = factories.actor_for(world.administrator)
        assert {team.id for team in scope_of(actor).teams} == {world.team.id, clinic.id}
        national = factories.actor_for(factories.make_administrator())
        assert {team.id for team in scope_of(national).teams} == set(CareTeam.objects.values_list("id", flat=True))

    @pytest.mark.parametrize("who", ["nurse", "veteran", "auditor", "former lead", "no factor"])
    def test_others_find_nothing(self, world: World, who: str) -> None:
        if who == "former lead":
            world.lead_row.memberships.update(ended_at=clock.now())
        people = {
            "nurse": world.nurse,
            "veteran": world.veteran,
            "auditor": factories.actor_for(factories.make_administrator(role="auditor")),
            "former lead": world.lead,
            "no factor": factories.actor_for(world.administrator, second_factor=False),
        }
        with pytest.raises(NotFound):
            scope_of(people[who])

    def test_somebody_elses_team_or_facility_is_not_found(self, world: World) -> None:
        foreign = factories.make_team()
        with pytest.raises(NotFound):
            scope_of(world.lead).narrowed(facility_id=None, team_id=foreign.id)
        with pytest.raises(NotFound):
            scope_of(world.lead).narrowed(facility_id=foreign.facility_id, team_id=None)


@pytest.fixture
def lead_browser(world: World, client: Client) -> Client:
    assert world.lead_row.account is not None
    sign_in(client, world.lead_row.account)
    return client


def test_many_teams_are_shown_by_facility_on_the_page_and_one_by_one_in_the_file_and_at_a_chosen_facility(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(clock.now() - 3 * HOUR)
    other = factories.make_team()
    sign_in(client, factories.make_administrator())
    assert world.team.internal_name in client.get("/reports/").content.decode().partition("<table")[2]
    monkeypatch.setattr(queries, "MOST_TEAMS", 1)
    page = client.get("/reports/").content.decode()
    shown = dict(
        re.findall(r"<th scope=\"row\"><bdi>([^<]+)</bdi>(?: \(\w+\))?</th>.*?data-label=\"Waiting\">(\d+)<", page)
    )
    assert shown == {world.team.facility.name: "1", other.facility.name: "0", "All facilities": "1"}
    assert "each line is a facility" in page
    file = client.get("/reports/response-times.csv").content.decode()
    assert {world.team.internal_name, other.internal_name} <= set(re.findall(r"^[^,]+", file, re.MULTILINE))
    chosen = client.get("/reports/", period(*_last_days(), facility=str(world.team.facility_id))).content.decode()
    assert f"<bdi>{world.team.internal_name}</bdi>" in chosen


def _last_days() -> tuple[str, str]:
    today = clock.today(dt.UTC)
    return f"{today - dt.timedelta(days=9):%Y-%m-%d}", f"{today - dt.timedelta(days=1):%Y-%m-%d}"


def period(first: str = "2026-3-1", last: str = "2026-3-31", **fields: str) -> dict[str, str]:
    for name, day in (("first", first), ("last", last)):
        fields |= dict(zip((f"{name}_year", f"{name}_month", f"{name}_day"), day.split("-"), strict=True))
    return fields


def test_the_page_shows_the_last_thirty_days_and_is_linked_for_leads(world: World, lead_browser: Client) -> None:
    world.answer(world.write(clock.now() - 3 * HOUR), clock.now() - HOUR)
    assert 'href="/reports/"' in lead_browser.get("/team/open/").content.decode()
    page = lead_browser.get("/reports/").content.decode()
    assert world.team.internal_name in page
    assert "1 message from veterans, by category" in page


def test_a_member_finds_neither_the_link_nor_the_page(world: World, client: Client) -> None:
    sign_in(client, Account.objects.get(staff_member__name="Nell Nurse"))
    assert "/reports/" not in client.get("/team/open/").content.decode()
    assert client.get("/reports/").status_code == 404
    assert client.get("/reports/response-times.csv").status_code == 404


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-3-31", "2026-3-1", "not before the first day"),
        ("2026-2-30", "2026-3-1", "Enter a real date"),
        ("1999-1-1", "2000-3-1", "2000 or later"),
        ("2026-3-1", "9999-12-31", "not in the future"),
        ("2022-3-1", "2026-3-1", "at most two years"),
    ],
)
def test_a_wrong_period_is_said_beside_its_field_and_kept(
    lead_browser: Client, first: str, last: str, said: str
) -> None:
    for path in ("/reports/", "/reports/response-times.csv"):
        answer = lead_browser.get(path, period(first, last))
        assert answer.status_code == 400
        assert said in answer.content.decode()
        assert f'value="{first.split("-")[2]}"' in answer.content.decode()


def test_a_forged_choice_is_an_error(world: World, lead_browser: Client) -> None:
    foreign = factories.make_team()
    for name, value in (("team", str(foreign.id)), ("facility", str(foreign.facility_id)), ("team", "x")):
        page = lead_browser.get("/reports/", period(**{name: value}))
        assert page.status_code == 400
        assert "from the list" in page.content.decode()


def test_the_facility_is_chosen_first_and_then_one_of_its_teams(world: World, client: Client) -> None:
    second = factories.make_team(world.team.facility)
    other = factories.make_team()
    sign_in(client, factories.make_administrator())

    def shown(**chosen: str) -> tuple[set[str], str]:
        page = client.get("/reports/", period(**chosen)).content.decode()
        return set(re.findall(r'<option value="([^"]{36})"', page)), page.partition("<table")[2].partition("</table")[0]

    here, there = str(world.team.facility_id), str(other.facility_id)
    offered, table = shown()
    assert offered == set()
    assert "choose its facility, then “Show”" in client.get("/reports/").content.decode()
    # Two teams of one name are told apart by where they are.
    for team in (world.team, second, other):
        assert re.search(
            rf"<bdi>{team.internal_name}</bdi>.*?{team.facility.name}</bdi> \({team.facility.station_number}\)", table
        )
    offered, table = shown(facility=here)
    assert offered == {str(world.team.id), str(second.id)}
    assert other.internal_name not in table
    _, table = shown(facility=here, team=str(second.id))
    assert second.internal_name in table
    assert world.team.internal_name not in table
    # A team that was chosen before another facility was is not asked for any more.
    _, table = shown(facility=there, team=str(second.id))
    assert other.internal_name in table
    assert second.internal_name not in table


def test_the_file_holds_the_table_and_no_formula(world: World, lead_browser: Client) -> None:
    CareTeam.objects.filter(id=world.team.id).update(internal_name='=HYPERLINK("http://evil.example","PACT")')
    world.answer(world.write(MONDAY), MONDAY + HOUR)
    answer = lead_browser.get("/reports/response-times.csv", period())
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="response-times.csv"'
    header, row = csv.reader(io.StringIO(answer.content.decode()))
    assert row[0] == "'" + '=HYPERLINK("http://evil.example","PACT")'
    assert dict(zip(header[1:], row[1:], strict=True)) == {
        "facility": world.team.facility.name,
        "station number": world.team.facility.station_number,
        "answered": "1",
        "answered in time": "1",
        "share in time (percent)": "100",
        "median (business hours)": "1.0",
        "90th percentile (business hours)": "1.0",
        "completed without a reply": "0",
        "no longer needed": "0",
        "waiting": "0",
        "overdue now": "0",
    }


@pytest.mark.parametrize("text", ["=1+1", " =1", "+1", "-1", "@SUM(A1)", "\t=1", "|cmd", "%x"])
def test_a_name_that_is_a_formula_becomes_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("PACT Blue 3 - a=b") == "PACT Blue 3 - a=b"


def test_a_report_over_many_teams_takes_as_many_statements_as_over_one(world: World) -> None:
    actor = factories.actor_for(world.administrator)
    world.write(MONDAY)
    with CaptureQueriesContext(connection) as few:
        as_csv(world.report(actor))
    for _ in range(5):
        factories.make_team(world.team.facility)
    with CaptureQueriesContext(connection) as many:
        as_csv(world.report(actor))
    assert len(many) == len(few)
