"""No way of keeping a text leaves its files or what it refers to behind: conflicts, closed teams, closed conversations."""

import uuid
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from messaging.attachments.baskets import basket_of
from messaging.attachments.queries import in_basket
from messaging.mailbox.content import DraftContent
from messaging.mailbox.continuing import copy_to_another_team
from messaging.mailbox.discarding.actions import restore_draft
from messaging.mailbox.drafts import content_of, save_draft
from messaging.models import Draft
from smportal import clock
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.threads import DAY, TUESDAY, Thread
from tests.signing_in import sign_in


@pytest.fixture
def thread(db: None, store: Path, devscan: int) -> Thread:
    return Thread()


@pytest.fixture
def browser(thread: Thread) -> Client:
    browser = Client()
    sign_in(browser, thread.account)
    return browser


def names_in(thread: Thread, draft: Draft) -> list[str]:
    return [info.name for info in in_basket(basket_of(thread.veteran, draft.id, None))]


def reply_with_file(thread: Thread, conversation_id: uuid.UUID, body: str = "My reply") -> Draft:
    draft_id = uuid.uuid4()
    making.add(thread.veteran, basket_of(thread.veteran, draft_id, conversation_id), b"list", "list.txt")
    content = DraftContent(body=body)
    draft = save_draft(
        actor=thread.veteran, draft_id=draft_id, version=0, content=content, conversation_id=conversation_id
    )
    assert draft is not None
    return draft


def form_of(draft: Draft, body: str, *, stale: bool = False, **button: str) -> dict[str, object]:
    return {"draft_id": draft.id, "version": draft.version - stale, "body": body, "subject": "Knee", **button}


@pytest.mark.parametrize(("button", "put_away"), [("use_this", "Saved elsewhere"), ("use_other", "On this page")])
def test_a_text_that_gave_way_comes_back_with_files_and_reference(
    thread: Thread, browser: Client, button: str, put_away: str
) -> None:
    message = thread.send()
    draft = copy_to_another_team(actor=thread.veteran, message_id=message.id)
    making.add(thread.veteran, basket_of(thread.veteran, draft.id, None), b"list", "list.txt")
    content = DraftContent(subject="Knee", body="Saved elsewhere")
    saved = save_draft(actor=thread.veteran, draft_id=draft.id, version=draft.version, content=content)
    assert saved is not None
    browser.post(reverse("compose"), form_of(saved, "On this page", stale=True, **{button: "1"}))
    gone = Draft.objects.get(deleted_at__isnull=False)
    restored = restore_draft(actor=thread.veteran, draft_id=gone.id)
    assert content_of(restored).body == put_away
    assert names_in(thread, restored) == ["list.txt"]
    assert (restored.continues_id, restored.copy_of_id) == (message.conversation_id, message.id)
    assert names_in(thread, saved) == ["list.txt"], "the draft that goes on keeps its own"


def test_a_reply_of_files_alone_is_kept_when_another_reply_was_begun(thread: Thread, browser: Client) -> None:
    message = thread.send()
    reply_with_file(thread, message.conversation_id, "Begun in another tab")
    here = uuid.uuid4()
    making.add(thread.veteran, basket_of(thread.veteran, here, message.conversation_id), b"scan", "scan.txt")
    form = {"draft_id": here, "version": 0, "body": "", "copy": "1"}
    browser.post(reverse("mailbox_reply", args=[message.conversation_id]), form)
    kept = Draft.objects.get(conversation=None)
    assert names_in(thread, kept) == ["scan.txt"]
    assert kept.continues_id == message.conversation_id


def test_a_reply_to_a_team_that_closed_goes_on_to_another_one_with_its_files(thread: Thread, browser: Client) -> None:
    message = thread.send()
    draft = reply_with_file(thread, message.conversation_id)
    thread.team.is_active = False
    thread.team.save()
    page = browser.get(reverse("mailbox_conversation", args=[message.conversation_id])).content.decode()
    assert "Your reply is not sent" in page
    assert "list.txt" in page
    assert 'name="send"' not in page
    form = form_of(draft, "My reply, and a word more", change_team="1")
    answer = browser.post(reverse("mailbox_reply", args=[message.conversation_id]), form)
    assert answer["Location"] == reverse("choose_draft_team", args=[draft.id])
    moved = Draft.objects.get()
    assert content_of(moved).body == "My reply, and a word more"
    assert (moved.conversation_id, moved.continues_id) == (None, message.conversation_id)
    assert names_in(thread, moved) == ["list.txt"]


def test_a_refused_reply_shows_its_files_and_the_way_to_another_team(thread: Thread, browser: Client) -> None:
    """The page was opened before the block; what it sends is refused, and nothing of it goes."""
    message = thread.send()
    draft = reply_with_file(thread, message.conversation_id)
    factories.block(thread.record, team=thread.team)
    file_id = in_basket(basket_of(thread.veteran, draft.id, message.conversation_id))[0].id
    form = form_of(draft, "Please look", send="1", files=str(file_id))
    answer = browser.post(reverse("mailbox_reply", args=[message.conversation_id]), form)
    page = answer.content.decode()
    assert answer.status_code in {400, 403}
    assert "Please look" in page
    assert "list.txt" in page
    assert 'name="change_team"' in page
    assert content_of(Draft.objects.get()).body == "Please look"


def test_somebody_without_a_begun_reply_may_write_to_another_team_about_it(thread: Thread, browser: Client) -> None:
    message = thread.send()
    factories.block(thread.record, team=thread.team)
    page = browser.get(reverse("mailbox_conversation", args=[message.conversation_id])).content.decode()
    assert "Write to another care team" in page
    answer = browser.post(reverse("mailbox_continue", args=[message.conversation_id]), {"change_team": "1"})
    begun = Draft.objects.get()
    assert answer["Location"] == reverse("choose_draft_team", args=[begun.id])
    assert begun.continues_id == message.conversation_id


def test_what_another_tab_saved_is_no_loss_where_the_reply_window_has_closed(thread: Thread, browser: Client) -> None:
    """Two tabs, and 45 days: the page offers the choice, and says nothing of a text being kept that is not."""
    with clock.at(TUESDAY):
        message = thread.send()
        draft = reply_with_file(thread, message.conversation_id, "Saved elsewhere")
    with clock.at(TUESDAY + 46 * DAY):
        url = reverse("mailbox_reply", args=[message.conversation_id])
        page = browser.post(url, form_of(draft, "On this page", stale=True, send="1")).content.decode()
        assert "On this page</textarea>" in page
        assert "Keep this text as a new draft" in page
        browser.post(url, form_of(draft, "On this page", stale=True, copy="1"))
        answer = browser.post(url, form_of(draft, "Saved elsewhere, longer", go_on="1"))
    assert answer["Location"] == reverse("edit_draft", args=[draft.id])
    assert {content_of(row).body for row in Draft.objects.all()} == {"On this page", "Saved elsewhere, longer"}
    assert [names_in(thread, row) for row in Draft.objects.all()] == [["list.txt"], ["list.txt"]]
    assert {row.continues_id for row in Draft.objects.all()} == {message.conversation_id}
