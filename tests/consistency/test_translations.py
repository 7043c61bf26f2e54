"""Spanish is complete: every marked string has a translation that fits, and no page of a veteran shows English."""

import re
import uuid
from collections.abc import Iterator
from html import unescape

import pytest
from babel.messages.catalog import Message
from django.test import Client
from django.utils import translation

from accounts import language
from accounts.models import Account
from messaging.inbox import actions as team_actions
from messaging.mailbox import actions, drafts
from messaging.mailbox.content import DraftContent
from smportal.access import Audience, table
from smportal.devstack import catalogue
from tests import factories
from tests.consistency import urls
from tests.signing_in import sign_in

TAG = re.compile(r"<[^>]+>")
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*(?::[^}]*)?\}")
HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1>|<!--.*?-->", re.DOTALL)
# Everyday English that is no Spanish word, for strings that nobody marked.
# Names of places and of what the world calls so stay as they are.
NAMES = re.compile(r"District of Columbia")
ENGLISH = re.compile(r"\b(the|your|you|with|this|that|from|and|not|when|of|is|was|we)\b", re.IGNORECASE)


def _messages() -> list[Message]:
    return [message for message in catalogue.read("es") if message.id]


def _pairs(message: Message) -> Iterator[tuple[str, str]]:
    # Of two forms, one may be said without its number ("One thing …"); many never.
    english, spanish = message.id, message.string
    yield (
        english if isinstance(english, str) else english[1],
        spanish if isinstance(spanish, str) else (spanish or ("", ""))[1],
    )


def test_every_marked_string_is_in_the_catalogue_and_no_other() -> None:
    marked = {(message.id, message.context) for message in catalogue.collect() if message.id}
    known = {(message.id, message.context) for message in _messages()}
    assert marked - known == set(), "run bin/messages, then translate"
    assert known - marked == set(), "run bin/messages"


def test_every_string_has_a_translation_that_fits() -> None:
    wrong = []
    for message in _messages():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.fuzzy or not all(texts):
            wrong.append(f"not translated: {message.id}")
        for english, spanish in _pairs(message):
            for what in (TAG, PLACE):
                # A sentence may name a place twice; it must name the same ones. Tags must be the same, each as often.
                there, here = what.findall(english), what.findall(spanish)
                if (set(there) != set(here)) if what is PLACE else (sorted(there) != sorted(here)):
                    wrong.append(f"does not fit: {english!r}: {spanish!r}")
    assert wrong == []


def test_two_runs_of_the_collector_give_the_same_file() -> None:
    committed = catalogue.source("es").read_bytes()
    assert catalogue._text(catalogue.read("es")) == committed


def visible(content: str) -> str:
    """Return what a page shows or says: its text and the labels in attributes, without what is in another language."""
    content = re.sub(r'<(\w+)[^>]*\slang="en"[^>]*>.*?</\1>', " ", HIDDEN.sub(" ", content), flags=re.DOTALL)
    labels = re.findall(r'\s(?:aria-label|alt|placeholder|title)="([^"]*)"', content)
    return re.sub(r"\s+", " ", unescape(" ".join([TAG.sub(" ", content), *labels])))


def _english_of(message: Message) -> Iterator[str]:
    """Return the pieces of three words and more that would show on a page if it were left in English."""
    for english, spanish in _pairs(message):
        for piece in PLACE.split(TAG.sub(" \0 ", english).replace("\0", "%(x)s")):
            piece = re.sub(r"\s+", " ", piece).strip(" .,:;")  # noqa: PLW2901
            if len(piece.split()) >= 3 and piece not in spanish:
                yield piece


@pytest.fixture
def spanish_veteran(db: None, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Return who reads the pages."""
    return make_spanish_veteran(monkeypatch)


def make_spanish_veteran(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Somebody who chose Spanish, with one of everything; what people typed is Spanish here."""
    account, _, team = factories.make_eligible_veteran()
    veteran, nurse = factories.actor_for(account), factories.make_staff(team)
    content = DraftContent(team_id=team.id, category="general", subject="Rodilla", body="Me duele.")
    message = actions.send(actor=veteran, draft_id=uuid.uuid4(), content=content)
    team_actions.reply(
        actor=factories.staff_actor(nurse),
        conversation_id=message.conversation_id,
        draft_id=uuid.uuid4(),
        body="Descanse.",
    )
    draft = drafts.save_draft(actor=veteran, draft_id=uuid.uuid4(), version=0, content=content)
    assert draft is not None
    places = {"conversation_id": message.conversation_id, "message_id": message.id, "draft_id": draft.id}
    for place, value in places.items():
        monkeypatch.setitem(urls.PLACES, place, value)
    language.choose(actor=veteran, language="es")
    return account


def test_no_english_is_left_on_a_page_that_was_chosen_in_spanish(spanish_veteran: Account) -> None:
    pieces = {piece for message in _messages() for piece in _english_of(message)}
    assert len(pieces) > 500
    left, seen = {}, set()
    own = (Audience.ACCOUNT, Audience.VETERAN, Audience.READER)
    names = [
        name for name, rule in table().items() if "GET" in rule.methods and rule.audience in (*own, Audience.PUBLIC)
    ]
    for signed_in in (True, False):
        for name in sorted(names):
            client = Client(headers={"Accept-Language": "es"})
            if signed_in:
                sign_in(client, spanish_veteran)
            response = client.get(urls.path_of(name))
            if "text/html" not in response.get("Content-Type", "") or response.status_code in {301, 302}:
                continue
            text = NAMES.sub(" ", visible(response.content.decode()))
            seen.add(name)
            found = sorted(piece for piece in pieces if piece in text)
            words = [text[max(0, m.start() - 30) : m.end() + 30] for m in ENGLISH.finditer(text)]
            if found or words:
                left[name] = (found, words)
    translation.activate("en")
    assert not left, "\n".join(f"{name}: {found}" for name, found in left.items())
    assert {"landing", "help", "account_login", "dashboard", "mailbox_conversation", "eligibility", "mfa_index"} <= seen
