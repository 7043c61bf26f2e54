"""A queue narrowed by team, category, assignee, age and veteran: what shows, what it costs, and what its address tells."""

import datetime as dt
import uuid
from copy import copy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.matching import match_name
from eligibility.models import CareTeam, StaffMember
from messaging.inbox import queries
from messaging.inbox.desk import desk_of
from messaging.inbox.filtering import narrowing_of
from messaging.inbox.filters import Age
from messaging.inbox.queries import Queue
from messaging.inbox.state import QueueState
from messaging.models import Conversation
from smportal import clock
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import TUESDAY, make_conversation, make_obligation
from tests.signing_in import sign_in

# Wednesday, noon at the facility: 11 business hours after TUESDAY.
NOON = TUESDAY + dt.timedelta(days=1, hours=2)


@dataclass
class Desks:
    """A nurse of two teams, a colleague, and who has what."""

    teams: list[CareTeam]
    nurse: StaffMember
    colleague: StaffMember
    found: dict[str, Conversation]
    browser: Client

    def shown(self, queue: Queue = Queue.OPEN, **chosen: Any) -> set[str]:
        """Return the names of what a queue shows, which must be as many as it counts."""
        state = QueueState.of(queue.value, {name: str(value) for name, value in chosen.items()})
        with clock.at(NOON):
            desk = desk_of(factories.staff_actor(self.nurse))
            narrowing = narrowing_of(desk, state)
            view = queries.queue_view(desk.actor, queue, desk=desk, narrowing=narrowing)
            rows = {row.id for row in (*view.urgent, *view.page.rows)}
            assert queries.narrowed_count(queue, narrowing) == len(rows)
        return {name for name, conversation in self.found.items() if conversation.id in rows}

    def url(self, queue: str = "open", /, **parameters: Any) -> str:
        """Return a queue's address."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return reverse("team_queue", args=[queue]) + (f"?{query}" if query else "")


@pytest.fixture
def desks(db: None, client: Client) -> Desks:
    teams = [factories.make_team(), factories.make_team()]
    nurse, colleague = factories.make_staff(*teams), factories.make_staff(*teams)
    # An hour more than each band begins with, but for the first.
    ages = {"new": 1, "day": 10, "reminded": 19, "overdue": 28, "escalated": 46}
    found = {}
    for number, (name, hours) in enumerate(ages.items()):
        at = NOON - _back(hours)
        found[name] = make_obligation(teams[number % 2], at=at).conversation
    found["clockless"] = make_conversation(teams[0], at=NOON)
    _set(found["day"], assignee=nurse, category="medication")
    _set(found["reminded"], assignee=colleague, possibly_urgent=True)
    _set(found["overdue"], category="medication")
    assert nurse.account is not None
    sign_in(client, nurse.account)
    return Desks(teams, nurse, colleague, found, client)


def _back(hours: int) -> dt.timedelta:
    """Return how long before NOON the clock started: four hours of Wednesday, nine of each business day before it."""
    days, left = divmod(hours - 4, 9) if hours > 4 else (0, hours)
    if hours <= 4:
        return dt.timedelta(hours=hours)
    weekend = 2 if days >= 2 else 0
    return dt.timedelta(days=days + 1 + weekend, hours=left - 5)


def _set(conversation: Conversation, **fields: Any) -> None:
    Conversation.objects.filter(id=conversation.id).update(**fields)


def test_each_band_of_ages_shows_its_own_and_all_bands_together_whatever_has_a_clock(desks: Desks) -> None:
    by_band = {age: desks.shown(age=age.value) for age in Age}
    assert by_band == {
        Age.DAY: {"new"},
        Age.TWO_DAYS: {"day"},
        Age.REMINDED: {"reminded"},
        Age.OVERDUE: {"overdue"},
        Age.ESCALATED: {"escalated"},
    }
    assert desks.shown() == set(desks.found)


def test_filters_are_taken_together_and_the_possibly_urgent_keep_to_them(desks: Desks) -> None:
    first, second = desks.teams
    assert desks.shown(team=first.id) == {"new", "reminded", "escalated", "clockless"}
    assert desks.shown(category="medication") == {"day", "overdue"}
    assert desks.shown(category="medication", team=second.id) == {"day", "overdue"}
    assert desks.shown(category="medication", age="27-45") == {"overdue"}
    assert desks.shown(assignee="me") == {"day"}
    assert desks.shown(assignee=desks.colleague.id) == {"reminded"}
    assert desks.shown(assignee="nobody") == {"new", "overdue", "escalated", "clockless"}
    assert desks.shown(veteran=desks.found["overdue"].record_id) == {"overdue"}
    assert desks.shown(veteran=desks.found["overdue"].record_id, category="general") == set()
    # Where a filter says nothing, it is not one.
    assert desks.shown(Queue.MINE, assignee="nobody") == {"day"}


@pytest.mark.parametrize(
    "wrong",
    [{"team": "f"}, {"category": "surgery"}, {"assignee": "Rivera"}, {"age": "9"}, {"veteran": "Rivera"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_forged_address_is_nobody_s(desks: Desks, wrong: dict[str, str]) -> None:
    assert desks.browser.get(desks.url(**wrong)).status_code == 404


def test_what_is_somebody_else_s_is_the_same_as_nothing(desks: Desks) -> None:
    elsewhere = make_conversation()
    stranger = factories.make_staff(elsewhere.team)
    for other, made_up in (
        ({"team": elsewhere.team_id}, {"team": uuid.uuid4()}),
        ({"veteran": elsewhere.record_id}, {"veteran": uuid.uuid4()}),
        ({"assignee": stranger.id}, {"assignee": uuid.uuid4()}),
    ):
        answers = [desks.browser.get(desks.url(**each)) for each in (other, made_up)]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert not AuditEvent.objects.filter(deed="list_shown").exists()


def test_a_typed_name_leads_to_an_address_without_it(desks: Desks) -> None:
    record = desks.found["overdue"].record
    with clock.at(NOON):
        sign_in(desks.browser, desks.nurse.account)  # type: ignore[arg-type]
        answer = desks.browser.post(desks.url(), {"veteran": record.last_name, "age": "27-45"})
        assert answer.status_code == 302
        assert answer["Location"] == desks.url(age="27-45", veteran=record.id)
        page = desks.browser.get(answer["Location"]).content.decode()
    assert f"<bdi>Veteran: {record.last_name}, {record.first_name}</bdi>" in page
    assert "Filtered: 1 conversation<" in page
    event = AuditEvent.objects.get(deed="list_shown")
    assert (event.subject_id, event.details["conversations"]) == (record.id, [str(desks.found["overdue"].id)])


def test_that_a_veteran_has_nothing_in_a_queue_is_on_record_too(desks: Desks) -> None:
    record_id = desks.found["overdue"].record_id
    page = desks.browser.get(desks.url("completed", veteran=record_id)).content.decode()
    assert "Nothing matches your filters" in page
    assert desks.url("completed") in page
    assert AuditEvent.objects.get(deed="list_shown").subject_id == record_id


def test_a_name_that_several_have_asks_which_and_one_that_nobody_has_says_so(desks: Desks) -> None:
    for name in ("new", "overdue"):
        record = desks.found[name].record
        record.last_name, record.match_name = "Okafor", match_name(record.first_name, "Okafor")
        record.save()
    answer = desks.browser.post(desks.url(), {"veteran": "Okafor", "category": "medication"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert page.count('name="record"') == 2
    assert 'value="Okafor"' in page
    assert '<option value="medication" selected>' in page
    assert AuditEvent.objects.filter(deed="list_shown", object_kind="veterans").count() == 1
    chosen = desks.found["new"].record_id
    answer = desks.browser.post(desks.url(), {"veteran": "Okafor", "record": chosen})
    assert answer["Location"] == desks.url(veteran=chosen)
    answer = desks.browser.post(desks.url(), {"veteran": "Nobody"})
    assert answer.status_code == 400
    assert "No veteran of your teams has this name." in answer.content.decode()


def test_pages_and_deeds_keep_the_filters(desks: Desks) -> None:
    for _ in range(30):
        _set(make_obligation(desks.teams[0], at=NOON).conversation, category="referral")
    page = desks.browser.get(desks.url(category="referral")).content.decode()
    assert "Filtered: 30 conversations<" in page
    assert 'name="query" value="category=referral"' in page
    following = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert following.startswith(desks.url(category="referral"))
    second = desks.browser.get(following).content.decode()
    assert second.count('<li class="row ') == 5
    ids = [str(each) for each in Conversation.objects.filter(category="referral").values_list("id", flat=True)[:2]]
    posted = {"queue": "open", "query": following.partition("?")[2], "conversation": ids, "deed": "complete"}
    asked = desks.browser.post(reverse("team_selected"), posted).content.decode()
    assert following.replace("&", "&amp;") in asked
    done = desks.browser.post(reverse("team_selected"), {**posted, "outcome": "phoned", "confirmed": "1"})
    assert done["Location"] == following
    # What no page of ours has written is not followed.
    forged = desks.browser.post(
        reverse("team_selected"), {**posted, "query": "page=//evil.example", "conversation": []}
    )
    assert forged["Location"] == desks.url()


INDEXES = [
    (Queue.OPEN, {"category": "medication"}, "team_category"),
    (Queue.OPEN, {"assignee": "colleague"}, "team_assigned"),
    (Queue.OPEN, {"assignee": "me"}, "team_assigned"),
    (Queue.OPEN, {"assignee": "nobody"}, "team_unassigned"),
    (Queue.OPEN, {"age": "18-27"}, "team_queue"),
    (Queue.OPEN, {"assignee": "colleague", "category": "medication"}, "team_assigned_category"),
    (Queue.UNASSIGNED, {"category": "medication"}, "team_unassigned_category"),
    (Queue.OVERDUE, {"category": "medication"}, "team_category"),
    (Queue.URGENT, {"category": "medication"}, "team_category"),
    (Queue.MINE, {}, "team_assigned"),
    (Queue.COMPLETED, {"category": "medication"}, "team_done_category"),
    (Queue.ANSWERED, {"assignee": "colleague"}, "team_done_assigned"),
]


def test_each_filter_is_one_range_of_an_index_in_the_order_of_the_page(desks: Desks) -> None:
    """Of so few rows the planner would read all: it is kept from that, and from sorting, to see whether it can."""
    pattern = Conversation.objects.get(id=desks.found["new"].id)
    copies = []
    for number in range(600):
        pattern.pk, pattern.number = uuid.uuid4(), 9_000_000_000 + number
        pattern.seal_text("subject_sealed", "One of many")
        copies.append(copy(pattern))
    Conversation.objects.bulk_create(copies)
    with clock.at(NOON), connection.cursor() as cursor:
        desk = desk_of(factories.staff_actor(desks.nurse))
        for method in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{method} = off")
        for queue, chosen, index in INDEXES:
            wanted = {**chosen, "team": str(desks.teams[0].id)}
            if chosen.get("assignee") == "colleague":
                wanted["assignee"] = str(desks.colleague.id)
            narrowing = narrowing_of(desk, QueueState.of(queue.value, wanted))
            with CaptureQueriesContext(connection) as found:
                queries.queue_view(desk.actor, queue, desk=desk, narrowing=narrowing)
            pages = [
                each["sql"] for each in found if "ORDER BY" in each["sql"] and "messaging_conversation" in each["sql"]
            ]
            assert pages
            for statement in pages:
                cursor.execute(f"EXPLAIN {statement}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
                assert f"using {index} " in plan, (queue, chosen, plan)
                assert "Sort" not in plan, (queue, chosen, plan)
                assert "Seq Scan on messaging_conversation" not in plan
