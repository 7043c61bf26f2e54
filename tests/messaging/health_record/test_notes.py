"""Writing a note: what it says, who may, once, and what becomes of one that failed."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from eligibility.models import CareTeam, TeamMembership
from messaging.health_record import actions, queries
from messaging.health_record.clinics import add_clinic, edit_clinic
from messaging.health_record.preparing import NOTE_MOST, TITLE_MOST, Choice
from messaging.health_record.relaying import RelayResult
from messaging.inbox import actions as team_actions
from messaging.inbox.desk import desk_of
from messaging.inbox.handing_over import hand_over
from messaging.keyset import Cursor
from messaging.models import Clinic, Conversation, Message, NoteState, RecordNote, SentInError
from messaging.models.sent_in_error import ErrorReason
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack.fhir.server import Endpoint
from smportal.errors import Conflict, DomainError, InvalidInput, NotFound
from tests import factories
from tests.messaging.health_record.noting import Noting, file_all, fresh, make_clinic

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


def attempt(name: str, noting: Noting, note: RecordNote, who: Actor) -> None:
    match name:
        case "preview":
            noting.seen(actor=who)
        case "send":
            actions.send(
                actor=who, conversation_id=noting.conversation_id, note_id=uuid.uuid4(), choice=noting.choice, seen=""
            )
        case "try again":
            actions.try_again(actor=who, note_id=note.id)
        case "change":
            actions.change(actor=who, note_id=note.id, choice=noting.choice, seen="")
        case "dismiss":
            actions.dismiss(actor=who, note_id=note.id, reason="No")
        case "open":
            queries.open_note(actor=who, note_id=note.id, chosen_zone="")


@pytest.mark.parametrize("name", ["preview", "send", "try again", "change", "dismiss", "open"])
def test_a001_only_members_of_the_conversations_team_may(name: str, noting: Noting) -> None:
    note = noting.save()
    RecordNote.objects.filter(id=note.id).update(state=NoteState.FAILED)
    member_once = factories.make_staff(noting.team)
    TeamMembership.objects.filter(staff=member_once).update(ended_at=clock.now())
    outsiders = [
        factories.staff_actor(factories.make_staff(factories.make_team(noting.team.facility))),
        factories.staff_actor(member_once),
        factories.actor_for(factories.make_administrator(noting.team.facility)),
        noting.veteran,
        factories.actor_for(noting.nurse.account, second_factor=False) if noting.nurse.account else noting.veteran,
        Actor.anonymous(),
    ]
    for outsider in outsiders:
        with pytest.raises(NotFound):
            attempt(name, noting, note, outsider)
    assert fresh(note).state == NoteState.FAILED
    assert RecordNote.objects.count() == 1


def test_a_note_goes_along_with_its_conversation(noting: Noting) -> None:
    note = noting.save()
    RecordNote.objects.filter(id=note.id).update(state=NoteState.FAILED)
    other: CareTeam = factories.make_team(noting.team.facility)
    factories.participate(factories.make_staff(other), other)
    colleague = factories.staff_actor(factories.make_staff(other))
    assert desk_of(noting.actor).failed_notes == 1
    noting.reply(noting.conversation_id, "It still hurts.")
    hand_over(actor=noting.actor, conversation_id=noting.conversation_id, team_id=other.id, key=uuid.uuid4(), note="")
    assert (desk_of(noting.actor).failed_notes, desk_of(colleague).failed_notes) == (0, 1)
    assert not queries.notes_to_deal_with(noting.actor, None, chosen_zone="").rows
    [row] = queries.notes_to_deal_with(colleague, None, chosen_zone="").rows
    assert row.id == note.id
    actions.try_again(actor=colleague, note_id=note.id)


def failed(noting: Noting) -> RecordNote:
    note = noting.save()
    RecordNote.objects.filter(id=note.id).update(state=NoteState.FAILED, last_error="422 not-found", attempts=1)
    return note


def test_a_changed_note_is_another_document(noting: Noting, record_system: Endpoint) -> None:
    record_system.strangers = frozenset({noting.record.icn})
    note = noting.save()
    file_all()
    record_system.strangers = frozenset()
    choice = replace(noting.choice, title="Knee, second try", message_ids=[noting.question.id])
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        changed = actions.change(actor=noting.actor, note_id=note.id, choice=choice, seen=noting.seen(choice))
    assert changed.id == note.id
    assert changed.document_id != note.document_id
    assert (changed.state, changed.attempts, changed.last_error) == (NoteState.WAITING, 0, "")
    assert AuditEvent.objects.get(deed="record_note_changed").details["messages"] == [str(noting.question.id)]


def test_a_note_is_given_up_with_a_reason(noting: Noting) -> None:
    note = failed(noting)
    with pytest.raises(InvalidInput):
        actions.dismiss(actor=noting.actor, note_id=note.id, reason=" ")
    actions.dismiss(actor=noting.actor, note_id=note.id, reason="Entered by hand.")
    shown = queries.open_note(actor=noting.actor, note_id=note.id, chosen_zone="")
    assert (shown.row.state, shown.dismissal, shown.dismissed_by) == ("dismissed", "Entered by hand.", "Nora Nurse")
    assert not queries.notes_to_deal_with(noting.actor, None, chosen_zone="").rows
    assert AuditEvent.objects.filter(deed="record_note_dismissed", object_id=str(note.id)).count() == 1


@pytest.mark.parametrize("state", [NoteState.WAITING, NoteState.FILED, NoteState.DISMISSED])
def test_only_what_failed_is_dealt_with(state: NoteState, noting: Noting) -> None:
    note = failed(noting)
    values: dict[str, object] = {"state": state}
    if state is NoteState.FILED:
        values["filed_at"] = clock.now()
    if state is NoteState.DISMISSED:
        actions.dismiss(actor=noting.actor, note_id=note.id, reason="Entered by hand.")
    RecordNote.objects.filter(id=note.id).update(**values)
    deeds: list[Callable[[], object]] = [
        lambda: actions.try_again(actor=noting.actor, note_id=note.id),
        lambda: actions.change(actor=noting.actor, note_id=note.id, choice=noting.choice, seen=noting.seen()),
        lambda: actions.dismiss(actor=noting.actor, note_id=note.id, reason="Again"),
    ]
    for deed in deeds:
        with pytest.raises(DomainError) as refused:
            deed()
        assert refused.value.code == "not_failed"


def test_the_database_holds_states_to_what_belongs_to_them(noting: Noting) -> None:
    note = noting.save()
    for values in (
        {"state": "filed"},
        {"state": "dismissed"},
        {"state": "lost"},
        {"filed_at": clock.now()},
        {"dismissed_at": clock.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RecordNote.objects.filter(id=note.id).update(**values)


def test_reading_is_on_record(noting: Noting) -> None:
    note = failed(noting)
    queries.open_note(actor=noting.actor, note_id=note.id, chosen_zone="")
    assert AuditEvent.objects.get(deed="record_note_read").object_id == str(note.id)
    queries.notes_to_deal_with(noting.actor, None, chosen_zone="")
    shown = AuditEvent.objects.get(deed="list_shown")
    assert (shown.object_id, shown.details["conversations"]) == ("health-record", [str(noting.conversation_id)])


def test_the_list_has_pages(noting: Noting, monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.now()
    for minute in range(27):
        with clock.at(began + dt.timedelta(minutes=minute)):
            failed(noting)
    first = queries.notes_to_deal_with(noting.actor, None, chosen_zone="")
    assert len(first.rows) == 25
    second = queries.notes_to_deal_with(noting.actor, Cursor.parse(first.following), chosen_zone="")
    assert len({row.id for row in (*first.rows, *second.rows)}) == 27


def test_a_conversation_says_that_it_has_notes(noting: Noting) -> None:
    assert not Conversation.objects.get(id=noting.conversation_id).has_record_notes
    noting.save()
    assert Conversation.objects.get(id=noting.conversation_id).has_record_notes
    assert Message.objects.filter(conversation_id=noting.conversation_id).count() == 2


def test_administrators_keep_the_clinics_of_their_facilities(noting: Noting) -> None:
    facility = noting.team.facility
    here = factories.actor_for(factories.make_administrator(facility))
    clinic = add_clinic(actor=here, facility=facility, code=" 77 ", name=" Women’s  health ")
    assert (clinic.code, clinic.name) == ("77", "Women’s health")
    with pytest.raises(InvalidInput) as taken:
        add_clinic(actor=here, facility=facility, code="77", name="Again")
    assert taken.value.field == "code"
    for code in ("", "7|7", "7 7", "é", "7" * 41):
        with pytest.raises(InvalidInput):
            add_clinic(actor=here, facility=facility, code=code, name="Again")
    elsewhere = factories.actor_for(factories.make_administrator(factories.make_facility()))
    for outsider in (elsewhere, noting.actor, noting.veteran):
        with pytest.raises(NotFound):
            add_clinic(actor=outsider, facility=facility, code="78", name="Other")
        with pytest.raises(NotFound):
            edit_clinic(actor=outsider, clinic_id=clinic.id, name="Other", is_active=False)
    assert not edit_clinic(actor=here, clinic_id=clinic.id, name="Closed", is_active=False).is_active
    assert AuditEvent.objects.filter(deed="clinic_changed").count() == 2
    assert make_clinic(Noting(), code="77").code == "77", "a code is a facility's own"
