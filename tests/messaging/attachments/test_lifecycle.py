"""From a draft to the message: a file goes with exactly the message that it was added to, and stays as it was."""

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from eligibility.models import CareTeam
from messaging.attachments import actions, limits, queries
from messaging.attachments.baskets import Basket, basket_of
from messaging.attachments.uploads import sealed
from messaging.inbox import actions as team_actions
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox import drafts
from messaging.mailbox.content import DraftContent
from messaging.mailbox.discarding import actions as discarding
from messaging.models import Attachment, AttachmentState, Draft, Message
from messaging.starting import drafts as starting
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.attachments.making import add, draft_basket

SYSTEM = Actor.system("test")


class Mail:
    """A veteran with a team, and a nurse of it."""

    def __init__(self) -> None:
        account, self.record, self.team = factories.make_eligible_veteran()
        self.veteran: Actor = factories.actor_for(account)
        self.nurse: Actor = factories.staff_actor(factories.make_staff(self.team))

    def content(self, team: CareTeam | None = None) -> DraftContent:
        return DraftContent(team_id=(team or self.team).id, category="general", subject="Knee", body="It hurts.")

    def send(self, basket: Basket, *files: Attachment | uuid.UUID) -> Message:
        ids = [file if isinstance(file, uuid.UUID) else file.id for file in files]
        return mailbox_actions.send(actor=self.veteran, draft_id=basket.draft_id, content=self.content(), file_ids=ids)


@pytest.fixture
def mail(db: None) -> Mail:
    return Mail()


def stored(store: Path) -> list[str]:
    return sorted(path.name for path in store.rglob("*") if path.is_file())


def test_a_file_goes_with_its_message(mail: Mail, store: Path) -> None:
    basket = draft_basket(mail.veteran)
    row = add(mail.veteran, basket, name="Blood pressure.txt")
    assert queries.has_files(basket.draft_id)
    message = mail.send(basket, row)
    assert (message.attachment_count, message.conversation.has_attachment) == (1, True)
    bound = Attachment.objects.get()
    assert (bound.message_id, bound.conversation_id, bound.state) == (message.id, message.conversation_id, "checking")
    assert queries.names_by_message([message.id]) == {message.id: ["Blood pressure.txt"]}
    assert [info.name for info in queries.files_of_messages([message])[message.id]] == ["Blood pressure.txt"]
    assert b"".join(queries.stream(bound)) == making.TEXT
    assert not queries.has_files(basket.draft_id)


def test_neither_the_store_nor_the_database_shows_a_name_or_a_word(mail: Mail, store: Path) -> None:
    add(mail.veteran, draft_basket(mail.veteran), b"zebracanary in my notes", "zebracanary.txt")
    for path in store.rglob("*"):
        assert "zebracanary" not in path.name
        assert not path.is_file() or b"zebracanary" not in path.read_bytes()
    with connection.cursor() as cursor:
        cursor.execute("SELECT a::text FROM messaging_attachment a")
        row = cursor.fetchone()[0]
        cursor.execute("SELECT e::text FROM audit_auditevent e")
        trail = "".join(text for (text,) in cursor.fetchall())
    for text in (row, trail):
        assert "zebracanary" not in text
        assert b"zebracanary".hex() not in text


def test_a_send_takes_exactly_the_files_that_the_page_showed(mail: Mail) -> None:
    basket = draft_basket(mail.veteran)
    first, second = add(mail.veteran, basket), add(mail.veteran, basket, name="two.txt")
    for shown in ([], [first], [first, second, uuid.uuid4()]):
        with pytest.raises(InvalidInput) as refused:
            mail.send(basket, *shown)
        assert refused.value.field == "files"
    assert not Message.objects.exists()
    assert mail.send(basket, second, first).attachment_count == 2


def test_a004_a_file_of_somebody_else_or_another_draft_cannot_be_named(mail: Mail) -> None:
    other = Mail()
    theirs = add(other.veteran, draft_basket(other.veteran))
    elsewhere = add(mail.veteran, draft_basket(mail.veteran))
    sent_basket = draft_basket(mail.veteran)
    sent = add(mail.veteran, sent_basket)
    mail.send(sent_basket, sent)
    for foreign in (theirs, elsewhere, sent):
        with pytest.raises(InvalidInput):
            mail.send(draft_basket(mail.veteran), foreign)
    assert Attachment.objects.filter(message=None).count() == 2
    with pytest.raises(NotFound):
        actions.remove(actor=mail.veteran, basket=draft_basket(mail.veteran), file_id=theirs.id)


def test_a_draft_s_files_are_its_writer_s_only(mail: Mail) -> None:
    other = Mail()
    draft = drafts.save_draft(actor=mail.veteran, draft_id=uuid.uuid4(), version=0, content=mail.content())
    assert draft is not None
    with pytest.raises(NotFound):
        basket_of(other.veteran, draft.id, None)
    with pytest.raises(NotFound):
        basket_of(mail.nurse, draft.id, None)


def test_the_same_form_twice_sends_its_files_once(mail: Mail) -> None:
    basket = draft_basket(mail.veteran)
    row = add(mail.veteran, basket)
    first = mail.send(basket, row)
    assert mail.send(basket, row).id == first.id
    again = add(mail.veteran, basket)
    assert again.id == row.id, "a form without scripts brings its files again"
    with pytest.raises(Conflict):
        mail.send(basket)
    assert (Message.objects.count(), Attachment.objects.count()) == (1, 1)


def test_the_same_file_added_again_is_the_one_that_is_there(mail: Mail) -> None:
    basket = draft_basket(mail.veteran)
    first = add(mail.veteran, basket)
    assert add(mail.veteran, basket).id == first.id
    assert add(mail.veteran, basket, name="other name.txt").id != first.id


def test_the_team_shares_the_files_of_its_answer(mail: Mail) -> None:
    conversation_id = mail.send(draft_basket(mail.veteran)).conversation_id
    colleague = factories.staff_actor(factories.make_staff(mail.team))
    row = add(mail.nurse, basket_of(mail.nurse, uuid.uuid4(), conversation_id))
    shared = basket_of(colleague, uuid.uuid4(), conversation_id)
    assert [info.id for info in queries.in_basket(shared)] == [row.id]
    reply = team_actions.reply(
        actor=colleague, conversation_id=conversation_id, draft_id=shared.draft_id, body="See this.", file_ids=[row.id]
    )
    assert Attachment.objects.get().message_id == reply.id
    with pytest.raises(NotFound):
        basket_of(Mail().nurse, uuid.uuid4(), conversation_id)


def test_a049_limits_of_a_message_and_of_an_account(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    basket = draft_basket(mail.veteran)
    for number in range(limits.FILES_MOST):
        assert not add(mail.veteran, basket, name=f"{number}.txt").refusal
    assert add(mail.veteran, basket, name="one more.txt").refusal == "too_many"
    monkeypatch.setattr(actions, "BYTES_MOST", 3 * len(making.TEXT))
    heavy = draft_basket(mail.veteran)
    taken = [add(mail.veteran, heavy, making.TEXT, f"{number}.txt").refusal for number in range(4)]
    assert taken == ["", "", "", "too_much"]
    monkeypatch.setattr(actions, "UNSENT_FILES_MOST", 13)
    assert add(mail.veteran, draft_basket(mail.veteran)).refusal == "quota"
    monkeypatch.setattr(actions, "UNSENT_FILES_MOST", 100)
    monkeypatch.setattr(actions, "UNSENT_BYTES_MOST", 13 * len(making.TEXT))
    assert add(mail.veteran, draft_basket(mail.veteran)).refusal == "quota"


def test_a_refused_file_says_why_keeps_nothing_and_is_not_sent(mail: Mail) -> None:
    basket = draft_basket(mail.veteran)
    good = add(mail.veteran, basket)
    bad = sealed(b"<html><script>", "page.txt")
    row = actions.add(actor=mail.veteran, basket=basket, upload=bad)
    assert (row.state, row.refusal, row.secret_sealed, bad.kept) == ("refused", "mismatch", None, False)
    assert [info.is_refused for info in queries.in_basket(basket)] == [False, True]
    message = mail.send(basket, good)
    assert message.attachment_count == 1
    assert Attachment.objects.get().id == good.id


def test_a077_a_sent_file_cannot_be_removed_or_changed_only_its_state(mail: Mail) -> None:
    basket = draft_basket(mail.veteran)
    row = add(mail.veteran, basket)
    message = mail.send(basket, row)
    with pytest.raises(NotFound):
        actions.remove(actor=mail.veteran, basket=basket, file_id=row.id)
    other = mail.send(draft_basket(mail.veteran))
    changes: list[dict[str, Any]] = [
        {"message": None}, {"message": other}, {"size": 1}, {"name_sealed": b"x"}, {"secret_sealed": b"x"},
        {"kind": "pdf"}, {"uploaded_by_id": mail.nurse.account_id}, {"draft_id": uuid.uuid4()},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            Attachment.objects.filter(id=row.id).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Attachment.objects.filter(id=row.id).delete()
    assert Attachment.objects.filter(id=row.id).update(state=AttachmentState.READY) == 1
    assert Message.objects.filter(id=message.id).exists()


def test_removing_a_file_removes_its_bytes_and_so_does_emptying_its_draft(
    mail: Mail, store: Path, django_capture_on_commit_callbacks: Any
) -> None:
    basket = draft_basket(mail.veteran)
    first, second = add(mail.veteran, basket), add(mail.veteran, basket, name="two.txt")
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(actor=mail.veteran, basket=basket, file_id=first.id)
    assert stored(store) == [second.id.hex]
    with django_capture_on_commit_callbacks(execute=True):
        actions.discard(actor=mail.veteran, draft_id=basket.draft_id)
    assert stored(store) == []
    assert not Attachment.objects.exists()
    assert AuditEvent.objects.filter(deed="file_removed").count() == 2


def test_a_draft_of_files_alone_is_kept(mail: Mail) -> None:
    basket = draft_basket(mail.veteran)
    add(mail.veteran, basket)
    drafts.save_draft(actor=mail.veteran, draft_id=basket.draft_id, version=0, content=DraftContent())
    assert Draft.objects.get().id == basket.draft_id


def test_a049_what_was_never_sent_is_purged_on_record(
    mail: Mail, store: Path, django_capture_on_commit_callbacks: Any
) -> None:
    now = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
    with clock.at(now):
        orphan = add(mail.veteran, draft_basket(mail.veteran))
        kept_basket = draft_basket(mail.veteran)
        kept = add(mail.veteran, kept_basket)
        drafts.save_draft(actor=mail.veteran, draft_id=kept_basket.draft_id, version=0, content=mail.content())
        sent_basket = draft_basket(mail.veteran)
        sent = add(mail.veteran, sent_basket)
        mail.send(sent_basket, sent)
    with clock.at(now + dt.timedelta(hours=23)), django_capture_on_commit_callbacks(execute=True):
        assert actions.purge(actor=SYSTEM).unsent == 0
    with clock.at(now + dt.timedelta(hours=25)), django_capture_on_commit_callbacks(execute=True):
        assert actions.purge(actor=SYSTEM).unsent == 1
    assert stored(store) == sorted([kept.id.hex, sent.id.hex])
    assert str(orphan.id) in AuditEvent.objects.get(deed="files_purged").details["ids"]


def test_a_member_s_begun_message_keeps_its_files_for_as_long_as_it_is_there(
    mail: Mail, store: Path, django_capture_on_commit_callbacks: Any
) -> None:
    draft = starting.begin(actor=mail.nurse, team_id=mail.team.id, record_id=mail.record.id)
    add(mail.nurse, basket_of(mail.nurse, draft.id, None))
    later = clock.now() + dt.timedelta(days=60)
    with clock.at(later), django_capture_on_commit_callbacks(execute=True):
        assert actions.purge(actor=SYSTEM).unsent == 0
    assert len(stored(store)) == 1
    Draft.objects.filter(id=draft.id).delete()
    with clock.at(later), django_capture_on_commit_callbacks(execute=True):
        assert actions.purge(actor=SYSTEM).unsent == 1
    assert stored(store) == []


def test_the_files_of_a_deleted_draft_come_back_with_it_and_go_when_it_is_purged(
    mail: Mail, store: Path, django_capture_on_commit_callbacks: Any
) -> None:
    now = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
    with clock.at(now):
        other = draft_basket(mail.veteran)
        kept = add(mail.veteran, other)
        basket = draft_basket(mail.veteran)
        row = add(mail.veteran, basket)
        for each in (other, basket):
            drafts.save_draft(actor=mail.veteran, draft_id=each.draft_id, version=0, content=mail.content())
        discarding.delete_draft(actor=mail.veteran, draft_id=basket.draft_id)
    with clock.at(now + dt.timedelta(days=29)), django_capture_on_commit_callbacks(execute=True):
        assert actions.purge(actor=SYSTEM) == actions.PurgeResult(unsent=0, stray=0)
        discarding.purge_deleted_drafts(actor=SYSTEM)
        discarding.restore_draft(actor=mail.veteran, draft_id=basket.draft_id)
        assert [info.id for info in queries.in_basket(basket)] == [row.id]
        assert b"".join(queries.stream(row)) == making.TEXT
        discarding.delete_draft(actor=mail.veteran, draft_id=basket.draft_id)
    with clock.at(now + dt.timedelta(days=60)), django_capture_on_commit_callbacks(execute=True):
        assert discarding.purge_deleted_drafts(actor=SYSTEM) == 1
    assert stored(store) == [kept.id.hex]
    assert Attachment.objects.get().id == kept.id
    purged = AuditEvent.objects.get(deed="files_purged")
    assert (purged.reason, purged.details["ids"]) == ("draft_purged", [str(row.id)])


def test_a049_stored_bytes_without_a_row_are_purged(mail: Mail, store: Path) -> None:
    stray = sealed(making.TEXT, "a.txt")
    basket = draft_basket(mail.veteran)
    kept = add(mail.veteran, basket)
    mail.send(basket, kept)
    assert stored(store) == sorted([kept.id.hex, stray.file_id.hex])
    with clock.at(clock.now() + dt.timedelta(hours=25)):
        assert actions.purge(actor=SYSTEM) == actions.PurgeResult(unsent=0, stray=1)
    assert stored(store) == [kept.id.hex]
