"""What the page of a conversation costs: the same statements however many messages it has, and not one too many."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.messaging.threads import Thread
from tests.signing_in import sign_in

# Session, account, savepoint and release, the veteran's records, conversation, audit row; draft, messages,
# openings, withdrawals, phone, decision, references, signature; the veteran's records and the folders beside it.
BUDGET = 18


@pytest.mark.parametrize("turns", [1, 12])
def test_the_page_takes_at_most_its_budget_of_statements(db: None, turns: int) -> None:
    thread = Thread()
    first = thread.send()
    for _ in range(turns):
        thread.answer(first.conversation_id)
        thread.reply(first.conversation_id)
    browser = Client()
    sign_in(browser, thread.account)
    url = reverse("mailbox_conversation", args=[first.conversation_id])
    assert browser.get(url).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(url).content.decode()
    assert page.count('<li class="entry') == 2 * turns + 1
    assert len(asked) <= BUDGET, "\n".join(query["sql"] for query in asked)
