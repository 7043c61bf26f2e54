"""From a note that is owed to one that is filed: by the right name, once, and never lost."""

import base64
import datetime as dt
import os
import subprocess
import sys
import uuid

import pytest
from pytest_django import Settings

from accounts.models import VeteranRecord
from eligibility.models import TeamMembership
from messaging.health_record import actions
from messaging.health_record.relaying import GIVE_UP_AFTER, LEASE, RelayResult, document_of
from messaging.health_record.resource import as_fhir
from messaging.models import NoteState, Notification, NotificationKind, RecordNote
from messaging.notifications.wanted import Unwanted, why_unwanted
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack import ports
from smportal.devstack.fhir.server import Endpoint
from smportal.errors import Conflict
from tests import factories
from tests.messaging.health_record.noting import Noting, file_all, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def noting(db: None) -> Noting:
    return Noting()


def filed(endpoint: Endpoint) -> list[dict[str, object]]:
    return list(endpoint.store.notes.values())


def test_a_note_is_filed_as_it_was_seen(noting: Noting, record_system: Endpoint) -> None:
    seen = actions.preview(actor=noting.actor, conversation_id=noting.conversation_id, choice=noting.choice)
    note = noting.save()
    assert file_all() == RelayResult(filed=1)
    assert file_all() == RelayResult()
    [there] = record_system.store.notes.values()
    assert base64.b64decode(there["content"][0]["attachment"]["data"]).decode() == seen.text
    assert there["description"] == "Knee pain by message"
    assert there["subject"]["identifier"]["value"] == noting.record.icn
    assert there["author"][0] == {
        "type": "Practitioner",
        "identifier": {"system": "http://localhost:8000/staff-id", "value": noting.nurse.staff_id},
        "display": "Nora Nurse, Nurse",
    }
    station = noting.team.facility.station_number
    assert there["context"]["related"][0]["identifier"]["value"] == f"vha_{station}_3049"
    assert there["custodian"]["identifier"]["value"] == f"vha_{station}"
    done = fresh(note)
    assert (done.state, done.external_id, done.attempts) == (NoteState.FILED, there["id"], 1)
    assert done.filed_at is not None
    event = AuditEvent.objects.get(deed="record_note_filed")
    assert (event.object_id, event.reason, event.subject_id) == (str(note.id), there["id"], noting.record.id)


def test_the_subject_is_whoever_survives_the_merges_when_it_is_sent(noting: Noting, record_system: Endpoint) -> None:
    note = noting.save()
    survivor = factories.make_record()
    middle = factories.make_record(merged_into=survivor)
    VeteranRecord.objects.filter(id=noting.record.id).update(merged_into=middle)
    assert file_all() == RelayResult(filed=1)
    [there] = record_system.store.notes.values()
    assert there["subject"]["identifier"]["value"] == survivor.icn
    assert fresh(note).record_id == noting.record.id


def test_a_refusal_stays_and_says_why(noting: Noting, record_system: Endpoint) -> None:
    record_system.strangers = frozenset({noting.record.icn})
    note = noting.save()
    assert file_all() == RelayResult(failed=1)
    refused = fresh(note)
    assert (refused.state, refused.last_error, refused.may_be_there) == (NoteState.FAILED, "422 not-found", False)
    assert AuditEvent.objects.get(deed="record_note_failed").reason == "422 not-found"
    with clock.at(clock.now() + dt.timedelta(days=30)):
        assert file_all() == RelayResult()
    record_system.strangers = frozenset()
    actions.try_again(actor=noting.actor, note_id=note.id)
    assert file_all() == RelayResult(filed=1)


def told() -> list[uuid.UUID]:
    owed = Notification.objects.filter(kind=NotificationKind.RECORD_NOTE)
    return list(owed.order_by("created_at").values_list("recipient_id", flat=True))


def test_whoever_sent_a_note_that_fails_is_told_each_time_that_it_does(noting: Noting, record_system: Endpoint) -> None:
    record_system.strangers = frozenset({noting.record.icn})
    note = noting.save()
    file_all()
    assert noting.nurse.account is not None
    assert told() == [noting.nurse.account.id]
    row = Notification.objects.get(kind=NotificationKind.RECORD_NOTE)
    assert why_unwanted(row) is None
    actions.try_again(actor=noting.actor, note_id=note.id)
    assert why_unwanted(row) is Unwanted.GONE, "somebody deals with it"
    file_all()
    assert told() == [noting.nurse.account.id] * 2


def test_where_who_sent_it_has_left_the_leads_are_told_or_else_the_team(
    noting: Noting, record_system: Endpoint
) -> None:
    record_system.strangers = frozenset({noting.record.icn})
    colleague = factories.make_staff(noting.team)
    lead = factories.make_staff(noting.team, leads=True)
    note = noting.save()
    TeamMembership.objects.filter(staff=noting.nurse).update(ended_at=clock.now())
    file_all()
    assert lead.account is not None
    assert colleague.account is not None
    assert told() == [lead.account.id]
    actor = factories.staff_actor(colleague)
    actions.try_again(actor=actor, note_id=note.id)
    TeamMembership.objects.filter(staff=lead).update(ended_at=clock.now())
    assert why_unwanted(Notification.objects.get(recipient=lead.account)) is Unwanted.GONE
    file_all()
    assert colleague.account.id in told()
    assert noting.nurse.account_id not in told()
    assert told().count(lead.account.id) == 1
    assert why_unwanted(Notification.objects.get(recipient=lead.account)) is Unwanted.MAY_NOT_READ


@pytest.mark.parametrize(
    ("fault", "code", "may_be_there"),
    [
        ("error", "500 exception", True),
        ("store-then-error", "500 exception", True),
        ("busy", "503", True),
        ("drop", "connection_lost", True),
        ("store-then-drop", "connection_lost", True),
        ("unauthorized", "401 expired", False),
        ("page", "200 without an id", True),
    ],
)
def test_whatever_goes_wrong_it_is_filed_once_in_the_end(
    fault: str, code: str, may_be_there: bool, noting: Noting, record_system: Endpoint
) -> None:
    note = noting.save()
    record_system.faults.append(fault)
    assert file_all() == RelayResult(retried=1)
    waiting = fresh(note)
    assert (waiting.state, waiting.last_error, waiting.may_be_there) == (NoteState.WAITING, code, may_be_there)
    assert waiting.next_attempt_at > clock.now() + dt.timedelta(seconds=10)
    assert file_all() == RelayResult()
    with clock.at(waiting.next_attempt_at):
        assert file_all() == RelayResult(filed=1)
    assert len(filed(record_system)) == 1
    assert fresh(note).attempts == 2


def test_a_busy_server_is_asked_no_sooner_than_it_said(noting: Noting, record_system: Endpoint) -> None:
    note = noting.save()
    record_system.faults.append("busy")
    before = clock.now()
    file_all()
    assert fresh(note).next_attempt_at >= before + dt.timedelta(seconds=120)


def test_a_server_that_is_away_is_asked_once_a_run(noting: Noting, settings: Settings) -> None:
    settings.FHIR_URL = f"http://127.0.0.1:{ports.free_port()}/fhir"
    notes = [noting.save(), noting.save()]
    assert file_all() == RelayResult(retried=1)
    first, second = (fresh(note) for note in notes)
    # Nothing was sent: it cannot be there.
    assert (first.attempts, first.last_error, first.may_be_there) == (1, "connection_refused", False)
    assert second.attempts == 0


def test_after_two_days_without_success_it_is_to_be_dealt_with(noting: Noting, settings: Settings) -> None:
    settings.FHIR_URL = f"http://127.0.0.1:{ports.free_port()}/fhir"
    note = noting.save()
    with clock.at(note.owed_since + GIVE_UP_AFTER - dt.timedelta(seconds=1)):
        assert file_all() == RelayResult(retried=1)
    with clock.at(note.owed_since + GIVE_UP_AFTER + dt.timedelta(hours=3)):
        assert file_all() == RelayResult(failed=1)
        assert fresh(note).last_error == "connection_refused"
        again = actions.try_again(actor=noting.actor, note_id=note.id)
        assert file_all() == RelayResult(retried=1), "two days more"
        assert again.owed_since == clock.now() or again.owed_since > note.owed_since


def test_what_may_be_there_is_not_changed_until_it_is_clear(noting: Noting, record_system: Endpoint) -> None:
    """A lost answer, then a refusal: under another text, the note could stand there twice."""
    note = noting.save()
    record_system.faults.append("store-then-drop")
    file_all()
    record_system.strangers = frozenset({noting.record.icn})
    with clock.at(fresh(note).next_attempt_at):
        assert file_all() == RelayResult(failed=1)
    assert fresh(note).may_be_there
    with pytest.raises(Conflict) as refused:
        actions.change(actor=noting.actor, note_id=note.id, choice=noting.choice, seen=noting.seen())
    assert refused.value.code == "may_be_there"
    record_system.strangers = frozenset()
    actions.try_again(actor=noting.actor, note_id=note.id)
    assert file_all() == RelayResult(filed=1)
    assert len(filed(record_system)) == 1


def test_a_relay_that_comes_late_with_good_news_is_believed(noting: Noting, record_system: Endpoint) -> None:
    """Its lease ran out, another relay was refused: what was filed was filed."""
    from messaging.health_record import relaying
    from messaging.health_record.service import Answer, Verdict

    note = noting.save()
    claimed = relaying._claim()
    assert claimed is not None
    record_system.strangers = frozenset({noting.record.icn})
    with clock.at(clock.now() + LEASE):
        assert file_all() == RelayResult(failed=1)
    assert fresh(note).may_be_there
    relaying._filed(actions_actor(), claimed[0], Answer(Verdict.FILED, external_id="17"))
    assert fresh(note).state == NoteState.FILED
    relaying._failed(actions_actor(), claimed[0], Answer(Verdict.REFUSED, "400"))
    assert fresh(note).state == NoteState.FILED
    assert AuditEvent.objects.filter(deed="record_note_filed").count() == 1


def actions_actor() -> Actor:
    return Actor.system("health record")


def test_no_two_relays_are_at_one_note(settings: Settings) -> None:
    """The lease is longer than a task may take."""
    assert LEASE.total_seconds() > settings.CELERY_TASK_TIME_LIMIT


def test_the_resource_is_the_same_at_every_attempt(noting: Noting) -> None:
    note = noting.save()
    first = as_fhir(document_of(fresh(note)))
    with clock.at(clock.now() + dt.timedelta(hours=5)):
        assert as_fhir(document_of(fresh(note))) == first
    changed_id = uuid.uuid4()
    RecordNote.objects.filter(id=note.id).update(document_id=changed_id)
    assert as_fhir(document_of(fresh(note)))["masterIdentifier"]["value"] == changed_id.urn


def test_a083_content_is_neither_logged_nor_shown_in_a_repr(
    noting: Noting, record_system: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    note = noting.save(title="Canary title")
    record_system.faults.extend(["error", "drop", "page"])
    record_system.strangers = frozenset({noting.record.icn})
    with caplog.at_level("DEBUG"):
        for _ in range(4):
            with clock.at(fresh(note).next_attempt_at):
                file_all()
    assert fresh(note).state == NoteState.FAILED
    said = caplog.text + repr(document_of(note)) + repr(vars(fresh(note)).keys())
    assert "record_note" in str([vars(line) for line in caplog.records])
    for private in ("Canary", "stairs", noting.record.icn, noting.record.last_name):
        assert private not in said


def test_pages_do_not_load_the_models() -> None:
    """Most of a second and 20 MB, which only the worker needs."""
    code = "import django; django.setup(); import smportal.urls, sys; sys.exit('fhirclient' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=os.environ, check=False, timeout=60)
    assert done.returncode == 0
