"""Who opened my messages: everybody of VA who did, by name and role, and nobody else's conversation."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from messaging.disclosure import disclose
from messaging.records.opened import openings
from smportal import clock
from smportal.errors import NotFound
from tests import factories
from tests.messaging.threads import DAY, TUESDAY, Thread
from tests.signing_in import sign_in


@pytest.fixture
def thread(db: None) -> Thread:
    return Thread()


def test_names_roles_and_times_the_latest_first(thread: Thread) -> None:
    with clock.at(TUESDAY):
        message = thread.send()
        disclose(actor=factories.staff_actor(thread.nurse), conversation_id=message.conversation_id)
        disclose(actor=factories.staff_actor(thread.nurse), conversation_id=message.conversation_id)
        disclose(actor=thread.veteran, conversation_id=message.conversation_id)
    clerk = factories.make_staff(thread.team, name="Carl Clerk")
    with clock.at(TUESDAY + DAY):
        disclose(actor=factories.staff_actor(clerk), conversation_id=message.conversation_id)
    found = openings(thread.veteran, message.conversation_id)
    assert [(row.name, row.role, row.when, row.how) for row in found.rows] == [
        ("Carl Clerk", "Nurse", "March 4, 2026, 10:00 a.m. EST", "Opened"),
        ("Nora Nurse", "Nurse", "March 3, 2026, 10:00 a.m. EST", "Opened"),
    ]
    assert not found.more


def test_the_page_lists_them_and_is_the_veteran_s_alone(thread: Thread) -> None:
    message = thread.send()
    disclose(actor=factories.staff_actor(thread.nurse), conversation_id=message.conversation_id)
    browser = Client()
    sign_in(browser, thread.account)
    page = browser.get(reverse("records_opened", args=[message.conversation_id])).content.decode()
    assert "Nora Nurse" in page
    assert "Knee pain" not in page
    stranger = factories.actor_for(factories.make_eligible_veteran(thread.team)[0])
    for actor in (stranger, factories.staff_actor(thread.nurse)):
        with pytest.raises(NotFound):
            openings(actor, message.conversation_id)
    with pytest.raises(NotFound):
        openings(thread.veteran, uuid.uuid4())
