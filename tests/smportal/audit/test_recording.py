"""One event, one statement, and nothing in it that breaks a reader or shows a private value."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.audit.recording import Event, record, record_many
from smportal.crypto.models import DataKey
from tests.fixtures.databases import CommittedDatabase

STAFF = Actor(
    kind=ActorKind.STAFF,
    account_id=uuid.uuid4(),
    staff_id=uuid.uuid4(),
    address="2001:db8::7",
    request_id="0123456789abcdef0123456789abcdef",
)


@pytest.mark.django_db
def test_a100_a_disclosure_is_one_row_with_who_whom_what_why_when_and_request() -> None:
    subject, thing = uuid.uuid4(), uuid.uuid4()
    instant = dt.datetime(2026, 3, 4, 15, 0, tzinfo=dt.UTC)
    with clock.at(instant):
        record(
            actor=STAFF,
            deed=Deed.CONVERSATION_READ,
            subject_id=subject,
            object_kind="conversation",
            object_id=thing,
            reason="answering",
            details={"messages": ["a", "b"], "count": 2, "first": True, "team": None},
        )
    event = AuditEvent.objects.get()
    assert event.occurred_at == instant
    assert abs(event.recorded_at - clock.now()) < dt.timedelta(minutes=1)
    assert (event.actor_kind, event.actor_account_id, event.actor_staff_id) == (
        "staff",
        STAFF.account_id,
        STAFF.staff_id,
    )
    assert (event.actor_record_id, event.actor_name) == (None, "")
    assert (event.deed, event.subject_id, event.object_kind, event.object_id) == (
        "conversation_read",
        subject,
        "conversation",
        str(thing),
    )
    assert (event.reason, event.address, event.request_id) == ("answering", "2001:db8::7", STAFF.request_id)
    assert event.details == {"messages": ["a", "b"], "count": 2, "first": True, "team": None}


@pytest.mark.django_db
def test_one_event_costs_one_statement_and_many_cost_one() -> None:
    with CaptureQueriesContext(
        connection,
    ) as one:
        record(actor=STAFF, deed=Deed.DENIED)
    with CaptureQueriesContext(connection) as many:
        record_many(actor=STAFF, events=[Event(Deed.LIST_SHOWN, object_id=number) for number in range(30)])
    with CaptureQueriesContext(connection) as none:
        record_many(actor=STAFF, events=[])
    assert (len(one), len(many), len(none)) == (1, 1, 0)
    assert list(AuditEvent.objects.order_by("id").values_list("object_id", flat=True)) == [
        "",
        *(str(number) for number in range(30)),
    ]


@pytest.mark.django_db
def test_background_work_is_named() -> None:
    record(actor=Actor.system("sweep"), deed=Deed.OBLIGATION_STEP)
    assert AuditEvent.objects.values_list("actor_kind", "actor_name").get() == ("system", "sweep")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("two\r\nlines", "two lines"),
        ("\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
        ("nul\x00", "nul\N{REPLACEMENT CHARACTER}"),
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}abc", "\N{REPLACEMENT CHARACTER}abc"),
        ('{"deed": "forged"}', '{"deed": "forged"}'),
        ("José’s", "José’s"),
    ],
)
def test_a029_control_characters_never_reach_the_trail(given: str, kept: str) -> None:
    record(actor=STAFF, deed=Deed.DENIED, object_kind=given, object_id=given, reason=given, details={"name": given})
    event = AuditEvent.objects.get()
    assert event.object_kind == event.object_id == event.reason == event.details["name"] == kept


@pytest.mark.django_db
def test_a029_a_megabyte_is_cut_to_its_column() -> None:
    long = "x" * 1_000_000
    actor = Actor(ActorKind.ANONYMOUS, address=long, request_id=long, name=long)
    record(actor=actor, deed=Deed.DENIED, object_kind=long, object_id=long, reason=long, details={long: long})
    event = AuditEvent.objects.get()
    lengths = [len(getattr(event, name)) for name in ("actor_name", "object_kind", "object_id", "reason", "request_id")]
    assert lengths == [60, 40, 100, 500, 64]
    assert [(len(name), len(value)) for name, value in event.details.items()] == [(60, 200)]
    assert event.address is None


@pytest.mark.django_db
@pytest.mark.parametrize("detail", [b"\x01sealed", memoryview(b"\x01sealed"), 1.5, {"a": 1}, [b"\x01"], ["x"] * 501])
def test_a085_only_ids_codes_and_short_words_are_details(detail: object) -> None:
    with pytest.raises(TypeError, match="audit detail") as raised:
        record(actor=STAFF, deed=Deed.FACT_CHANGED, details={"body_sealed": detail})  # type: ignore[dict-item]
    assert "sealed" not in str(raised.value)
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_an_unknown_deed_is_refused() -> None:
    with pytest.raises(ValueError, match="shredded"):
        record(actor=STAFF, deed="shredded")  # type: ignore[arg-type]


def test_a099_no_event_no_deed(committed_db: CommittedDatabase, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever was done in the transaction of a failed event is undone with it."""
    with committed_db.as_owner() as owner:
        owner.execute("ALTER TABLE audit_auditevent ADD CHECK (deed <> 'conversation_read')")
    with pytest.raises(DatabaseError), transaction.atomic():
        DataKey.objects.create(
            owner_kind="veteran", owner_id=uuid.uuid4(), wrapped=b"x", wrapped_by="k", created_at=clock.now()
        )
        record(actor=STAFF, deed=Deed.CONVERSATION_READ)
    assert not DataKey.objects.exists()
    assert not AuditEvent.objects.exists()
    [alarm] = caplog.records
    assert (alarm.levelname, alarm.event, alarm.kind) == ("ERROR", "audit_failed", "conversation_read")  # type: ignore[attr-defined]


def test_a099_a_trail_that_is_locked_does_not_hang_or_pass(committed_db: CommittedDatabase) -> None:
    with committed_db.as_owner() as owner, owner.transaction():
        owner.execute("LOCK TABLE audit_auditevent IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
            record(actor=STAFF, deed=Deed.CONVERSATION_READ)
    assert not AuditEvent.objects.exists()
