"""Texts that become another draft take along what they refer to, their form and their files."""

import uuid
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from messaging.attachments import actions as file_actions
from messaging.attachments import scanning, storage
from messaging.attachments.baskets import basket_of
from messaging.attachments.queries import in_basket, stream
from messaging.guided import Guided
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.continuing import continue_conversation, copy_to_another_team
from messaging.mailbox.discarding.actions import delete_draft
from messaging.mailbox.drafts import content_of, keep_copy, save_draft
from messaging.models import Attachment, Draft, Message
from smportal import clock
from smportal.actor import Actor
from smportal.devstack.devscan import EICAR
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.threads import DAY, TUESDAY, Thread
from tests.signing_in import sign_in

SYSTEM = Actor.system("test")
LATE = TUESDAY + 46 * DAY
ANSWERS = Guided("referral", {"care": "Foot doctor", "place": "va"})


@pytest.fixture
def thread(db: None, store: Path, devscan: int) -> Thread:
    return Thread()


def put(thread: Thread, draft_id: uuid.UUID, *names: str, conversation_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    basket = basket_of(thread.veteran, draft_id, conversation_id)
    return [making.add(thread.veteran, basket, name.encode(), name).id for name in names]


def names_in(thread: Thread, draft: Draft) -> list[str]:
    return [info.name for info in in_basket(basket_of(thread.veteran, draft.id, None)) if not info.is_refused]


def send_with(thread: Thread, *names: str, content: DraftContent | None = None) -> Message:
    draft_id = uuid.uuid4()
    file_ids = put(thread, draft_id, *names)
    whole = content or DraftContent(thread.team.id, "general", "Knee pain", "With files.")
    return actions.send(actor=thread.veteran, draft_id=draft_id, content=whole, file_ids=file_ids)


def another_team(thread: Thread) -> uuid.UUID:
    team = factories.make_team()
    factories.participate(factories.make_staff(team), team)
    factories.associate(thread.record, team)
    return team.id


def test_a_copy_takes_form_and_files_along_and_the_refused_one_is_named_before_it_is_sent(thread: Thread) -> None:
    draft_id = uuid.uuid4()
    file_ids = put(thread, draft_id, "one.txt", "two.txt")
    bad = making.add(thread.veteran, basket_of(thread.veteran, draft_id, None), EICAR, "bad.txt").id
    content = DraftContent(thread.team.id, "referral", "Foot", "It hurts.", ANSWERS)
    message = actions.send(actor=thread.veteran, draft_id=draft_id, content=content, file_ids=[*file_ids, bad])
    scanning.scan(actor=SYSTEM)
    browser = Client()
    sign_in(browser, thread.account)
    page = browser.post(reverse("mailbox_copy_message", args=[message.id]), follow=True).content.decode()
    draft = Draft.objects.get()
    assert names_in(thread, draft) == ["one.txt", "two.txt"]
    assert content_of(draft).guided == ANSWERS
    assert "These files of that message are not in this one:" in page
    assert "bad.txt. Our virus check found a threat" in page
    copies = Attachment.objects.filter(draft_id=draft.id).order_by("created_at", "id")
    sent = actions.send(
        actor=thread.veteran,
        draft_id=draft.id,
        content=DraftContent(another_team(thread), "referral", "Foot", "It hurts.", ANSWERS),
        file_ids=[row.id for row in copies],
    )
    scanning.scan(actor=SYSTEM)
    assert [b"".join(stream(row)) for row in Attachment.objects.filter(message=sent).order_by("created_at")] == [
        b"one.txt",
        b"two.txt",
    ]
    assert Attachment.objects.filter(message=message).count() == 3, "the first message keeps its own"
    assert sent.conversation.copy_of_id == message.id


def test_a_file_taken_out_of_a_copy_is_named_and_stays_with_the_first_message(thread: Thread) -> None:
    message = send_with(thread, "one.txt", "two.txt")
    draft = copy_to_another_team(actor=thread.veteran, message_id=message.id)
    basket = basket_of(thread.veteran, draft.id, None)
    gone = next(info for info in in_basket(basket) if info.name == "one.txt")
    file_actions.remove(actor=thread.veteran, basket=basket, file_id=gone.id)
    browser = Client()
    sign_in(browser, thread.account)
    page = browser.get(reverse("edit_draft", args=[draft.id])).content.decode()
    assert "<li><bdi>one.txt</bdi></li>" in page
    first = Attachment.objects.filter(message=message).order_by("created_at")[0]
    assert b"".join(stream(first)) == b"one.txt"


def test_an_unsent_reply_takes_its_files_along(thread: Thread) -> None:
    with clock.at(TUESDAY):
        old, reply_id = thread.send(), uuid.uuid4()
        put(thread, reply_id, "reply.txt", conversation_id=old.conversation_id)
        save_draft(
            actor=thread.veteran,
            draft_id=reply_id,
            version=0,
            content=DraftContent(body="Not finished"),
            conversation_id=old.conversation_id,
        )
    with clock.at(LATE):
        draft = continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
        sent = actions.send(
            actor=thread.veteran,
            draft_id=draft.id,
            content=content_of(draft),
            file_ids=[info.id for info in in_basket(basket_of(thread.veteran, draft.id, None))],
        )
    assert [row.unseal_text("name_sealed") for row in Attachment.objects.filter(message=sent)] == ["reply.txt"]
    assert sent.conversation.continues_id == old.conversation_id


@pytest.mark.parametrize("sent", [False, True], ids=["changed elsewhere", "sent elsewhere"])
def test_keeping_as_a_new_draft_keeps_reference_and_files(thread: Thread, sent: bool) -> None:
    message = send_with(thread, "one.txt")
    draft = copy_to_another_team(actor=thread.veteran, message_id=message.id)
    if sent:
        content = DraftContent(another_team(thread), "general", "Knee pain", "With files.")
        file_ids = [info.id for info in in_basket(basket_of(thread.veteran, draft.id, None))]
        actions.send(actor=thread.veteran, draft_id=draft.id, content=content, file_ids=file_ids)
    browser = Client()
    sign_in(browser, thread.account)
    form = {"draft_id": draft.id, "version": draft.version, "subject": "Knee", "body": "Another text", "copy": "1"}
    page = browser.post(reverse("compose"), form, follow=True).content.decode()
    assert "This is a copy of your message to" in page
    kept = Draft.objects.exclude(id=draft.id).get()
    assert (kept.continues_id, kept.copy_of_id) == (message.conversation_id, message.id)
    assert names_in(thread, kept) == ["one.txt"]
    assert content_of(kept).body == "Another text"


def test_a_reply_kept_as_a_new_draft_refers_to_its_conversation_and_has_its_files(thread: Thread) -> None:
    message, reply_id = thread.send(), uuid.uuid4()
    put(thread, reply_id, "reply.txt", conversation_id=message.conversation_id)
    content = DraftContent(body="Mine")
    kept = keep_copy(actor=thread.veteran, content=content, conversation_id=message.conversation_id, like=reply_id)
    assert kept is not None
    assert (kept.conversation_id, kept.continues_id, kept.copy_of_id) == (None, message.conversation_id, None)
    assert names_in(thread, kept) == ["reply.txt"]


def test_a_reference_outlives_autosave_and_another_browser(thread: Thread) -> None:
    message = send_with(thread, "one.txt")
    draft = copy_to_another_team(actor=thread.veteran, message_id=message.id)
    for turn in range(2):
        browser = Client()
        sign_in(browser, thread.account)
        page = browser.get(reverse("edit_draft", args=[draft.id]))
        assert "This is a copy of your message to" in page.content.decode()
        form = page.context["form"]
        typed = {"draft_id": draft.id, "version": form.initial["version"], "subject": "Knee", "body": f"Text {turn}"}
        assert browser.post(reverse("autosave_compose"), typed).status_code == 200
    draft.refresh_from_db()
    assert (draft.continues_id, draft.copy_of_id) == (message.conversation_id, message.id)
    assert (content_of(draft).body, names_in(thread, draft)) == ("Text 1", ["one.txt"])


def test_a_deleted_draft_is_not_gone_on_with(thread: Thread) -> None:
    """It is among the deleted ones; asking again begins a new one, and does not open a page that is not there."""
    with clock.at(TUESDAY):
        message = thread.send()
    first = copy_to_another_team(actor=thread.veteran, message_id=message.id)
    delete_draft(actor=thread.veteran, draft_id=first.id)
    assert copy_to_another_team(actor=thread.veteran, message_id=message.id).id != first.id
    with clock.at(LATE):
        begun = continue_conversation(actor=thread.veteran, conversation_id=message.conversation_id)
        delete_draft(actor=thread.veteran, draft_id=begun.id)
        assert continue_conversation(actor=thread.veteran, conversation_id=message.conversation_id).id != begun.id


def test_only_own_files_are_taken_along(thread: Thread) -> None:
    message = send_with(thread, "one.txt")
    stranger = factories.actor_for(factories.make_eligible_veteran(thread.team)[0])
    content = DraftContent(body="Mine", subject="Mine")
    kept = keep_copy(actor=stranger, content=content, like=message.draft_id)
    assert kept is not None
    assert (kept.continues_id, kept.copy_of_id) == (None, None)
    assert not Attachment.objects.filter(draft_id=kept.id).exists()


def test_a_stored_file_that_is_damaged_stays_behind_and_the_rest_comes(thread: Thread) -> None:
    message = send_with(thread, "one.txt", "two.txt")
    damaged = Attachment.objects.filter(message=message).order_by("created_at")[0]
    path = storage.path_of(damaged.id)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    draft = copy_to_another_team(actor=thread.veteran, message_id=message.id)
    assert names_in(thread, draft) == ["two.txt"]
