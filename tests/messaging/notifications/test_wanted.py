"""A014: right before sending, the relay looks again whether the email is still this person's."""

import uuid
from collections.abc import Callable

import pytest

from accounts.models import Account, Credential, Level, VeteranRecord
from eligibility.models import RoleGrant, StaffMember, TeamMembership
from messaging.models import Conversation, Notification, NotificationKind, NotificationState, ObligationEnd
from messaging.notifications.actions import notify, relay
from messaging.response.actions import end_obligation, sweep
from smportal import clock
from smportal.actor import Actor
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import TUESDAY, make_conversation, make_message, make_obligation, verify_address

pytestmark = pytest.mark.django_db


def account_of(staff: StaffMember) -> Account:
    assert staff.account is not None
    return staff.account


def assert_skipped(mailbox: Mailbox, reason: str) -> None:
    result = relay()
    row = Notification.objects.get()
    assert (result.skipped, result.sent) == (1, 0)
    assert (row.state, row.last_error) == (NotificationState.SKIPPED, reason)
    assert mailbox.messages == []
    assert relay().skipped == 0


def owe_to_veteran() -> Account:
    conversation = make_conversation()
    message = make_message(conversation)
    veteran = Account.objects.get(record=conversation.record)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id)
    return veteran


def disable(veteran: Account) -> None:
    Account.objects.filter(id=veteran.id).update(is_active=False)


def die(veteran: Account) -> None:
    VeteranRecord.objects.filter(account=veteran).update(deceased=True)


def be_flagged(veteran: Account) -> None:
    VeteranRecord.objects.filter(account=veteran).update(identity_theft=True)


def fall_back(veteran: Account) -> None:
    Credential.objects.filter(account=veteran).update(level=Level.ADVANCED)


def unlink_credential(veteran: Account) -> None:
    Credential.objects.filter(account=veteran).update(unlinked_at=TUESDAY)


def lose_record(veteran: Account) -> None:
    Account.objects.filter(id=veteran.id).update(record=factories.make_record())


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (disable, "account_disabled"),
        (die, "may_not_read"),
        (be_flagged, "may_not_read"),
        (fall_back, "may_not_read"),
        (unlink_credential, "may_not_read"),
        (lose_record, "may_not_read"),
    ],
)
def test_a_veteran_who_could_not_read_the_message_is_not_told(
    mailbox: Mailbox, happens: Callable[[Account], None], reason: str
) -> None:
    happens(owe_to_veteran())
    assert_skipped(mailbox, reason)


def test_a_merged_record_is_told_through_the_survivor(mailbox: Mailbox) -> None:
    conversation = make_conversation()
    survivor = factories.make_record()
    VeteranRecord.objects.filter(id=conversation.record_id).update(merged_into=survivor)
    account = factories.make_account(survivor)
    verify_address(account)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[account.id], cause_id=make_message(conversation).id)

    assert relay().sent == 1
    assert mailbox.recipients == [[account.email]]


def owe_assignment() -> tuple[Conversation, StaffMember]:
    conversation = make_conversation()
    staff = factories.make_staff(conversation.team, factories.make_team())
    Conversation.objects.update(assignee=staff)
    notify(
        kind=NotificationKind.ASSIGNED,
        recipient_ids=[account_of(staff).id],
        cause_id=uuid.uuid4(),
        conversation_id=conversation.id,
    )
    return conversation, staff


def test_an_assignee_is_told(mailbox: Mailbox) -> None:
    _, staff = owe_assignment()
    assert relay().sent == 1
    assert mailbox.recipients == [[staff.email]]


def test_somebody_removed_from_the_team_is_not_told_though_still_in_another(mailbox: Mailbox) -> None:
    conversation, staff = owe_assignment()
    TeamMembership.objects.filter(staff=staff, team=conversation.team).update(ended_at=clock.now())
    assert_skipped(mailbox, "may_not_read")


def test_an_assignment_that_went_to_somebody_else_is_not_told(mailbox: Mailbox) -> None:
    conversation, _ = owe_assignment()
    Conversation.objects.update(assignee=factories.make_staff(conversation.team))
    assert_skipped(mailbox, "no_longer_assigned")


def test_inactive_staff_are_not_told(mailbox: Mailbox) -> None:
    _, staff = owe_assignment()
    StaffMember.objects.filter(id=staff.id).update(is_active=False)
    assert_skipped(mailbox, "may_not_read")


def test_a_reminder_of_what_was_answered_meanwhile_is_not_sent(mailbox: Mailbox) -> None:
    obligation = make_obligation()
    factories.make_staff(obligation.conversation.team)
    sweep(now=obligation.remind_at)
    end_obligation(
        actor=Actor.system("test"), conversation=obligation.conversation, end=ObligationEnd.ANSWERED, at=TUESDAY
    )
    assert_skipped(mailbox, "answered_meanwhile")


def test_a_lead_removed_from_the_team_is_not_told_of_what_is_overdue(mailbox: Mailbox) -> None:
    obligation = make_obligation()
    lead = factories.make_staff(obligation.conversation.team, leads=True)
    sweep(now=obligation.due_at)
    TeamMembership.objects.filter(staff=lead).update(ended_at=clock.now())
    assert_skipped(mailbox, "may_not_read")


def test_an_administrator_whose_role_was_revoked_is_not_told(mailbox: Mailbox) -> None:
    obligation = make_obligation()
    administrator = factories.make_administrator(obligation.conversation.team.facility)
    sweep(now=obligation.escalate_at)
    RoleGrant.objects.filter(account=administrator).update(revoked_at=clock.now())
    assert_skipped(mailbox, "may_not_read")


def test_a_message_that_does_not_exist_is_not_told(mailbox: Mailbox) -> None:
    account = factories.make_account(factories.make_record())
    verify_address(account)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[account.id], cause_id=uuid.uuid4())
    assert_skipped(mailbox, "cause_is_gone")
