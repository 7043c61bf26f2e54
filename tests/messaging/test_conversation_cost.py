"""What the most opened pages cost: the same statements however much they show, and not one too many."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from messaging.inbox.actions import add_note
from tests import factories
from tests.messaging.making import make_conversation
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

# Who adds to a page makes its statements fewer or puts the fact into one that is there (messaging/around.py,
# messaging/inbox/desk.py); docs/performance.md says what each costs.
# Session, account, the veteran's records; savepoint, conversation, audit row, release; around, decision, messages,
# the number to call (where neither team nor facility has one), folders.
VETERAN_BUDGET = 12
# Session, account, roles, desk; savepoint, conversation, audit row, receipts, release; around, messages,
# notes, counts, members with other teams.
STAFF_BUDGET = 14
# Session, account, roles, desk, rows, audit row, counts.
QUEUE_BUDGET = 7


def cost(account: Account, url: str, marker: str, times: int) -> list[str]:
    """Return the statements of a page that was opened before, so that its data keys are at hand."""
    browser = Client()
    sign_in(browser, account)
    assert browser.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(url).content.decode()
    assert page.count(marker) == times
    return [query["sql"] for query in asked]


def long_thread(turns: int) -> tuple[Thread, uuid.UUID]:
    thread = Thread()
    first = thread.send()
    for _ in range(turns):
        thread.answer(first.conversation_id)
        thread.reply(first.conversation_id)
    return thread, first.conversation_id


@pytest.mark.parametrize("turns", [1, 12])
def test_a_veteran_s_conversation_takes_at_most_its_budget(db: None, turns: int) -> None:
    thread, conversation_id = long_thread(turns)
    url = reverse("mailbox_conversation", args=[conversation_id])
    asked = cost(thread.account, url, '<li class="entry', 2 * turns + 1)
    assert len(asked) <= VETERAN_BUDGET, "\n".join(asked)


@pytest.mark.parametrize("turns", [1, 12])
def test_a_team_s_conversation_takes_at_most_its_budget(db: None, turns: int) -> None:
    thread, conversation_id = long_thread(turns)
    colleague = factories.make_staff(thread.team)
    factories.make_absence(colleague, thread.nurse, thread.team)
    nurse = factories.staff_actor(thread.nurse)
    for _ in range(turns):
        add_note(actor=nurse, conversation_id=conversation_id, draft_id=uuid.uuid4(), body="Call on Monday.")
    url = reverse("team_conversation", args=[conversation_id])
    account = thread.nurse.account
    assert account is not None
    asked = cost(account, url, '<li class="entry', 3 * turns + 1)
    assert len(asked) <= STAFF_BUDGET, "\n".join(asked)


@pytest.mark.parametrize("rows", [1, 12])
def test_a_queue_takes_at_most_its_budget(db: None, rows: int) -> None:
    teams = [factories.make_team(), factories.make_team()]
    nurse, colleague = factories.make_staff(*teams), factories.make_staff(*teams)
    factories.make_absence(colleague, nurse, *teams)
    for team in teams:
        for _ in range(rows):
            make_conversation(team)
    assert nurse.account is not None
    asked = cost(nurse.account, reverse("team_queue", args=["open"]), '<li class="row', 2 * rows)
    assert len(asked) <= QUEUE_BUDGET, "\n".join(asked)
