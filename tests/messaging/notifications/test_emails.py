"""What an email says, to whom it goes, and what it never holds."""

import re
import uuid
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.urls import resolve

from accounts.models import Account
from messaging.models import Conversation, Notification, NotificationKind
from messaging.notifications import wanted
from messaging.notifications.actions import notify, relay
from messaging.notifications.addresses import masked
from messaging.notifications.choices import can_be_turned_off
from messaging.notifications.kinds import KINDS, Audience
from messaging.response.actions import sweep
from smportal.access import Audience as Access
from smportal.access import rule_for
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import CANARY, make_conversation, make_message, make_obligation, verify_address

pytestmark = pytest.mark.django_db


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    assert body is not None
    return str(body.get_content())


def send_every_kind() -> dict[str, Account]:
    """Bring about one email of each kind through what causes it; return the recipients by kind."""
    conversation = make_conversation()
    veteran = Account.objects.get(record=conversation.record)
    message = make_message(conversation)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id)
    assignee = factories.make_staff(conversation.team)
    Conversation.objects.filter(id=conversation.id).update(assignee=assignee)
    assert assignee.account is not None
    notify(
        kind=NotificationKind.ASSIGNED,
        recipient_ids=[assignee.account.id],
        cause_id=uuid.uuid4(),
        conversation_id=conversation.id,
    )
    recipients = {"new_message": veteran, "assigned": assignee.account}
    for kind, instant in (("reminder", "remind_at"), ("overdue", "due_at"), ("escalation", "escalate_at")):
        obligation = make_obligation(factories.make_team(public_name=f"Team {CANARY}"))
        staff = factories.make_staff(obligation.conversation.team, leads=True, name=f"{CANARY} Smith")
        assert staff.account is not None
        administrator = factories.make_administrator(obligation.conversation.team.facility)
        sweep(now=getattr(obligation, instant))
        obligation.delete()
        recipients[kind] = administrator if kind == "escalation" else staff.account
    recipients["break_glass"] = factories.make_administrator(conversation.team.facility, role="privacy_officer")
    notify(kind=NotificationKind.BREAK_GLASS, recipient_ids=[recipients["break_glass"].id], cause_id=uuid.uuid4())
    for kind in set(NotificationKind) - set(recipients):
        recipients[kind] = veteran if KINDS[kind].audience is Audience.VETERAN else assignee.account
        notify(kind=kind, recipient_ids=[recipients[kind].id], cause_id=uuid.uuid4(), conversation_id=conversation.id)
    return recipients


@pytest.fixture
def every_mail(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    # The clocks of the three steps would overtake each other: what is tested here are the words.
    monkeypatch.setattr("messaging.notifications.delivery.why_unwanted", lambda _row: None)
    send_every_kind()
    # Who gets messages to a team has chosen to.
    Account.objects.filter(kind="staff").update(email_choice="each")
    assert relay().sent == len(NotificationKind)
    return mailbox.messages


def test_every_kind_is_registered_with_its_words_and_with_who_still_wants_it() -> None:
    assert set(KINDS) == set(wanted._RULES) == set(NotificationKind)


def test_escalations_can_never_be_turned_off() -> None:
    always = {kind for kind, registered in KINDS.items() if not can_be_turned_off(registered.rule)}
    assert always == {
        NotificationKind.OVERDUE,
        NotificationKind.ESCALATION,
        NotificationKind.BREAK_GLASS,
        NotificationKind.TEAM_ALARM,
        NotificationKind.SENT_IN_ERROR,
    }
    assert KINDS[NotificationKind.ESCALATION].audience is Audience.ADMINISTRATOR


def test_no_email_of_any_kind_holds_a_word_of_a_conversation_a_team_or_a_person(
    every_mail: list[EmailMessage],
) -> None:
    """A081."""
    identities = [str(identity) for identity in Conversation.objects.values_list("id", flat=True)]
    identities += [str(number) for number in Conversation.objects.values_list("number", flat=True)]
    for message in every_mail:
        everything = str(message) + part(message, "plain") + part(message, "html") + str(message["Subject"])
        assert CANARY not in everything
        assert not any(identity in everything for identity in identities)


def test_text_and_html_say_the_same(every_mail: list[EmailMessage]) -> None:
    for message in every_mail:
        html = re.sub(r"<title>.*?</title>|<[^>]+>", " ", part(message, "html"))
        plain = re.sub(r":(?=\s+http)", "", part(message, "plain"))
        assert html.split() == plain.split()


def assert_link_without_power(link: str) -> None:
    """The link is to this site, says nothing of anybody, and opens nothing for who has not signed in."""
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}" == django_settings.SITE_URL
    assert (parts.query, parts.fragment) == ("", "")
    assert not re.search(r"\d", parts.path)
    rule = rule_for(resolve(parts.path).view_name)
    assert rule is not None
    assert rule.audience is not Access.PUBLIC


def test_the_two_links_are_ours_need_sign_in_and_carry_no_id(every_mail: list[EmailMessage]) -> None:
    settings_page = django_settings.SITE_URL + "/account/settings/"
    for message in every_mail:
        links = set(re.findall(r"https?://[^\s\"<]+", part(message, "plain") + part(message, "html")))
        assert len(links) == 2
        assert settings_page in links
        for link in links:
            assert_link_without_power(link)


def test_the_header_to_unsubscribe_names_the_settings_page_and_no_key_to_it(every_mail: list[EmailMessage]) -> None:
    """A081: no capability link, and nothing that a machine could press."""
    for message in every_mail:
        assert message["List-Unsubscribe"] == f"<{django_settings.SITE_URL}/account/settings/>"
        assert_link_without_power(message["List-Unsubscribe"].strip("<>"))
        assert message["List-Unsubscribe-Post"] is None


def test_what_is_always_sent_says_so_and_the_rest_can_be_chosen(every_mail: list[EmailMessage]) -> None:
    fixed = {str(kind.subject) for kind in KINDS.values() if not can_be_turned_off(kind.rule)}
    for message in every_mail:
        assert ("This email is always sent" in part(message, "plain")) is (message["Subject"] in fixed)


def test_headers_keep_machines_from_answering(every_mail: list[EmailMessage]) -> None:
    """A082."""
    for message in every_mail:
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["From"] == django_settings.DEFAULT_FROM_EMAIL
        assert message["Reply-To"] is None
        assert message["Bcc"] is None
        assert message["Cc"] is None


def test_the_message_id_comes_from_the_row(every_mail: list[EmailMessage]) -> None:
    sent = {message["Message-ID"] for message in every_mail}
    assert sent == {f"<{row}@secure-messaging.example>" for row in Notification.objects.values_list("id", flat=True)}


def test_each_email_has_one_envelope_recipient(mailbox: Mailbox, every_mail: list[EmailMessage]) -> None:
    """A028: nothing that anybody typed reaches an email, so nothing can add a recipient."""
    assert [len(recipients) for recipients in mailbox.recipients] == [1] * len(every_mail)
    assert [[message["To"]] for message in every_mail] == mailbox.recipients


@pytest.mark.parametrize(
    "nasty", ["Bcc: eve@example.org", "a\r\nBcc: eve@example.org", ".\r\n.", "x" * 2000, "\N{RIGHT-TO-LEFT OVERRIDE}"]
)
def test_nasty_subjects_and_bodies_reach_no_email(mailbox: Mailbox, nasty: str) -> None:
    """A028."""
    conversation = make_conversation()
    conversation.seal_text("subject_sealed", nasty)
    conversation.save()
    message = make_message(conversation)
    veteran = Account.objects.get(record=conversation.record)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id)

    relay()

    assert mailbox.recipients == [[veteran.email]]
    assert nasty not in str(mailbox.messages[0])
    assert "eve@" not in str(mailbox.messages[0])


def owe_new_message(veteran: Account, conversation: Conversation) -> Notification:
    message = make_message(conversation)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id)
    return Notification.objects.get(cause_id=message.id)


def test_a_veterans_email_goes_to_the_verified_primary_address_and_to_no_other(mailbox: Mailbox) -> None:
    conversation = make_conversation()
    veteran = Account.objects.get(record=conversation.record)
    EmailAddress.objects.filter(user=veteran).delete()
    EmailAddress.objects.create(user=veteran, email="unverified@example.test", verified=False, primary=False)
    EmailAddress.objects.create(user=veteran, email="second@example.test", verified=True, primary=False)
    verify_address(veteran, "jo@example.test")

    owe_new_message(veteran, conversation)
    relay()

    assert mailbox.recipients == [["jo@example.test"]]
    assert Notification.objects.get().sent_to == "j•••@example.test"


def test_a_veteran_without_a_verified_address_gets_no_email(mailbox: Mailbox) -> None:
    conversation = make_conversation()
    veteran = Account.objects.get(record=conversation.record)
    EmailAddress.objects.filter(user=veteran).update(verified=False)

    owe_new_message(veteran, conversation)

    assert relay().skipped == 1
    assert Notification.objects.get().last_error == "no_verified_address"
    assert mailbox.messages == []


def test_staff_are_written_to_at_their_work_address(mailbox: Mailbox) -> None:
    obligation = make_obligation()
    staff = factories.make_staff(obligation.conversation.team)

    sweep(now=obligation.remind_at)
    relay()

    assert mailbox.recipients == [[staff.email]]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jo@example.test", "j•••@example.test"),
        ("x@y.example", "x•••@y.example"),
        ('"a@b"@example.test', '"•••@example.test'),
        ("", "•••@"),
        ("j@" + "x" * 200, "j•••@" + "x" * 95),
    ],
)
def test_masked_addresses(address: str, shown: str) -> None:
    assert masked(address) == shown
