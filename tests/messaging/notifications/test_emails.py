"""To whom an email goes, and that nothing typed reaches it. What it says: test_every_email.py."""

from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import RequestFactory

from accounts.adapters import LINKS, AccountAdapter
from accounts.models import Account
from messaging.models import Conversation, Notification, NotificationKind
from messaging.notifications.actions import notify, relay
from messaging.notifications.addresses import masked
from messaging.response.actions import sweep
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import make_conversation, make_message, make_obligation, verify_address
from tests.messaging.notifications.world import USERNAME, World, hidden_in

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[3] / "templates"


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


def test_no_email_about_an_account_holds_more_of_its_person_than_the_name_to_sign_in_with(
    store: Path, mailoutbox: list[EmailMessage]
) -> None:
    """A081: the emails of sign-in, each that there is a template for; their links are the key, as asked for."""
    kinds = sorted(
        str(path.relative_to(TEMPLATES)).removesuffix("_message.txt")
        for path in TEMPLATES.glob("*/email/*_message.txt")
        if not path.name.startswith("base_")
    )
    found = {}
    for language in ("en", "es"):
        with transaction.atomic():
            world = World(language)
            links = dict.fromkeys(LINKS, "/somewhere/")
            context = {"user": world.account, "username": world.account.username, "email": world.account.email, **links}
            with request_context(RequestFactory().get("/")):
                for kind in kinds:
                    mailoutbox.clear()
                    AccountAdapter().send_mail(kind, world.account.email, dict(context))
                    (mail,) = mailoutbox
                    found[kind, language] = hidden_in(str(mail.message()) + str(mail.body), world.private())
            transaction.set_rollback(True)
    assert len(found) >= 36
    told = {where: words for where, words in found.items() if words}
    assert told == {("account/email/password_reset_key", language): {USERNAME} for language in ("en", "es")}
