"""Links in a care team's answer: sent once with it, sealed, as they were; and what is refused beside its field."""

import re
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.inbox import actions as team_actions
from messaging.library import actions, cards
from messaging.models import LibraryLink, LibraryTopic, Message
from messaging.records.plain import as_text
from messaging.records.transcript import take_copy
from smportal.audit.models import AuditEvent
from smportal.crypto.errors import UnsealError
from smportal.errors import Conflict, InvalidInput
from tests import factories
from tests.messaging.library.shelves import LIBRARIAN, make_link, make_topic, retire
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


class Desk:
    """A thread, a library of eight links, and the nurse's and the veteran's browsers."""

    def __init__(self) -> None:
        self.thread = Thread()
        self.conversation_id = self.thread.send().conversation_id
        self.topic: LibraryTopic = make_topic()
        self.links: list[LibraryLink] = [make_link(self.topic, f"page-{number}") for number in range(7)]
        self.spanish = make_link(self.topic, "page-0", language="es", title="Sobre el azúcar")
        self.nurse = factories.staff_actor(self.thread.nurse)
        self.browser, self.veteran = Client(), Client()
        assert self.thread.nurse.account is not None
        sign_in(self.browser, self.thread.nurse.account)
        sign_in(self.veteran, self.thread.account)

    def reply(self, *links: uuid.UUID, draft_id: uuid.UUID | None = None) -> Message:
        return team_actions.reply(
            actor=self.nurse,
            conversation_id=self.conversation_id,
            draft_id=draft_id or uuid.uuid4(),
            body="Please read these.",
            link_ids=links,
        )

    def post(self, **values: Any) -> Any:
        data = {"draft_id": str(uuid.uuid4()), "body": "My careful answer.", **values}
        return self.browser.post(reverse("team_reply", args=[self.conversation_id]), data)

    def page(self, browser: Client, name: str) -> str:
        return browser.get(reverse(name, args=[self.conversation_id])).content.decode()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_both_sides_see_the_cards_and_later_changes_do_not_reach_them(desk: Desk) -> None:
    first, second = desk.links[1], desk.spanish
    desk.reply(first.id, second.id)
    actions.change_link(
        actor=LIBRARIAN,
        link_id=first.id,
        topic=desk.topic,
        language="en",
        title="Another title",
        summary="Another summary",
        address="https://www.va.gov/elsewhere/",
        is_active=False,
    )
    for browser, name in ((desk.veteran, "mailbox_conversation"), (desk.browser, "team_conversation")):
        page = desk.page(browser, name)
        assert "From the health library" in page
        assert "About page-1" in page
        assert 'href="https://medlineplus.gov/page-1.html" rel="noopener noreferrer nofollow"' in page
        assert "Another title" not in page
        assert page.index("About page-1") < page.index("Sobre el azúcar")


def test_the_cards_are_sealed_and_the_database_refuses_to_change_them(desk: Desk) -> None:
    message = desk.reply(desk.links[0].id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(m)::text, m.cards_sealed FROM messaging_message m WHERE id = %s", [message.id]
        )
        row, stored = cursor.fetchone()
    for clear in (b"page-0", b"About", b"medlineplus", str(desk.links[0].id).encode(), desk.links[0].id.bytes):
        assert clear not in bytes(stored)
    assert "medlineplus" not in row
    assert str(desk.links[0].id) not in row
    assert "page-0" not in str(list(AuditEvent.objects.filter(object_id=str(message.id)).values_list("details")))
    assert str(desk.links[0].id) not in str(list(AuditEvent.objects.filter(deed="message_sent").values_list("details")))
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.filter(id=message.id).update(cards_sealed=None)


def test_cards_moved_to_another_message_do_not_open(desk: Desk) -> None:
    message, other = desk.reply(desk.links[0].id), desk.reply(desk.links[1].id)
    other.cards_sealed = message.cards_sealed
    with pytest.raises(UnsealError):
        cards.of(other)


def test_the_same_answer_twice_is_sent_once_also_when_a_link_was_retired_meanwhile(desk: Desk) -> None:
    draft_id = uuid.uuid4()
    message = desk.reply(desk.links[0].id, draft_id=draft_id)
    retire(desk.links[0])
    assert desk.reply(desk.links[0].id, draft_id=draft_id).id == message.id
    with pytest.raises(Conflict):
        desk.reply(desk.links[1].id, draft_id=draft_id)
    with pytest.raises(Conflict):
        desk.reply(draft_id=draft_id)
    assert Message.objects.filter(side="staff").count() == 1


def test_what_cannot_go_is_refused_and_nothing_is_sent(desk: Desk) -> None:
    retire(desk.links[6])
    wrong: list[tuple[list[uuid.UUID], str]] = [
        ([uuid.uuid4()], "Choose links from the health library"),
        ([desk.links[6].id, desk.links[0].id], "No longer in the health library: “About page-6”"),
        ([desk.links[0].id, desk.links[0].id], "the same link twice"),
        ([link.id for link in desk.links[:6]], "at most 5 links"),
    ]
    for link_ids, says in wrong:
        with pytest.raises(InvalidInput, match=says) as refused:
            desk.reply(*link_ids)
        assert refused.value.field == "links"
    assert not Message.objects.filter(side="staff").exists()
    assert cards.of(desk.reply(*[link.id for link in desk.links[:5]]))[4].title == "About page-4"


@pytest.mark.parametrize("case", ["unknown", "no id", "gone", "twice", "too many"])
def test_a_refused_link_is_an_error_of_its_field_and_the_text_stays(desk: Desk, case: str) -> None:
    retire(desk.links[6])
    good = desk.links[0]
    choices: dict[str, list[object]] = {
        "unknown": [good.id, uuid.uuid4()],
        "no id": [good.id, "'; DROP TABLE--"],
        "gone": [good.id, desk.links[6].id],
        "twice": [good.id, good.id],
        "too many": [link.id for link in desk.links[:6]],
    }
    response = desk.post(links=[str(each) for each in choices[case]], send="1")
    page = response.content.decode()
    assert response.status_code == 400
    assert "<title>Error: " in page
    assert 'id="id_links_error"' in page
    assert "My careful answer." in page
    assert re.search(rf'value="{good.id}" checked', page)
    assert "I have read it: send my answer as it is" not in page
    assert not Message.objects.filter(side="staff").exists()


def test_links_survive_an_error_of_the_text_and_a_crossing(desk: Desk) -> None:
    link = desk.links[0]
    empty = desk.post(links=str(link.id), body=" ", send="1")
    assert f'value="{link.id}" checked' in empty.content.decode()
    desk.thread.reply(desk.conversation_id, "One more thing.")
    crossed = desk.post(links=str(link.id), send="1", seen_until="2020-01-01T00:00:00+00:00")
    assert crossed.status_code == 409
    assert f'value="{link.id}" checked' in crossed.content.decode()
    assert desk.post(links=str(link.id), anyway="1").status_code == 302
    message = Message.objects.get(side="staff")
    assert [card.id for card in cards.of(message)] == [str(link.id)]


def test_without_scripts_looking_into_the_library_keeps_the_text_and_sends_nothing(desk: Desk) -> None:
    opened = desk.post(library="1")
    assert opened.status_code == 200
    assert "My careful answer." in opened.content.decode()
    assert "Find links" in opened.content.decode()
    found = desk.post(library="find", library_words="page-3", links=str(desk.links[5].id)).content.decode()
    assert f'value="{desk.links[3].id}"' in found
    assert f'value="{desk.links[3].id}" checked' not in found
    assert f'value="{desk.links[5].id}" checked' in found
    assert "My careful answer." in found
    by_topic = desk.post(library="find", library_topic=str(desk.topic.id)).content.decode()
    assert "8 found" in by_topic
    assert "Nothing found" in desk.post(library="find", library_words="zebra").content.decode()
    assert "Enter at least one letter or number" in desk.post(library="find", library_words="!!").content.decode()
    # The Enter key, with both lists open: each has looked.
    both = desk.post(look="1", library_words="page-3", template_words="zebra").content.decode()
    assert f'value="{desk.links[3].id}"' in both
    assert 'value="zebra"' in both
    first_button = both[both.index('enctype="multipart/form-data"') :].partition('type="submit"')[2]
    assert first_button.startswith(' name="look"')
    assert not Message.objects.filter(side="staff").exists()


def test_the_veterans_language_comes_first(desk: Desk) -> None:
    url = reverse("team_library", args=[desk.conversation_id])
    page = desk.browser.post(url, {"library": "find", "library_topic": str(desk.topic.id)}).content.decode()
    assert page.index("About page-0") < page.index("Sobre el azúcar")
    desk.thread.account.language = "es"
    desk.thread.account.save(update_fields=["language"])
    page = desk.browser.post(url, {"library": "find", "library_topic": str(desk.topic.id)}).content.decode()
    assert "The veteran reads Spanish" in page
    assert page.index("Sobre el azúcar") < page.index("About page-0")


def test_the_list_is_only_for_the_conversations_of_ones_own_teams(desk: Desk) -> None:
    url = reverse("team_library", args=[desk.conversation_id])
    stranger = Client()
    outsider = factories.make_staff(factories.make_team()).account
    assert outsider is not None
    sign_in(stranger, outsider)
    assert stranger.post(url, {"library": "1"}).status_code == 404
    assert desk.veteran.post(url, {"library": "1"}).status_code == 404


def test_a_conversation_without_cards_costs_no_further_statement(desk: Desk) -> None:
    def statements(browser: Client, name: str) -> int:
        browser.get(reverse(name, args=[desk.conversation_id]))
        with CaptureQueriesContext(
            connection,
        ) as taken:
            browser.get(reverse(name, args=[desk.conversation_id]))
        return len(taken)

    desk.reply()
    pages = ((desk.veteran, "mailbox_conversation"), (desk.browser, "team_conversation"))
    before = [statements(browser, name) for browser, name in pages]
    desk.reply(desk.links[0].id, desk.links[1].id)
    assert [statements(browser, name) for browser, name in pages] == before
    with CaptureQueriesContext(connection) as taken:
        desk.page(desk.browser, "team_conversation")
    assert not [each for each in taken.captured_queries if "messaging_library" in each["sql"]]


def test_a_copy_for_paper_has_title_summary_and_address(desk: Desk) -> None:
    desk.reply(desk.links[2].id)
    copy = take_copy(actor=desk.thread.veteran, conversation_id=desk.conversation_id, purpose="text")
    text = as_text(copy).decode()
    assert "From the health library:" in text
    assert "About page-2 (MedlinePlus, National Library of Medicine)" in text
    assert "What page-2 is and what helps." in text
    assert "https://medlineplus.gov/page-2.html" in text
