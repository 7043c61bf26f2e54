"""What each choice in the settings does to each kind of email, as the relay finds it when it sends (section 8)."""

import datetime as dt
import uuid

import pytest

from accounts.models import Account, AccountKind, EmailChoice
from eligibility.models import StaffMember, TeamMembership
from messaging.mailbox import actions as veterans_actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, Notification, NotificationKind, NotificationState
from messaging.notifications.actions import notify, reconsider_held, relay
from messaging.notifications.choices import Handling
from messaging.notifications.kinds import KINDS, Audience
from messaging.response.actions import sweep
from smportal import clock
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import make_conversation, make_message, make_obligation

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
NONE, EACH, DAILY, ASSIGNED = EmailChoice.NONE, EmailChoice.EACH, EmailChoice.DAILY, EmailChoice.ASSIGNED
SENT, HELD, SKIPPED = NotificationState.SENT, NotificationState.HELD, NotificationState.SKIPPED


def test_the_defaults_are_each_message_for_veterans_and_on_assignment_for_staff() -> None:
    assert factories.make_account().wanted_emails == EACH
    assert factories.make_account(kind=AccountKind.STAFF).wanted_emails == ASSIGNED


MUST_ACT = {"overdue", "escalation", "break_glass", "team_alarm", "sent_in_error", "absence_entered"}


def test_only_what_somebody_must_act_on_is_sent_whatever_is_chosen() -> None:
    for kind, registered in KINDS.items():
        always = set(registered.rule.values()) == {Handling.NOW}
        assert always is (kind in MUST_ACT), kind
        assert set(registered.rule) == set(EmailChoice)


def owe_new_message() -> Notification:
    conversation = make_conversation()
    veteran = Account.objects.get(record=conversation.record)
    message = make_message(conversation, at=NOW)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id, at=NOW)
    return Notification.objects.get()


def choose(account: Account, choice: str) -> None:
    Account.objects.filter(id=account.id).update(email_choice=choice)


@pytest.mark.parametrize(("choice", "state"), [(NONE, SKIPPED), (EACH, SENT), (DAILY, HELD), ("", SENT)])
def test_a_veterans_choice_counts_as_it_stands_when_the_email_would_go(
    mailbox: Mailbox, choice: str, state: str
) -> None:
    row = owe_new_message()
    choose(row.recipient, choice)
    with clock.at(NOW):
        relay()
    row.refresh_from_db()
    assert (row.state, len(mailbox.messages)) == (state, state == SENT)
    assert row.last_error == ("turned_off" if state == SKIPPED else "")


def make_reader(choice: str, conversation: Conversation) -> StaffMember:
    staff = factories.make_staff(conversation.team)
    assert staff.account is not None
    choose(staff.account, choice)
    return staff


@pytest.mark.parametrize(("choice", "state"), [(NONE, SKIPPED), (EACH, SENT), (DAILY, HELD), (ASSIGNED, SENT)])
def test_an_assignment_under_each_choice(mailbox: Mailbox, choice: str, state: str) -> None:
    conversation = make_conversation()
    staff = make_reader(choice, conversation)
    Conversation.objects.update(assignee=staff)
    notify(
        kind=NotificationKind.ASSIGNED,
        recipient_ids=[staff.account_id],  # type: ignore[list-item]
        cause_id=uuid.uuid4(),
        conversation_id=conversation.id,
    )
    relay()
    assert Notification.objects.get().state == state


@pytest.mark.parametrize("choice", EmailChoice)
def test_overdue_answers_and_escalations_are_sent_under_every_choice_and_reminders_unless_none(
    mailbox: Mailbox, choice: str
) -> None:
    obligation = make_obligation()
    lead = factories.make_staff(obligation.conversation.team, leads=True)
    administrator = factories.make_administrator(obligation.conversation.team.facility)
    Account.objects.filter(kind="staff").update(email_choice=choice)
    for instant in (obligation.remind_at, obligation.due_at, obligation.escalate_at):
        with clock.at(instant):
            sweep()
            relay()
    told = [(message["To"], message["Subject"]) for message in mailbox.messages]
    assert (lead.email, KINDS["overdue"].subject) in told
    assert (administrator.email, KINDS["escalation"].subject) in told
    assert ((lead.email, KINDS["reminder"].subject) in told) is (choice != NONE)


def test_a_veterans_message_is_told_to_the_members_who_chose_each_message_or_once_a_day(mailbox: Mailbox) -> None:
    account, _, team = factories.make_eligible_veteran()
    everybody = {choice: factories.make_staff(team) for choice in EmailChoice}
    for choice, staff in everybody.items():
        choose(staff.account, choice)  # type: ignore[arg-type]
    gone = factories.make_staff(team)
    choose(gone.account, EACH)  # type: ignore[arg-type]
    TeamMembership.objects.filter(staff=gone).update(ended_at=clock.now())
    veteran = factories.actor_for(account)
    content = DraftContent(team_id=team.id, category="general", subject="My knee", body="It hurts.")

    message = veterans_actions.send(actor=veteran, draft_id=uuid.uuid4(), content=content)
    told = Notification.objects.filter(kind=NotificationKind.TEAM_MESSAGE, cause_id=message.id)
    assert {row.recipient_id for row in told} == {everybody[EACH].account_id, everybody[DAILY].account_id}
    relay()
    assert mailbox.recipients == [[everybody[EACH].email]]

    again = message.conversation_id
    veterans_actions.reply(actor=veteran, conversation_id=again, draft_id=uuid.uuid4(), body="And my hip.")
    assert Notification.objects.filter(kind=NotificationKind.TEAM_MESSAGE).count() == 4


@pytest.mark.parametrize(
    ("happens", "reason"),
    [("leaves", "may_not_read"), ("answered", "answered_meanwhile"), ("disabled", "account_disabled")],
)
def test_a_message_to_the_team_is_looked_at_again_before_it_is_told(
    mailbox: Mailbox, happens: str, reason: str
) -> None:
    """A014."""
    conversation = make_obligation().conversation
    staff = make_reader(EACH, conversation)
    notify(
        kind=NotificationKind.TEAM_MESSAGE,
        recipient_ids=[staff.account_id],  # type: ignore[list-item]
        cause_id=uuid.uuid4(),
        conversation_id=conversation.id,
    )
    if happens == "leaves":
        TeamMembership.objects.filter(staff=staff).update(ended_at=clock.now())
    elif happens == "answered":
        Conversation.objects.update(due_at=None)
    else:
        Account.objects.filter(staff_member=staff).update(is_active=False)
    relay()
    row = Notification.objects.get()
    assert (row.state, row.last_error, mailbox.messages) == (SKIPPED, reason, [])


@pytest.mark.parametrize(("choice", "state"), [(EACH, SENT), (NONE, SKIPPED), (DAILY, HELD)])
def test_what_is_held_goes_by_the_new_choice_when_it_changes(mailbox: Mailbox, choice: str, state: str) -> None:
    row = owe_new_message()
    choose(row.recipient, DAILY)
    with clock.at(NOW):
        relay()
        choose(row.recipient, choice)
        reconsider_held(row.recipient_id)
        relay()
    row.refresh_from_db()
    assert row.state == state


def test_words_for_a_veteran_can_be_translated_and_every_kind_has_a_name_for_the_settings_page() -> None:
    for registered in KINDS.values():
        lazily = not isinstance(registered.subject, str)
        assert lazily is (registered.audience is Audience.VETERAN)
        assert str(registered.event)


@pytest.mark.parametrize(("step", "state"), [("remind_at", SKIPPED), ("due_at", SENT)])
def test_under_none_a_reminder_stops_and_what_is_overdue_is_told_all_the_same(
    mailbox: Mailbox, step: str, state: str
) -> None:
    """Section 8: “none … escalations always”. A reminder is none; the lead hears nine hours later."""
    obligation = make_obligation()
    lead = factories.make_staff(obligation.conversation.team, leads=True)
    assert lead.account is not None
    choose(lead.account, NONE)
    with clock.at(getattr(obligation, step)):
        sweep()
        relay()
    assert Notification.objects.get().state == state
