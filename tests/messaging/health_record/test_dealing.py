"""Who may do what with a note, what becomes of one that failed, and who keeps the clinics."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from eligibility.models import CareTeam, TeamMembership
from messaging.health_record import actions, queries
from messaging.health_record.clinics import add_clinic, edit_clinic
from messaging.inbox.desk import desk_of
from messaging.inbox.handing_over import hand_over
from messaging.keyset import Cursor
from messaging.models import Conversation, Message, NoteState, RecordNote
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack.fhir.server import Endpoint
from smportal.errors import DomainError, InvalidInput, NotFound
from tests import factories
from tests.messaging.health_record.noting import Noting, file_all, fresh, make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def noting(db: None) -> Noting:
    return Noting()


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
