"""Every registered kind of email, in every language that its readers have, made by what causes it and sent by real SMTP."""

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import resolve
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications import wanted
from messaging.notifications.actions import relay
from messaging.notifications.choices import can_be_turned_off
from messaging.notifications.kinds import KINDS, Audience
from smportal import clock
from smportal.access import Audience as Access
from smportal.access import rule_for
from tests.fixtures.mail import Mailbox, keeping
from tests.messaging.making import TUESDAY
from tests.messaging.notifications.world import CAUSES, World, hidden_in
from tests.signing_in import sign_in

# All of them are made once, for one worker.
SETTINGS_PAGE = "/account/settings/"


@dataclass(frozen=True)
class Delivered:
    """One email as a mail server got it, and what its world holds that it must not."""

    kind: NotificationKind
    language: str
    row_id: uuid.UUID
    content: bytes
    message: EmailMessage
    sender: str
    recipients: list[str]
    private: tuple[str, ...]

    def part(self, kind: str) -> str:
        body = self.message.get_body(preferencelist=(kind,))
        assert body is not None
        return str(body.get_content())

    def everything(self) -> str:
        """Return all that it holds: as it came, and each header and both bodies as a reader's program shows them."""
        headers = (f"{name}: {value}" for name, value in self.message.items())
        bodies = (self.part("plain"), self.part("html"), html.unescape(self.part("html")))
        envelope = (self.sender, *self.recipients)
        return "\n".join([self.content.decode("utf-8", "replace"), *headers, *bodies, *envelope])


@pytest.fixture(scope="module")
def every_email(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> list[Delivered]:
    """Make each kind in a world of its own that is taken back, for readers of both languages where there are."""
    store = tmp_path_factory.mktemp("store")
    delivered: list[Delivered] = []
    with keeping() as box, django_db_blocker.unblock(), clock.at(TUESDAY):
        sending = {
            "EMAIL_BACKEND": "smportal.smtp.Backend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": box.port,
            "ATTACHMENTS_DIR": store,
        }
        with override_settings(**sending):
            for language in ("en", "es"):
                with transaction.atomic():
                    world = World(language)
                    Notification.objects.all().delete()
                    for kind in NotificationKind:
                        if language == "en" or KINDS[kind].audience is Audience.VETERAN:
                            delivered += _made(kind, language, world, box)
                    transaction.set_rollback(True)
    return delivered


def _made(kind: NotificationKind, language: str, world: World, box: Mailbox) -> Iterator[Delivered]:
    for kept in (box.messages, box.contents, box.senders, box.recipients):
        kept.clear()
    with transaction.atomic():
        CAUSES[kind](world)
        relay()
        own = {f"<{row.id}@secure-messaging.example>": row.id for row in Notification.objects.filter(kind=kind)}
        states = set(Notification.objects.filter(kind=kind).values_list("state", "last_error"))
        transaction.set_rollback(True)
    assert states == {(NotificationState.SENT, "")}, kind
    mails = zip(box.messages, box.contents, box.senders, box.recipients, strict=True)
    private = tuple(world.private())
    for message, content, sender, recipients in mails:
        if message["Message-ID"] in own:
            row_id = own[message["Message-ID"]]
            yield Delivered(kind, language, row_id, content, message, sender, recipients, private)


def test_every_kind_is_registered_with_its_words_its_cause_and_who_still_wants_it() -> None:
    assert set(KINDS) == set(wanted._RULES) == set(CAUSES) == set(NotificationKind)


def test_no_email_of_any_kind_holds_a_word_of_a_conversation_a_team_or_a_person(every_email: list[Delivered]) -> None:
    """A081."""
    made = {(mail.kind, mail.language) for mail in every_email}
    assert {kind for kind, language in made if language == "en"} == set(NotificationKind)
    assert {kind for kind, language in made if language == "es"} == {
        kind for kind, registered in KINDS.items() if registered.audience is Audience.VETERAN
    }
    found = {(mail.kind, mail.language): hidden_in(mail.everything(), iter(mail.private)) for mail in every_email}
    assert {where: words for where, words in found.items() if words} == {}


class _Shown(HTMLParser):
    """What a reader's program shows of an email's HTML: its words, and each link's address."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words, self.links, self._skipped = "", set[str](), 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag == "head"
        self.links |= {value for name, value in attrs if name in {"href", "src"} and value}
        self.words += " "

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag == "head"
        self.words += " "

    def handle_data(self, data: str) -> None:
        self.words += "" if self._skipped else data


def test_text_and_html_say_the_same_with_the_same_links(every_email: list[Delivered]) -> None:
    for mail in every_email:
        plain, shown = mail.part("plain"), _Shown(mail.part("html"))
        assert re.sub(r":(?=\s+http)", "", plain).split() == shown.words.split()
        assert set(re.findall(r"https?://\S+", plain)) == shown.links
        assert plain.splitlines()[0] == mail.message["Subject"]


def test_each_reader_gets_every_kind_in_their_own_language(every_email: list[Delivered]) -> None:
    english = {mail.kind: mail.part("plain") for mail in every_email if mail.language == "en"}
    spanish = [mail for mail in every_email if mail.language == "es"]
    assert len(spanish) > 3
    for mail in spanish:
        assert '<html lang="es">' in mail.part("html")
        lines = {line for line in mail.part("plain").splitlines() if line and "http" not in line}
        assert not lines & set(english[mail.kind].splitlines())


def assert_link_without_power(link: str) -> None:
    """The link is to this site, says nothing of anybody, and opens nothing for who has not signed in."""
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}" == django_settings.SITE_URL
    assert (parts.query, parts.fragment) == ("", "")
    assert not re.search(r"\d", parts.path)
    rule = rule_for(resolve(parts.path).view_name)
    assert rule is not None
    assert rule.audience is not Access.PUBLIC


def test_the_two_links_are_ours_need_sign_in_and_carry_no_id(every_email: list[Delivered]) -> None:
    for mail in every_email:
        links = set(re.findall(r"https?://[^\s\"<]+", mail.part("plain") + mail.part("html")))
        assert len(links) == 2
        assert django_settings.SITE_URL + SETTINGS_PAGE in links
        for link in links:
            assert_link_without_power(link)


def test_the_header_to_unsubscribe_names_the_settings_page_and_no_key_to_it(every_email: list[Delivered]) -> None:
    """A081: no capability link, and nothing that a machine could press."""
    for mail in every_email:
        assert mail.message["List-Unsubscribe"] == f"<{django_settings.SITE_URL}{SETTINGS_PAGE}>"
        assert_link_without_power(mail.message["List-Unsubscribe"].strip("<>"))
        assert mail.message["List-Unsubscribe-Post"] is None


@pytest.mark.django_db
def test_where_that_header_leads_veterans_and_staff_choose_their_emails(client: Client, store: Path) -> None:
    world = World("en")
    for account in (world.account, world.nurse.account):
        assert isinstance(account, Account)
        sign_in(client, account)
        page = client.get(SETTINGS_PAGE).content.decode()
        assert set(re.findall(r'<input[^>]+name="choice"[^>]+value="(\w+)"', page)) >= {"none", "each", "daily"}


def test_what_is_always_sent_says_so_and_the_rest_can_be_chosen(every_email: list[Delivered]) -> None:
    for mail in every_email:
        if mail.language == "en":
            fixed = not can_be_turned_off(KINDS[mail.kind].rule)
            assert ("This email is always sent" in mail.part("plain")) is fixed


def test_headers_keep_machines_from_answering(every_email: list[Delivered]) -> None:
    """A082."""
    for mail in every_email:
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert mail.message["From"] == django_settings.DEFAULT_FROM_EMAIL
        assert [mail.message[name] for name in ("Reply-To", "Bcc", "Cc")] == [None] * 3


def test_the_message_id_comes_from_the_row_alone(every_email: list[Delivered]) -> None:
    assert len({mail.message["Message-ID"] for mail in every_email}) == len(every_email)
    for mail in every_email:
        assert mail.message["Message-ID"] == f"<{mail.row_id}@secure-messaging.example>"


def test_each_email_has_one_envelope_recipient(every_email: list[Delivered]) -> None:
    """A028: nothing that anybody typed reaches an email, so nothing can add a recipient."""
    for mail in every_email:
        assert mail.recipients == [mail.message["To"]]
        assert mail.sender == parseaddr(django_settings.DEFAULT_FROM_EMAIL)[1]
