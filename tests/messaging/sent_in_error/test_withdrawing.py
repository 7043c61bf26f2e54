"""A message sent in error leaves the veteran's view for good, wherever that is; staff and privacy officers know."""

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from eligibility.models import RoleGrant
from messaging.attachments.baskets import basket_of
from messaging.inbox import actions as inbox
from messaging.mailbox.actions import reply
from messaging.mailbox.content import DraftContent
from messaging.models import (
    Archive,
    Attachment,
    Conversation,
    Message,
    Notification,
    SentInError,
)
from messaging.notifications.wanted import why_unwanted
from messaging.records.archive.actions import request_archive
from messaging.records.archive.making import make_archives
from messaging.search import actions as search_actions
from messaging.search.criteria import Criteria
from messaging.sent_in_error.actions import review, withdraw
from messaging.sent_in_error.queries import read_one
from messaging.starting import actions as starting
from messaging.starting import drafts
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound, Refused
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

CANARY = "zebracanary"
LINE = "A message was withdrawn by your care team because it was sent in error."
WORKER = Actor.system("archives")


class Wrong(Thread):
    """A veteran got another one's answer, with a file and a picture; there is a privacy officer."""

    def __init__(self) -> None:
        super().__init__()
        self.actor = factories.staff_actor(self.nurse)
        self.question = self.send()
        draft_id = uuid.uuid4()
        basket = basket_of(self.actor, draft_id, self.question.conversation_id)
        file = making.add(self.actor, basket, making.picture(), name=f"{CANARY}.png")
        self.wrong: Message = inbox.reply(
            actor=self.actor,
            conversation_id=self.question.conversation_id,
            draft_id=draft_id,
            body=f"The {CANARY} is well.",
            file_ids=[file.id],
        )
        Attachment.objects.update(state="ready", thumbnail_size=10)
        self.file_id = file.id
        self.officer_account = factories.make_administrator(self.team.facility, role="privacy_officer")
        self.officer = factories.actor_for(self.officer_account)
        self.browser, self.nurse_browser = Client(), Client()
        sign_in(self.browser, self.account)
        assert self.nurse.account is not None
        sign_in(self.nurse_browser, self.nurse.account)

    @property
    def conversation_id(self) -> uuid.UUID:
        return self.question.conversation_id

    def withdraw(self, **changes: Any) -> SentInError:
        values: dict[str, Any] = {
            "reason": "wrong_veteran",
            "note": "",
            "message_id": self.wrong.id,
            "actor": self.actor,
        } | changes
        return withdraw(**values)


@pytest.fixture
def wrong(db: None, store: Path) -> Wrong:
    return Wrong()


def test_no_page_and_no_copy_of_the_veterans_shows_it(wrong: Wrong) -> None:
    page = reverse("mailbox_conversation", args=[wrong.conversation_id])
    assert CANARY in wrong.browser.get(page).content.decode()
    wrong.withdraw()
    after = wrong.browser.get(page).content.decode()
    assert LINE in after
    assert CANARY not in after
    for kind in ("print", "text"):
        copy = wrong.browser.post(reverse("records_copy", args=[wrong.conversation_id, kind]))
        content = b"".join(copy.streaming_content) if copy.streaming else copy.content  # type: ignore[attr-defined]
        assert CANARY not in content.decode(), kind
        # The text file breaks its lines.
        assert " ".join(LINE.split()) in " ".join(content.decode().split()), kind


@pytest.mark.parametrize("name", ["mailbox_file", "mailbox_file_picture"])
def test_its_files_are_gone_for_the_veteran_whole_in_part_and_as_pictures(wrong: Wrong, name: str) -> None:
    url = reverse(name, args=[wrong.file_id])
    wrong.withdraw()
    for method, headers in (("GET", {}), ("HEAD", {}), ("GET", {"Range": "bytes=0-3"})):
        assert wrong.browser.generic(method, url, headers=headers).status_code == 404
    staff = reverse(name.replace("mailbox", "team"), args=[wrong.file_id])
    if name == "mailbox_file":
        assert wrong.nurse_browser.get(staff).getvalue()


def test_the_veterans_lists_and_filters_say_nothing_of_its_files_and_staff_keep_them(wrong: Wrong) -> None:
    inbox_url, filtered = reverse("mailbox_inbox"), f"{reverse('mailbox_inbox')}?attachment=1"
    assert "Knee pain" in wrong.browser.get(filtered).content.decode()
    assert "Has attachment" in wrong.browser.get(inbox_url).content.decode()
    wrong.withdraw()
    assert "Knee pain" not in wrong.browser.get(filtered).content.decode()
    listed = wrong.browser.get(inbox_url).content.decode()
    assert "Knee pain" in listed
    assert "Has attachment" not in listed
    page = wrong.nurse_browser.get(reverse("team_conversation", args=[wrong.conversation_id])).content.decode()
    assert f"{CANARY}.png" in page
    assert reverse("team_file", args=[wrong.file_id]) in page
    assert "1 conversation found." in _search(wrong.nurse_browser, "team_search", f"{CANARY}.png")
    assert "0 conversations found." in _search(wrong.browser, "mailbox_search", f"{CANARY}.png")


def test_another_messages_files_are_still_announced(wrong: Wrong) -> None:
    draft_id = uuid.uuid4()
    basket = basket_of(wrong.veteran, draft_id, wrong.conversation_id)
    file = making.add(wrong.veteran, basket, b"list", name="list.txt")
    reply(
        actor=wrong.veteran,
        conversation_id=wrong.conversation_id,
        draft_id=draft_id,
        body="Mine.",
        file_ids=[file.id],
    )
    wrong.withdraw()
    assert "Knee pain" in wrong.browser.get(f"{reverse('mailbox_inbox')}?attachment=1").content.decode()


def test_the_veterans_search_does_not_find_it_and_the_teams_does(wrong: Wrong) -> None:
    wrong.withdraw()
    for actor, browser, url in (
        (wrong.veteran, wrong.browser, "mailbox_search_results"),
        (wrong.actor, wrong.nurse_browser, "team_search_results"),
    ):
        search_id = search_actions.keep(actor=actor, criteria=Criteria(words=CANARY))
        found = browser.get(reverse(url, args=[search_id])).content.decode()
        assert ("1 conversation found." in found) == (actor is wrong.actor), url
    opened = wrong.browser.get(reverse("records_opened", args=[wrong.conversation_id])).content.decode()
    assert CANARY not in opened


def archived(wrong: Wrong) -> str:
    """Return everything that can be read in the veteran's archive, made now."""
    make_archives(actor=WORKER)
    archive = Archive.objects.get(state="ready")
    wrong.browser.post(reverse("records_archive_take", args=[archive.id]))
    response = wrong.browser.get(reverse("records_archive_file", args=[archive.id]))
    packed = zipfile.ZipFile(io.BytesIO(response.getvalue()))
    return " ".join([*packed.namelist(), *(packed.read(name).decode("latin-1") for name in packed.namelist())])


def test_no_archive_holds_it_not_even_one_that_was_made_before(wrong: Wrong, monkeypatch: pytest.MonkeyPatch) -> None:
    request_archive(actor=wrong.veteran)
    make_archives(actor=WORKER)
    earlier = Archive.objects.get(state="ready")
    wrong.withdraw()
    earlier.refresh_from_db()
    assert (earlier.state, earlier.parts.count()) == ("gone", 0)
    # And one that is being made begins anew.
    request_archive(actor=wrong.veteran)
    asked = Archive.objects.get(state="making")
    second = wrong.answer(wrong.conversation_id, f"Again {CANARY}")
    wrong.withdraw(message_id=second.id)
    assert Archive.objects.get(state="making").id != asked.id
    text = archived(wrong)
    assert CANARY not in text
    assert "withdrawn" in text


def test_staff_still_see_it_marked_and_can_withdraw_it_once(wrong: Wrong) -> None:
    page = reverse("team_conversation", args=[wrong.conversation_id])
    form = reverse("team_withdraw_message", args=[wrong.wrong.id])
    assert form in wrong.nurse_browser.get(page).content.decode()
    asked = wrong.nurse_browser.get(form).content.decode()
    assert str(wrong.wrong.number) in asked
    assert CANARY not in asked
    empty = wrong.nurse_browser.post(form, {"note": ""})
    assert empty.status_code == 400
    assert "Choose why you withdraw it" in empty.content.decode()
    no_note = wrong.nurse_browser.post(form, {"reason": "other", "note": " "})
    assert "Enter a note" in no_note.content.decode()
    for _ in range(2):
        assert wrong.nurse_browser.post(form, {"reason": "wrong_veteran", "note": "Ana’s."})["Location"] == page
    row = SentInError.objects.get()
    assert (row.by_name, row.unseal_text("note_sealed")) == ("Nora Nurse", "Ana’s.")
    shown = wrong.nurse_browser.get(page).content.decode()
    assert "Withdrawn from the veteran’s view on" in shown
    assert "by Nora Nurse. It was meant for another veteran." in shown
    assert CANARY in shown
    assert form not in shown
    deed = AuditEvent.objects.get(deed="sent_in_error")
    assert (deed.object_id, deed.reason, deed.details["told"]) == (str(wrong.wrong.id), "wrong_veteran", 1)


def test_only_a_message_of_the_own_teams_can_be_withdrawn(wrong: Wrong) -> None:
    stranger = factories.staff_actor(factories.make_staff(factories.make_team()))
    for changes in (
        {"actor": stranger},
        {"actor": wrong.veteran},
        {"message_id": wrong.question.id},
        {"message_id": uuid.UUID(int=7)},
    ):
        with pytest.raises(NotFound):
            wrong.withdraw(**changes)
    with pytest.raises(InvalidInput):
        wrong.withdraw(reason="no such reason")
    assert not SentInError.objects.exists()


def test_the_database_keeps_the_withdrawal_and_the_message(wrong: Wrong) -> None:
    row = wrong.withdraw()
    for change in (
        lambda: SentInError.objects.filter(id=row.id).update(reason="other"),
        lambda: SentInError.objects.filter(id=row.id).delete(),
        lambda: Message.objects.filter(id=wrong.wrong.id).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_conversation_that_began_with_it_loses_its_name_too(wrong: Wrong) -> None:
    draft = drafts.begin(actor=wrong.actor, team_id=wrong.team.id, record_id=wrong.record.id)
    content = DraftContent(category="general", subject=f"About {CANARY}", body="See above.")
    message = starting.start(actor=wrong.actor, draft_id=draft.id, content=content)
    wrong.withdraw()
    wrong.withdraw(message_id=message.id)
    for name in ("mailbox_inbox", "mailbox_trash"):
        assert CANARY not in wrong.browser.get(reverse(name)).content.decode()
    assert "Withdrawn message" in wrong.browser.get(reverse("mailbox_inbox")).content.decode()
    staff = wrong.nurse_browser.get(reverse("team_conversation", args=[message.conversation_id])).content.decode()
    assert f"About {CANARY}" in staff
    for queue in ("answered", "open"):
        rows = wrong.nurse_browser.get(reverse("team_queue", args=[queue])).content.decode()
        # Whoever may see the subject still finds the conversation by it, and is told that the veteran does not.
        assert (f"About {CANARY}" in rows) == (queue == "answered")
        assert ("Withdrawn from the veteran’s view" in rows) == (queue == "answered")
        assert "Withdrawn message" not in rows
    assert Conversation.objects.get(id=message.conversation_id).state == "answered"
    # Each finds it by what they may read, and staff not by what stands in its place for the veteran.
    staff_found = {words: _search(wrong.nurse_browser, "team_search", words) for words in (CANARY, "Withdrawn message")}
    assert f"About <mark>{CANARY}</mark>" in staff_found[CANARY]
    assert "Withdrawn from the veteran’s view" in staff_found[CANARY]
    assert "0 conversations found." in staff_found["Withdrawn message"]
    assert "0 conversations found." in _search(wrong.browser, "mailbox_search", CANARY)
    assert "1 conversation found." in _search(wrong.browser, "mailbox_search", "Withdrawn message")


def _search(browser: Client, name: str, words: str) -> str:
    return browser.post(reverse(name), {"words": words, "recent": "1"}, follow=True).content.decode()


def test_whether_the_veteran_had_opened_it_is_known(wrong: Wrong) -> None:
    unread = wrong.answer(wrong.conversation_id, "Another one")
    assert not wrong.withdraw(message_id=unread.id).was_opened
    wrong.browser.get(reverse("mailbox_conversation", args=[wrong.conversation_id]))
    assert wrong.withdraw().was_opened


def test_its_own_email_is_not_sent_any_more_and_the_officers_is_without_a_word_of_it(wrong: Wrong) -> None:
    wrong.withdraw()
    owed = Notification.objects.get(kind="new_message", cause_id=wrong.wrong.id)
    assert why_unwanted(owed) == "cause_is_gone"
    told = Notification.objects.get(kind="sent_in_error")
    assert told.recipient_id == wrong.officer_account.id
    assert why_unwanted(told) is None


def test_the_privacy_officer_reviews_it_without_seeing_it(wrong: Wrong) -> None:
    row = wrong.withdraw(note="Ana’s answer")
    browser = Client()
    sign_in(browser, wrong.officer_account)
    listed = browser.get(reverse("admin:messaging_sentinerror_changelist")).content.decode()
    assert "Not reviewed yet" in listed
    page = reverse("admin:messaging_sentinerror_change", args=[row.id])
    shown = browser.get(page).content.decode()
    for text in ("Nora Nurse", "It was meant for another veteran", "Ana’s answer", str(wrong.wrong.number)):
        assert text in shown
    for text in (CANARY, "Knee pain", wrong.record.last_name):
        assert text not in listed + shown
    assert AuditEvent.objects.filter(deed="sent_in_error_read", object_id=str(row.id)).exists()
    assert browser.post(page, {"verdict": "incident"}).status_code == 400
    assert browser.post(page, {"verdict": "incident", "note": "Told the office."}).status_code == 302
    row.refresh_from_db()
    assert (row.verdict, row.unseal_text("review_note_sealed")) == ("incident", "Told the office.")
    with pytest.raises(Conflict):
        review(actor=wrong.officer, row_id=row.id, verdict="no_action", note="")
    assert AuditEvent.objects.get(deed="sent_in_error_reviewed").reason == "incident"


def test_only_officers_of_the_facility_review_and_nobody_their_own(wrong: Wrong) -> None:
    row = wrong.withdraw()
    elsewhere = factories.actor_for(factories.make_administrator(factories.make_facility(), role="privacy_officer"))
    administrator = factories.actor_for(factories.make_administrator(wrong.team.facility))
    for actor in (elsewhere, administrator, wrong.actor):
        with pytest.raises(NotFound):
            read_one(actor=actor, row_id=row.id)
        with pytest.raises(NotFound):
            review(actor=actor, row_id=row.id, verdict="no_action", note="")
    national = factories.actor_for(factories.make_administrator(role="privacy_officer"))
    assert read_one(actor=national, row_id=row.id).number == wrong.wrong.number
    assert wrong.nurse.account is not None
    RoleGrant.objects.create(
        account=wrong.nurse.account, role="privacy_officer", facility=wrong.team.facility, granted_at=clock.now()
    )
    both = factories.staff_actor(wrong.nurse)
    with pytest.raises(Refused):
        review(actor=both, row_id=row.id, verdict="no_action", note="")
