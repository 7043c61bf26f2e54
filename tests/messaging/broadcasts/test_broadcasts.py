"""One text to many veterans: who gets it, each once and apart, and who does not, with the reason."""

import dataclasses
import datetime as dt
from collections import Counter
from typing import Any

import pytest

from accounts.models import VeteranRecord
from eligibility.models import Association, TeamMembership
from messaging.broadcasts import actions, lists, making, queries
from messaging.broadcasts.choosing import MOST
from messaging.broadcasts.content import content_of
from messaging.broadcasts.making import make_broadcasts
from messaging.broadcasts.spreadsheet import as_csv
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import DraftChangedElsewhere
from messaging.models import (
    Broadcast,
    BroadcastRecipient,
    Conversation,
    Message,
    Notification,
    Obligation,
    RecipientState,
    State,
)
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.crypto.envelope import ciphers, sealing_key
from smportal.crypto.models import DataKey
from smportal.crypto.owner import Owner, OwnerKind
from smportal.errors import Conflict, InvalidInput, NotFound, Refused
from tests import factories
from tests.messaging.broadcasts.making import Clinic

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


@pytest.fixture
def clinic(db: None) -> Clinic:
    return Clinic()


def reasons(broadcast: Broadcast) -> Counter[str]:
    return Counter(
        BroadcastRecipient.objects.filter(broadcast=broadcast, state=RecipientState.LEFT_OUT).values_list(
            "reason", flat=True
        )
    )


def test_each_gets_a_conversation_of_their_own_and_sees_nothing_of_the_others(clinic: Clinic) -> None:
    checked = clinic.checked()
    assert (checked.state, queries.counts(checked).pending) == ("ready", 3)
    assert not Message.objects.exists()
    clinic.confirm(checked.id, 3)
    assert not Message.objects.exists()
    assert make_broadcasts() == 3
    checked.refresh_from_db()
    assert checked.state == "done"
    made = list(Conversation.objects.all())
    assert {conversation.record_id for conversation in made} == {record.id for record in clinic.records}
    assert {(row.state, row.assignee_id, row.due_at) for row in made} == {(State.ANSWERED, None, None)}
    messages = list(Message.objects.all())
    assert {message.unseal_text("body_sealed") for message in messages} == {"Come by this week."}
    # Nothing that a veteran can read or compare names the others: numbers, ids and keys are each their own.
    for column in ("number", "draft_id", "conversation_id"):
        assert len({getattr(message, column) for message in messages}) == 3
    assert Notification.objects.count() == 3
    assert Counter(AuditEvent.objects.values_list("deed", flat=True))["message_sent"] == 3
    assert AuditEvent.objects.filter(deed="message_sent", details__broadcast=str(checked.id)).count() == 3
    confirmed = AuditEvent.objects.get(deed="broadcast_confirmed")
    assert confirmed.details["recipients"] == 3


def test_the_text_is_sealed_under_the_facilitys_key_and_the_list_is_gone_once_confirmed(clinic: Clinic) -> None:
    checked = clinic.checked()
    assert DataKey.objects.filter(owner_kind="facility", owner_id=clinic.team.facility.key_owner_id).exists()
    assert b"Come by" not in bytes(checked.body_sealed or b"")
    assert clinic.confirm(checked.id, 3).list_sealed is None


def test_who_is_left_out_is_counted_with_the_reason(clinic: Clinic) -> None:
    survivor, blocked, deceased = clinic.records
    factories.block(blocked, team=clinic.team)
    VeteranRecord.objects.filter(id=deceased.id).update(deceased=True)
    _, flagged, _ = factories.make_eligible_veteran(clinic.team)
    VeteranRecord.objects.filter(id=flagged.id).update(identity_theft=True)
    merged = factories.make_record(merged_into=survivor)
    stranger = factories.make_record()
    no_account = factories.make_record()
    factories.enroll(no_account)
    factories.register(no_account, clinic.team.facility)
    factories.associate(no_account, clinic.team)
    icns = [survivor, blocked, deceased, flagged, merged, stranger, no_account, survivor]
    checked = clinic.checked("\n".join([record.icn for record in icns] + ["9999999999V999999", "Sam Smith"]))
    counts = queries.counts(checked)
    assert (counts.pending, counts.left_out, counts.total, checked.repeated) == (1, 8, 9, 1)
    assert reasons(checked) == {
        "blocked": 1,
        "deceased": 1,
        "identity_theft": 1,
        "merged": 1,
        "unknown": 2,
        "no_account": 1,
        "malformed": 1,
    }
    assert sum(reason.number for reason in counts.reasons) == 8


def test_a_merged_record_alone_on_the_list_is_written_to_once_under_its_survivor(clinic: Clinic) -> None:
    survivor = clinic.records[0]
    first, second = (factories.make_record(merged_into=survivor) for _ in range(2))
    checked = clinic.checked(f"{first.icn}\n{second.icn}")
    assert (queries.counts(checked).pending, reasons(checked)) == (1, {"merged": 1})
    clinic.confirm(checked.id, 1)
    make_broadcasts()
    assert Message.objects.get().record_id == survivor.id


def test_what_changes_between_the_check_and_the_send_counts(clinic: Clinic) -> None:
    goes_on, merged_later, blocked_later = clinic.records
    checked = clinic.checked()
    clinic.confirm(checked.id, 3)
    VeteranRecord.objects.filter(id=merged_later.id).update(merged_into=goes_on)
    factories.block(blocked_later, team=clinic.team)
    make_broadcasts()
    assert Message.objects.get().record_id == goes_on.id
    assert reasons(checked) == {"merged": 1, "blocked": 1}


def test_by_assignment_with_filters(clinic: Clinic) -> None:
    by_clinic, registered_elsewhere, ended = clinic.records
    Association.objects.filter(record=by_clinic).update(relation="clinic")
    elsewhere = factories.make_facility()
    factories.register(registered_elsewhere, elsewhere)
    Association.objects.filter(record=ended).update(effective_until=dt.date(2020, 1, 1))
    factories.make_eligible_veteran()
    assert queries.counts(clinic.checked(source="associations")).pending == 2
    Broadcast.objects.all().delete()
    assert queries.counts(clinic.checked(source="associations", relation="clinic")).pending == 1
    Broadcast.objects.all().delete()
    checked = clinic.checked(source="associations", registered_at=elsewhere.id)
    assert [row.record_id for row in checked.recipients.all()] == [registered_elsewhere.id]
    assert [value for value, _ in queries.facilities_of(clinic.team.id)] == [
        str(facility.id) for facility in sorted({clinic.team.facility, elsewhere}, key=lambda row: (row.name, row.id))
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"icns": "  \nICN\n"}, "icns"),
        ({"source": "associations", "relation": "manual"}, "relation"),
        ({"subject": ""}, "subject"),
        ({"body": " "}, "body"),
        ({"category": ""}, "category"),
    ],
)
def test_what_is_missing_is_named_and_the_draft_stays(clinic: Clinic, changes: dict[str, Any], field: str) -> None:
    draft = clinic.draft(**changes)
    with pytest.raises(InvalidInput) as refused:
        actions.check(actor=clinic.lead, broadcast_id=draft.id)
    assert refused.value.field == field
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_more_than_ten_thousand_are_refused(clinic: Clinic) -> None:
    icns = "\n".join(f"{1_000_000_000 + number}V000000" for number in range(MOST + 1))
    draft = clinic.draft(icns)
    with pytest.raises(InvalidInput) as refused:
        actions.check(actor=clinic.lead, broadcast_id=draft.id)
    assert (refused.value.code, refused.value.field) == ("too_many", "icns")
    assert "10,001 are too many" in refused.value.text
    assert not BroadcastRecipient.objects.exists()


def test_only_leads_of_the_team_and_only_the_author_sends(clinic: Clinic) -> None:
    checked = clinic.checked()
    member = factories.staff_actor(factories.make_staff(clinic.team))
    other_lead = factories.staff_actor(factories.make_staff(clinic.team, leads=True))
    stranger = factories.staff_actor(factories.make_staff(factories.make_team(), leads=True))
    for actor in (member, stranger):
        with pytest.raises(NotFound):
            actions.begin(actor=actor, team_id=clinic.team.id)
        with pytest.raises(NotFound):
            queries.found(actor, checked.id)
        with pytest.raises(NotFound):
            actions.stop(actor=actor, broadcast_id=checked.id)
    assert queries.found(other_lead, checked.id).id == checked.id
    with pytest.raises(NotFound):
        actions.confirm(actor=other_lead, broadcast_id=checked.id, count=3)
    draft = clinic.draft()
    with pytest.raises(NotFound):
        queries.found(other_lead, draft.id)


def test_the_number_must_be_the_one_that_the_page_named(clinic: Clinic) -> None:
    checked = clinic.checked()
    with pytest.raises(Conflict):
        clinic.confirm(checked.id, 4)
    clinic.confirm(checked.id, 3)
    assert clinic.confirm(checked.id, 3).state == "sending"
    make_broadcasts()
    assert clinic.confirm(checked.id, 3).state == "done"
    assert Message.objects.count() == 3


def test_one_team_sends_one_text_at_a_time(clinic: Clinic) -> None:
    first = clinic.checked()
    clinic.confirm(first.id, 3)
    draft = clinic.draft()
    Broadcast.objects.filter(id=draft.id).update(state="ready")
    BroadcastRecipient.objects.create(
        broadcast=draft, position=0, record=clinic.records[0], state=RecipientState.PENDING
    )
    with pytest.raises(Refused) as refused:
        clinic.confirm(draft.id, 1)
    assert refused.value.code == "another_sending"


def test_stopping_leaves_the_rest_out(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "SENT_AT_ONCE", 1)
    checked = clinic.checked()
    clinic.confirm(checked.id, 3)
    assert making.step(checked.id) == 1
    actions.stop(actor=clinic.lead, broadcast_id=checked.id)
    assert make_broadcasts() == 0
    counts = queries.counts(checked)
    assert (counts.sent, counts.pending, reasons(checked)) == (1, 0, {"stopped": 2})
    assert AuditEvent.objects.get(deed="broadcast_ended").reason == "stopped"
    with pytest.raises(Conflict):
        actions.edit(actor=clinic.lead, broadcast_id=checked.id)
    with pytest.raises(Conflict):
        actions.delete(actor=clinic.lead, broadcast_id=checked.id)


def test_it_ends_when_its_author_no_longer_leads_the_team(clinic: Clinic) -> None:
    checked = clinic.checked()
    clinic.confirm(checked.id, 3)
    TeamMembership.objects.filter(staff=clinic.lead_row).update(is_lead=False)
    assert make_broadcasts() == 0
    checked.refresh_from_db()
    assert (checked.state, checked.end_reason, reasons(checked)) == ("stopped", "author_left", {"author_left": 3})


def test_a_broadcast_meets_no_obligation(clinic: Clinic) -> None:
    record = clinic.records[0]
    veteran = factories.actor_for(record.account)
    with clock.at(TUESDAY):
        sent = mailbox_actions.send(
            actor=veteran,
            draft_id=clinic.team.id,
            content=DraftContent(clinic.team.id, "general", "Knee", "It hurts."),
        )
    checked = clinic.checked()
    clinic.confirm(checked.id, 3)
    make_broadcasts()
    obligation = Obligation.objects.get()
    assert (obligation.conversation_id, obligation.ended_at) == (sent.conversation_id, None)


def test_one_veteran_for_whom_it_fails_holds_up_nobody_else(clinic: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    checked = clinic.checked()
    broken = clinic.records[1]
    key = sealing_key(Owner(OwnerKind.VETERAN, broken.id))
    DataKey.objects.filter(id=key.id).update(wrapped=b"tampered with" * 5)
    ciphers.clear()
    clinic.confirm(checked.id, 3)
    assert make_broadcasts() == 2
    assert reasons(checked) == {"failed": 1}
    assert any(getattr(entry, "event", "") == "broadcast_failed" for entry in caplog.records)


def test_no_veteran_gets_one_twice_whatever_the_rows_say(clinic: Clinic) -> None:
    checked = clinic.checked()
    clinic.confirm(checked.id, 3)
    make_broadcasts()
    # As if a worker had died after the commit and before anybody knew: the message's draft id stands in the way.
    row = BroadcastRecipient.objects.filter(broadcast=checked).first()
    assert row is not None
    BroadcastRecipient.objects.filter(id=row.id).update(state=RecipientState.PENDING, conversation=None)
    Broadcast.objects.filter(id=checked.id).update(state="sending")
    assert make_broadcasts() == 0
    assert Message.objects.count() == 3
    assert reasons(checked) == {"failed": 1}


def test_a_draft_that_another_tab_changed_is_not_overwritten(clinic: Clinic) -> None:
    draft = clinic.draft()
    content = content_of(draft)
    other = dataclasses.replace(content, body="Something else")
    with pytest.raises(DraftChangedElsewhere):
        actions.save_draft(actor=clinic.lead, broadcast_id=draft.id, version=1, content=other)
    kept = actions.keep(actor=clinic.lead, broadcast_id=draft.id, version=1, content=other)
    assert content_of(kept).body == "Come by this week.\n\nSomething else"
    assert content_of(kept).icns == content.icns
    assert actions.begin(actor=clinic.lead, team_id=clinic.team.id).id == draft.id


def test_editing_goes_back_to_the_text_and_forgets_the_lines(clinic: Clinic) -> None:
    checked = clinic.checked()
    actions.edit(actor=clinic.lead, broadcast_id=checked.id)
    assert not BroadcastRecipient.objects.exists()
    assert Broadcast.objects.get().state == "draft"
    actions.delete(actor=clinic.lead, broadcast_id=checked.id)
    assert not Broadcast.objects.exists()
    event = AuditEvent.objects.get(deed="draft_deleted", object_kind="broadcast")
    assert (event.object_id, event.actor_staff_id) == (str(checked.id), clinic.lead.staff_id)
    assert event.details == {"team": str(clinic.team.id), "was": "draft"}


def test_the_result_opens_safely_in_a_spreadsheet_and_is_on_record(clinic: Clinic) -> None:
    VeteranRecord.objects.filter(id=clinic.records[0].id).update(last_name="=HYPERLINK(1)", first_name="Ana")
    stranger = factories.make_record()
    checked = clinic.checked(f"{clinic.records[0].icn}\n{stranger.icn}\n@SUM(A1)")
    clinic.confirm(checked.id, 1)
    make_broadcasts()
    checked.refresh_from_db()
    text = "".join(as_csv(clinic.lead, checked)).splitlines()
    assert text == [
        "icn,veteran,result,reason",
        f'{clinic.records[0].icn},"\'=HYPERLINK(1), Ana",Got it,',
        f"{stranger.icn},,Did not get it,Not a veteran of this team",
        "'@SUM(A1),,Did not get it,No ICN in this line",
    ]
    shown = AuditEvent.objects.filter(deed="list_shown", object_id=str(checked.id))
    # Who is no veteran of the team is not named in it either.
    assert [event.details["records"] for event in shown] == [[str(clinic.records[0].id)]]


def test_reading_a_list() -> None:
    text = "\ufeffICN,Name\r\n1012345678v123456,Ana\r\n\r\n 1012345678V123456;1012345679V123456\nno icn here\n12345\n"
    read = lists.read(text)
    assert [(line.given, line.is_icn) for line in read.lines] == [
        ("1012345678V123456", True),
        ("1012345679V123456", True),
        ("NO ICN HERE", False),
        ("12345", False),
    ]
    assert read.repeated == 1
    assert lists.read("1012345678V1234567").lines[0].is_icn is False
