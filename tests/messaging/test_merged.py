"""A record that was merged into another: the veteran reads, answers, keeps and takes along what is in both."""

import io
import uuid
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import VeteranRecord
from eligibility.reaching import account_ids_of
from messaging.attachments import scanning
from messaging.attachments.baskets import basket_of
from messaging.attachments.queries import in_basket
from messaging.mailbox.content import DraftContent
from messaging.mailbox.continuing import continue_conversation, copy_to_another_team
from messaging.mailbox.drafts import content_of, save_draft
from messaging.models import Archive, Attachment, Conversation, Draft, Message
from messaging.records.archive.making import make_archives
from smportal import clock
from smportal.actor import Actor
from smportal.errors import NotFound
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.threads import DAY, Thread
from tests.signing_in import sign_in


class Merged(Thread):
    """The veteran wrote under one record; the feeds found that it is another one's, whose account goes on."""

    def __init__(self) -> None:
        super().__init__()
        with clock.at(clock.now() - 2 * DAY):
            self.old = self.send("Under the old record.")
        self.old_record = self.record
        self.draft_id = uuid.uuid4()
        save_draft(
            actor=self.veteran,
            draft_id=self.draft_id,
            version=0,
            content=DraftContent(self.team.id, "general", "Begun", "Begun before."),
        )
        making.add(self.veteran, basket_of(self.veteran, self.draft_id, None), b"before", "before.txt")
        self.survivor = factories.make_eligible_veteran(self.team)[1]
        VeteranRecord.objects.filter(id=self.old_record.id).update(merged_into=self.survivor)
        # One account for one record: the one that signs in is linked with the record that goes on.
        type(self.account).objects.filter(record=self.survivor).update(record=None, is_active=False)
        self.account.record = self.survivor
        self.account.save()
        self.veteran = factories.actor_for(self.account)
        self.browser = Client()
        sign_in(self.browser, self.account)

    def save_reply(self, body: str, draft_id: uuid.UUID) -> Draft:
        draft = save_draft(
            actor=self.veteran,
            draft_id=draft_id,
            version=0,
            content=DraftContent(body=body),
            conversation_id=self.old.conversation_id,
        )
        assert draft is not None
        return draft


@pytest.fixture
def merged(db: None, store: Path, devscan: int) -> Merged:
    return Merged()


def test_it_is_read_printed_and_its_openings_are_shown(merged: Merged) -> None:
    conversation_id = merged.old.conversation_id
    page = merged.browser.get(reverse("mailbox_conversation", args=[conversation_id]))
    assert "Under the old record." in page.content.decode()
    for kind in ("print", "text"):
        copy = merged.browser.post(reverse("records_copy", args=[conversation_id, kind]))
        assert "Under the old record." in copy.content.decode()
    assert merged.browser.get(reverse("records_opened", args=[conversation_id])).status_code == 200


def test_a_reply_is_kept_shown_saved_again_and_sent_with_its_file(merged: Merged) -> None:
    conversation_id = merged.old.conversation_id
    page_url = reverse("mailbox_conversation", args=[conversation_id])
    first = merged.browser.get(page_url).context["form"].initial
    typed = {"draft_id": first["draft_id"], "version": 0, "body": "Half"}
    autosave = reverse("autosave_reply", args=[conversation_id])
    saved = merged.browser.post(autosave, typed).json()
    typed = {**typed, "version": saved["version"], "body": "Half a reply"}
    again = merged.browser.post(autosave, typed)
    assert again.status_code == 200, again.content
    assert "Half a reply" in merged.browser.get(page_url).content.decode()
    row = making.add(merged.veteran, basket_of(merged.veteran, first["draft_id"], conversation_id), b"new", "new.txt")
    sent = merged.browser.post(
        reverse("mailbox_reply", args=[conversation_id]),
        {**typed, "version": again.json()["version"], "files": str(row.id), "send": "1"},
    )
    assert sent.status_code == 302, sent.content.decode()
    message = Message.objects.get(draft_id=first["draft_id"])
    assert sent["Location"] == reverse("sent_confirmation", args=[message.id])
    assert (message.record_id, message.attachment_count) == (merged.old_record.id, 1)
    assert not Draft.objects.filter(id=first["draft_id"]).exists()
    scanning.scan(actor=Actor.system("test"))
    got = merged.browser.get(reverse("mailbox_file", args=[row.id]))
    assert got.getvalue() == b"new"


def test_a_draft_from_before_is_edited_and_sent_with_its_file(merged: Merged) -> None:
    page = merged.browser.get(reverse("edit_draft", args=[merged.draft_id]))
    assert "Begun before." in page.content.decode()
    assert "before.txt" in page.content.decode()
    file_id = in_basket(basket_of(merged.veteran, merged.draft_id, None))[0].id
    initial = page.context["form"].initial
    assert initial["team"] == merged.team.id
    form = {name: initial[name] for name in ("draft_id", "version", "team", "category", "subject", "body")}
    sent = merged.browser.post(reverse("compose"), {**form, "files": str(file_id), "send": "1"})
    message = Message.objects.get(draft_id=merged.draft_id)
    assert sent["Location"] == reverse("sent_confirmation", args=[message.id])
    assert (message.record_id, message.attachment_count) == (merged.survivor.id, 1)
    page = merged.browser.get(reverse("mailbox_conversation", args=[message.conversation_id]))
    assert "before.txt" in page.content.decode()


def test_a_reply_goes_on_as_a_new_conversation_of_the_record_that_goes_on(merged: Merged) -> None:
    reply = merged.save_reply("Not finished", uuid.uuid4())
    making.add(merged.veteran, basket_of(merged.veteran, reply.id, merged.old.conversation_id), b"r", "reply.txt")
    with clock.at(clock.now() + 46 * DAY):
        draft = continue_conversation(actor=merged.veteran, conversation_id=merged.old.conversation_id)
        again = continue_conversation(actor=merged.veteran, conversation_id=merged.old.conversation_id)
    assert draft.id == again.id != reply.id
    assert (draft.record_id, draft.continues_id) == (merged.survivor.id, merged.old.conversation_id)
    assert content_of(draft).body == "Not finished"
    assert [info.name for info in in_basket(basket_of(merged.veteran, draft.id, None))] == ["reply.txt"]
    assert not Draft.objects.filter(id=reply.id).exists()
    assert not Attachment.objects.filter(draft_id=reply.id).exists()


def test_a_message_of_it_is_copied_to_another_team(merged: Merged) -> None:
    draft = copy_to_another_team(actor=merged.veteran, message_id=merged.old.id)
    assert (draft.record_id, draft.copy_of_id) == (merged.survivor.id, merged.old.id)


def test_the_archive_has_what_is_in_both(merged: Merged) -> None:
    merged.send("Under the new record.")
    merged.browser.post(reverse("records_archive"))
    make_archives(actor=Actor.system("archives"))
    archive = Archive.objects.get()
    merged.browser.post(reverse("records_archive_take", args=[archive.id]))
    got = merged.browser.get(reverse("records_archive_file", args=[archive.id])).getvalue()
    packed = zipfile.ZipFile(io.BytesIO(got))
    texts = b"".join(packed.read(name) for name in packed.namelist() if name.endswith(".txt")).decode()
    assert "Under the old record." in texts
    assert "Under the new record." in texts


@pytest.mark.parametrize("locked", ["deceased", "identity_theft"])
def test_nothing_of_it_is_read_once_the_record_is_locked(merged: Merged, locked: str) -> None:
    VeteranRecord.objects.filter(id=merged.survivor.id).update(**{locked: True})
    conversation_id = merged.old.conversation_id
    for url in (
        reverse("mailbox_conversation", args=[conversation_id]),
        reverse("records_copy", args=[conversation_id, "text"]),
        reverse("records_archive"),
        reverse("edit_draft", args=[merged.draft_id]),
    ):
        assert merged.browser.get(url)["Location"] == reverse("eligibility")
    with pytest.raises(NotFound):
        basket_of(merged.veteran, merged.draft_id, None)
    assert Conversation.objects.get().veteran_unread is False


def test_a_draft_is_still_nobody_elses(merged: Merged) -> None:
    stranger = factories.actor_for(factories.make_eligible_veteran(merged.team)[0])
    with pytest.raises(NotFound):
        save_draft(actor=stranger, draft_id=merged.draft_id, version=1, content=DraftContent(body="x"))
    with pytest.raises(NotFound):
        basket_of(stranger, merged.draft_id, None)


@pytest.mark.django_db
def test_an_answer_is_told_to_the_account_that_is_still_linked_to_the_merged_record() -> None:
    thread = Thread()
    survivor = factories.make_eligible_veteran(thread.team)[1]
    type(thread.account).objects.filter(record=survivor).update(record=None, is_active=False)
    sent = thread.send("Under the record that goes on.")
    Conversation.objects.filter(id=sent.conversation_id).update(record=survivor)
    VeteranRecord.objects.filter(id=thread.record.id).update(merged_into=survivor)

    assert account_ids_of(survivor.id) == account_ids_of(thread.record.id) == (thread.account.id,)
