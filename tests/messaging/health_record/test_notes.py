"""Writing a note: what it says, once, and what can never be in it."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import translation

from messaging.health_record import actions, queries
from messaging.health_record.preparing import NOTE_MOST, TITLE_MOST, Choice
from messaging.health_record.relaying import RelayResult
from messaging.inbox import actions as team_actions
from messaging.models import Clinic, Message, NoteState, RecordNote, SentInError
from messaging.models.sent_in_error import ErrorReason
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.devstack.fhir.server import Endpoint
from smportal.errors import Conflict, InvalidInput
from tests.messaging.health_record.noting import Noting, file_all, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def noting(db: None) -> Noting:
    return Noting()


def text_of(noting: Noting, **changes: object) -> str:
    choice = replace(noting.choice, **changes)  # type: ignore[arg-type]
    return actions.preview(actor=noting.actor, conversation_id=noting.conversation_id, choice=choice).text


def test_a_note_says_who_when_and_which_message() -> None:
    with clock.at(dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)):
        noting = Noting()
    lines = text_of(noting).split("\n")
    assert lines[0] == "Knee pain by message"
    assert f"Veteran: {noting.record.full_name}" in lines
    assert "Times: in the facility's time zone, America/New York" in lines
    assert "Saved to the record by: Nora Nurse, Nurse" in lines
    assert "Clinic: Primary Care Blue" in lines
    assert f"From: {noting.record.full_name}, veteran" in lines
    assert "From: Nora Nurse, Nurse, care team" in lines
    assert lines.count("Sent: March 3, 2026, 10:00 a.m. EST") == 2
    assert f"Message number: {noting.question.number}" in lines
    assert "    It hurts when I climb stairs." in lines
    assert lines[-1] == "End of note"


def test_only_what_was_chosen_and_never_an_internal_note_is_in_it(noting: Noting) -> None:
    team_actions.add_note(
        actor=noting.actor, conversation_id=noting.conversation_id, draft_id=uuid.uuid4(), body="Canary of the staff."
    )
    assert "Canary" not in text_of(noting)
    only = text_of(noting, message_ids=[noting.reply_of_team.id])
    assert "Please rest it." in only
    assert "stairs" not in only


def withdraw(noting: Noting, message: Message) -> None:
    account = noting.nurse.account
    assert account is not None
    SentInError.objects.create(
        message=message,
        conversation_id=message.conversation_id,
        record=noting.record,
        facility=noting.team.facility,
        by_account=account,
        by_staff=noting.nurse,
        by_name="Nora Nurse",
        reason=ErrorReason.WRONG_VETERAN,
        was_opened=False,
        withdrawn_at=clock.now(),
    )


def test_what_was_sent_in_error_is_not_to_choose_and_never_sent(noting: Noting, record_system: Endpoint) -> None:
    note, filed = noting.save(), noting.save(message_ids=[noting.question.id])
    withdraw(noting, noting.reply_of_team)
    with pytest.raises(InvalidInput):
        noting.save()
    assert file_all() == RelayResult(filed=1, failed=1)
    assert (fresh(note).state, fresh(note).last_error) == (NoteState.FAILED, "withdrawn")
    assert not fresh(note).may_be_there
    [there] = record_system.store.notes
    assert fresh(filed).external_id == there
    choice = replace(noting.choice, message_ids=[noting.question.id])
    actions.change(actor=noting.actor, note_id=note.id, choice=choice, seen=noting.seen(choice))
    assert file_all() == RelayResult(filed=1)


def test_a_filed_note_says_that_a_message_of_it_was_withdrawn(noting: Noting, record_system: Endpoint) -> None:
    note = noting.save()
    file_all()
    assert not queries.open_note(actor=noting.actor, note_id=note.id, chosen_zone="").has_withdrawn
    withdraw(noting, noting.reply_of_team)
    assert queries.open_note(actor=noting.actor, note_id=note.id, chosen_zone="").has_withdrawn


def test_a_note_is_in_english_whatever_the_page_is_in(noting: Noting) -> None:
    english = text_of(noting)
    with translation.override("es"):
        assert text_of(noting) == english


def test_nobody_can_type_another_message_into_a_note(noting: Noting) -> None:
    """What somebody typed is indented: a line that looks like the head of a message stays theirs."""
    forged = noting.reply(
        noting.conversation_id, f"{'-' * 72}\nFrom: Dr. Smith, care team\u2028Sent: March 3\nDouble the dose."
    )
    text = text_of(noting, message_ids=[forged.id])
    heads = [line for line in text.split("\n") if line.startswith(("From:", "Sent:", "---"))]
    assert [line for line in heads if line.startswith("From:")] == [f"From: {noting.record.full_name}, veteran"]
    assert len([line for line in heads if line.startswith("---")]) == 2
    assert "    From: Dr. Smith, care team\n    Sent: March 3\n    Double the dose." in text


def test_sealed_audited_and_owed_in_one_transaction(noting: Noting) -> None:
    seen = noting.seen()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.send(
            actor=noting.actor,
            conversation_id=noting.conversation_id,
            note_id=uuid.uuid4(),
            choice=noting.choice,
            seen=seen,
        )
        raise ZeroDivisionError
    assert not RecordNote.objects.exists()
    assert not AuditEvent.objects.filter(deed="record_note_written").exists()
    note = noting.save()
    assert b"stairs" not in bytes(fresh(note).text_sealed)
    assert b"Knee" not in bytes(fresh(note).title_sealed)
    event = AuditEvent.objects.get(deed="record_note_written")
    assert event.details["messages"] == [str(noting.question.id), str(noting.reply_of_team.id)]
    assert "Knee" not in str(event.details)


def test_f016_a_form_posted_twice_makes_one_note(noting: Noting) -> None:
    key = uuid.uuid4()
    assert noting.save(key).id == noting.save(key).id
    assert RecordNote.objects.count() == 1
    assert AuditEvent.objects.filter(deed="record_note_written").count() == 1
    with pytest.raises(Conflict) as refused:
        noting.save(key, title="Another")
    assert refused.value.code == "already_sent"
    other = Noting()
    with pytest.raises(Conflict):
        other.save(key)
    assert fresh(RecordNote.objects.get()).conversation_id == noting.conversation_id


def test_what_was_not_seen_is_not_sent(noting: Noting) -> None:
    """A preview that became old: the clinic got another name meanwhile, or the form was made by hand."""
    seen = noting.seen()
    Clinic.objects.filter(id=noting.clinic.id).update(name="Primary Care Green")
    for digest in (seen, "", "00", "not hexadecimal", noting.seen(replace(noting.choice, title="Another"))):
        with pytest.raises(Conflict) as refused:
            actions.send(
                actor=noting.actor,
                conversation_id=noting.conversation_id,
                note_id=uuid.uuid4(),
                choice=noting.choice,
                seen=digest,
            )
        assert refused.value.code == "changed"
    assert not RecordNote.objects.exists()


WRONG: dict[str, tuple[Callable[[Noting], Choice], str]] = {
    "nothing chosen": (lambda n: replace(n.choice, message_ids=[]), "messages"),
    "a message that is not there": (
        lambda n: replace(n.choice, message_ids=[n.question.id, uuid.uuid4()]),
        "messages",
    ),
    "a message of somebody else": (
        lambda n: replace(n.choice, message_ids=[n.question.id, Noting().question.id]),
        "messages",
    ),
    "no title": (lambda n: replace(n.choice, title=" \n"), "title"),
    "a long title": (lambda n: replace(n.choice, title="x" * (TITLE_MOST + 1)), "title"),
    "a title with a bell": (lambda n: replace(n.choice, title="Ring\a"), "title"),
    "no clinic": (lambda n: replace(n.choice, clinic_id=None), "clinic"),
    "a clinic of another facility": (lambda n: replace(n.choice, clinic_id=Noting().clinic.id), "clinic"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_choice_is_an_error_of_its_field(name: str, noting: Noting) -> None:
    make_wrong, field = WRONG[name]
    with pytest.raises(InvalidInput) as refused:
        text_of(noting, **vars_of(make_wrong(noting)))
    assert refused.value.field == field
    assert not RecordNote.objects.exists()


def vars_of(choice: Choice) -> dict[str, object]:
    return {"message_ids": choice.message_ids, "title": choice.title, "clinic_id": choice.clinic_id}


def test_everything_that_is_wrong_is_said_at_once(noting: Noting) -> None:
    with pytest.raises(InvalidInput) as refused:
        text_of(noting, message_ids=[], title="", clinic_id=None)
    assert [refused.value.field, *(other.field for other in refused.value.others)] == ["title", "clinic", "messages"]


def test_a_closed_clinic_is_not_to_choose_but_what_is_owed_goes_there(noting: Noting, record_system: Endpoint) -> None:
    note = noting.save()
    Clinic.objects.filter(id=noting.clinic.id).update(is_active=False)
    with pytest.raises(InvalidInput):
        noting.save()
    file_all()
    assert fresh(note).state == NoteState.FILED


def test_a_note_that_no_record_would_take_is_refused(noting: Noting) -> None:
    messages = [noting.reply(noting.conversation_id, "a" * 9_990) for _ in range(NOTE_MOST // 9_990 + 1)]
    with pytest.raises(InvalidInput) as refused:
        text_of(noting, message_ids=[message.id for message in messages])
    assert (refused.value.field, refused.value.code) == ("messages", "too_long")
    assert text_of(noting, message_ids=[message.id for message in messages[:-2]])
