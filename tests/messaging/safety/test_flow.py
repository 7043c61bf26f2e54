"""The choice before a send, over HTTP: asked once, nothing lost, nothing faked, sent once."""

import html
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.mailbox.drafts import content_of
from messaging.models import Conversation, Draft, Message
from tests import factories
from tests.signing_in import sign_in

DANGER = "I have crushing chest pain.\r\nIt started an hour ago & goes to my <arm>."
CALM = "Please send the knee brace."


class Writer:
    """A veteran at the compose form and what the browser would post from the page it got."""

    def __init__(self) -> None:
        self.account, _, self.team = factories.make_eligible_veteran()
        self.browser = Client()
        sign_in(self.browser, self.account)
        self.browser.post(reverse("urgent_needs"))

    def form(self, **changes: Any) -> dict[str, Any]:
        values = {"draft_id": str(uuid.uuid4()), "version": "0", "team": str(self.team.id), "category": "general"}
        return values | {"subject": "Hello", "body": DANGER} | changes

    def post(self, form: dict[str, Any], button: str, url: str = "") -> Any:
        return self.browser.post(url or reverse("compose"), {**form, button: "1"})


@pytest.fixture
def writer(db: None) -> Writer:
    return Writer()


def hidden(page: str) -> dict[str, Any]:
    """Return what the page's form carries, as a browser would post it."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def test_a_hit_asks_and_carries_everything(writer: Writer) -> None:
    response = writer.post(writer.form(), "send")
    page = response.content.decode()
    assert response.status_code == 200
    assert 'href="tel:988"' in page
    assert 'href="tel:911"' in page
    assert 'href="sms:838255"' in page
    assert "no-store" in response.headers["Cache-Control"]
    assert not Message.objects.exists()
    assert hidden(page)["body"] == DANGER
    draft = Draft.objects.get()
    assert content_of(draft).body == DANGER.replace("\r\n", "\n")
    assert hidden(page)["version"] == str(draft.version)


def test_send_anyway_sends_once_and_marks_it(writer: Writer) -> None:
    carried = hidden(writer.post(writer.form(), "send").content.decode())
    first, second = writer.post(carried, "send_anyway"), writer.post(carried, "send_anyway")
    message = Message.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == reverse("sent_confirmation", args=[message.id])
    assert message.possibly_urgent
    assert Conversation.objects.get().possibly_urgent
    assert not Draft.objects.exists()


def test_back_button_and_send_again_after_sending_anyway_is_the_same_message(writer: Writer) -> None:
    form = writer.form()
    writer.post(hidden(writer.post(form, "send").content.decode()), "send_anyway")
    again = writer.post(form, "send")
    assert again.headers["Location"] == reverse("sent_confirmation", args=[Message.objects.get().id])


def test_going_back_shows_the_form_with_everything_and_sending_again_asks_again(writer: Writer) -> None:
    carried = hidden(writer.post(writer.form(), "send").content.decode())
    back = writer.post(carried, "go_back")
    assert back.headers["Location"] == reverse("edit_draft", args=[Draft.objects.get().id])
    page = writer.browser.get(back.headers["Location"]).content.decode()
    assert html.escape("It started an hour ago & goes to my <arm>.") in page
    assert f'name="version" value="{carried["version"]}"' in page
    assert not Message.objects.exists()
    carried = hidden(writer.post(carried, "send").content.decode())
    changed = writer.post({**carried, "body": CALM}, "send")
    assert changed.status_code == 302
    assert not Message.objects.get().possibly_urgent


@pytest.mark.parametrize("button", ["send", "send_anyway"])
def test_what_a_browser_claims_neither_sets_nor_clears_the_mark(writer: Writer, button: str) -> None:
    claim = {"possibly_urgent": "1", "urgent": "1"}
    assert writer.post(writer.form(body=CALM, **claim), button).status_code == 302
    assert not Message.objects.get().possibly_urgent
    writer.post(writer.form(possibly_urgent="", urgent="0"), "send_anyway")
    assert Message.objects.filter(possibly_urgent=True).count() == 1


def test_the_subject_is_screened(writer: Writer) -> None:
    assert writer.post(writer.form(subject="I want to die", body="See you."), "send").status_code == 200
    assert not Message.objects.exists()


def test_an_incomplete_message_shows_its_error_first(writer: Writer) -> None:
    response = writer.post(writer.form(subject=""), "send")
    assert response.status_code == 400
    assert "Enter a subject" in response.content.decode()


def test_somebody_who_may_not_send_is_told_where_help_is_and_keeps_the_text(writer: Writer) -> None:
    writer.team.participations.update(opted_in=False)
    page = writer.post(writer.form(), "send").content.decode()
    assert 'href="tel:988"' in page
    refused = writer.post(hidden(page), "send_anyway")
    assert refused.status_code == 403
    assert Draft.objects.count() == 1


def test_a_reply_asks_too_and_is_sent_once(writer: Writer) -> None:
    writer.post(writer.form(body=CALM), "send")
    conversation = Conversation.objects.get()
    url = reverse("mailbox_reply", args=[conversation.id])
    asked = writer.post({"draft_id": str(uuid.uuid4()), "version": "0", "body": DANGER}, "send", url)
    assert asked.status_code == 200
    assert Draft.objects.get().conversation_id == conversation.id
    carried = hidden(asked.content.decode())
    back = writer.post(carried, "go_back", url)
    assert back.status_code == 200
    assert "crushing chest pain" in back.content.decode()
    for _ in range(2):
        assert writer.post(carried, "send_anyway", url).status_code == 302
    assert Message.objects.filter(possibly_urgent=True).count() == 1
    conversation.refresh_from_db()
    assert conversation.possibly_urgent


def test_a_stranger_s_conversation_is_not_found(writer: Writer) -> None:
    writer.post(writer.form(body=CALM), "send")
    stranger = Writer()
    url = reverse("mailbox_reply", args=[Conversation.objects.get().id])
    form = {"draft_id": str(uuid.uuid4()), "version": "0", "body": DANGER}
    assert stranger.post(form, "send", url).status_code == 404
