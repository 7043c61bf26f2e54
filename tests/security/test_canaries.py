"""Words that somebody typed, looked for everywhere they must not be: the whole journey on the real parts.

A081 emails, A083 logs, broker, temporary files, database log; A084 admin pages; A085 audit rows and every other
plain column; A086 addresses.
"""

import os
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from aiosmtpd.controller import Controller
from django.contrib import admin
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from accounts import factors
from smportal.devstack import ports
from tests import factories
from tests.accounts.people import PASSWORD, code_at
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.mail import Mailbox
from tests.fixtures.stack import the_stack
from tests.journeys.people import make_nurse, make_veteran
from tests.security.portal import Browser, Portal, running

SUBJECT, BODY, REPLY, ANSWER, NOTE, DRAFT, FAILED, BROKEN, SEARCH, SECRET_WORD, TEAM = (
    f"zq{word}zq"
    for word in (
        "subject", "body", "reply", "answer", "note", "draft", "failed", "broken", "search", "password", "team",
    )
)  # fmt: skip
TYPED = (SUBJECT, BODY, REPLY, ANSWER, NOTE, DRAFT, FAILED, BROKEN, SEARCH, SECRET_WORD)
EVERY_WORD = re.compile(rb"zq[a-z]{4,9}zq")


@dataclass
class Journey:
    """What a whole journey left behind."""

    portal: Portal
    mailbox: Mailbox
    browsers: list[Browser] = field(default_factory=list)
    broker: bytes = b""
    admin_pages: dict[str, str] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)


def canaries(data: bytes, allowed: frozenset[str] = frozenset()) -> set[str]:
    """Return the canaries in bytes, also where they stand in hexadecimal digits, as bytea shows them."""
    found = {word.decode() for word in EVERY_WORD.findall(data)}
    as_hex = {word for word in (*TYPED, TEAM) if word.encode().hex().encode() in data}
    return (found | as_hex) - allowed


def signed_in(portal: Portal, username: str, journey: Journey) -> Browser:
    browser = portal.browser()
    journey.browsers.append(browser)
    browser.get(reverse("account_login"))
    for wrong in ({"login": username, "password": SECRET_WORD}, {"login": FAILED, "password": SECRET_WORD}):
        assert browser.post(reverse("account_login"), wrong).status == 200
    assert browser.post(reverse("account_login"), {"login": username, "password": PASSWORD}).status == 302
    browser.get(reverse("mfa_authenticate"))
    assert browser.post(reverse("mfa_authenticate"), {"code": code_at(factors.current_step())}).status == 302
    return browser


def veteran_writes(journey: Journey, browser: Browser, team_id: uuid.UUID) -> str:
    """Save, fail, break and send; return the path of the conversation."""
    portal = journey.portal
    browser.get(reverse("urgent_needs"))
    browser.post(reverse("urgent_needs"), {})
    browser.get(reverse("compose"))
    form = {"draft_id": str(uuid.uuid4()), "version": "0", "team": str(team_id), "category": "general"}
    kept = {**form, "draft_id": str(uuid.uuid4()), "subject": DRAFT, "body": DRAFT}
    answers = [browser.post(reverse("compose"), {**kept, "save": "1"})]
    answers.append(
        browser.post(reverse("compose"), {**form, "subject": FAILED * 20, "body": f"{FAILED}\x00", "send": "1"})
    )
    answers.append(browser.post(reverse("compose"), {**form, "team": FAILED, "category": FAILED, "send": "1"}))
    text = {"subject": SUBJECT, "body": f"{BODY} {BROKEN}", "send": "1"}
    # An exception that quotes what was typed, at several places of the request.
    for statement in ("2", "6", "12"):
        broken = browser.post(f"{reverse('compose')}?{BROKEN}", {**form, **text}, X_Fault=f"raise {statement}")
        # The page gives the writer their own text back, to try again; never what the exception said.
        assert (broken.status, "no-store" in broken.header("Cache-Control")) == (500, True)
        assert b"provoked" not in broken.body
        answers.append(broken)
    # Addresses of these broken ones were the test's own doing.
    browser.seen_urls = [path for path in browser.seen_urls if BROKEN not in path]
    sent = browser.post(reverse("compose"), {**form, "subject": SUBJECT, "body": BODY, "send": "1"})
    assert sent.status == 302, sent.text
    confirmation = browser.get(sent.header("Location")).text
    found = re.search(r"/messages/[0-9a-f-]{36}/(?=\")", confirmation)
    assert found, confirmation
    answers.append(browser.get(found[0]))
    answers.append(browser.post(f"{found[0]}reply/", {"draft_id": FAILED, "body": FAILED, "send": "1"}))
    answers.append(browser.get(f"{reverse('facility_finder')}?q={SEARCH}&state={SEARCH}"))
    journey.browsers[-1].seen_urls.remove(f"{reverse('facility_finder')}?q={SEARCH}&state={SEARCH}")
    journey.statuses |= {answer.status for answer in answers}
    assert portal.port
    return found[0]


def nurse_answers(browser: Browser, conversation: str) -> None:
    browser.get(reverse("team_queue", args=["open"]))
    path = f"/team/conversations/{conversation.split('/')[2]}/"
    assert SUBJECT in browser.get(path).text
    assert browser.post(f"{path}note/", {"draft_id": str(uuid.uuid4()), "note": NOTE}).status == 302
    assert browser.post(f"{path}note/", {"draft_id": FAILED, "note": f"{FAILED}\x00"}).status == 400
    assert browser.post(f"{path}reply/", {"draft_id": str(uuid.uuid4()), "body": ANSWER, "send": "1"}).status == 302
    search(browser, "team_search", recent="1")


def search(browser: Browser, name: str, **fields: str) -> None:
    """Find what was written, miss what was not, and ask for what cannot be searched for."""
    for words, found in ((BODY, True), (SEARCH, False)):
        posted = browser.post(reverse(name), {"words": words, **fields})
        assert posted.status == 302, posted.text
        assert (f"<mark>{words}</mark>" in browser.get(posted.header("Location")).text) is found
    assert browser.post(reverse(name), {"words": SEARCH * 40, **fields}).status == 400


def veteran_reads(browser: Browser, conversation: str) -> None:
    assert ANSWER in browser.get(conversation).text
    reply = {"draft_id": str(uuid.uuid4()), "version": "0", "body": REPLY, "send": "1"}
    assert browser.post(f"{conversation}reply/", reply).status == 302
    search(browser, "mailbox_search")


def tampered_draft_is_refused(journey: Journey, browser: Browser) -> None:
    """Plain text in a sealed column (A094): never shown, never logged."""
    drafts = re.findall(r"/messages/drafts/[0-9a-f-]{36}/(?=\")", browser.get(reverse("mailbox_drafts")).text)
    with journey.portal.database.as_owner() as owner:
        owner.execute("UPDATE messaging_draft SET body_sealed = %s", (BROKEN.encode(),))
    page = browser.get(drafts[0])
    assert page.status == 500
    assert canaries(page.body) == set()
    with journey.portal.database.as_owner() as owner:
        owner.execute("DELETE FROM messaging_draft WHERE body_sealed = %s", (BROKEN.encode(),))


class Listener(threading.Thread):
    """Writes down every command that reaches the broker, as MONITOR tells it."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        where = urlsplit(url)
        self.heard = b""
        self.wire = socket.create_connection((where.hostname or "", where.port or 0), timeout=120)
        self.wire.sendall(f"AUTH {where.username} {where.password}\r\nMONITOR\r\n".encode())
        assert self.wire.recv(100).startswith(b"+OK")

    def run(self) -> None:
        with suppress(OSError):
            while part := self.wire.recv(65536):
                self.heard += part


@pytest.fixture(scope="module")
def journey(
    tmp_path_factory: pytest.TempPathFactory, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Journey]:
    number = os.environ["REDIS_URL"].rpartition("/")[2]
    operator = redis.Redis.from_url(the_stack().redis_admin_url.removesuffix("/0") + f"/{number}")
    listener = Listener(the_stack().redis_admin_url)
    listener.start()
    mailbox = Mailbox(port=ports.free_port())
    controller = Controller(mailbox, hostname=ports.LOOPBACK, port=mailbox.port)
    controller.start()
    directory = tmp_path_factory.mktemp("canaries")
    mail_url = f"smtp://{ports.LOOPBACK}:{mailbox.port}"
    try:
        with running(directory, django_db_blocker, EMAIL_URL=mail_url, LOG_LEVEL="DEBUG") as portal:
            done = Journey(portal, mailbox)
            _drive(done, operator)
            assert listener.is_alive()
            done.broker = listener.heard + _everything_in(operator)
            yield done
    finally:
        controller.stop()
        operator.close()
        listener.wire.shutdown(socket.SHUT_RDWR)
        listener.join(60)
        listener.wire.close()


def _drive(done: Journey, operator: "redis.Redis") -> None:
    portal = done.portal
    with portal.rows():
        team = factories.make_team(public_name=TEAM)
        nurse, veteran = make_nurse(team), make_veteran(team)
        office = factories.make_administrator()
        administrator = portal.browser_of(office)
    portal.start_web(application="tests.faults.wsgi:application")
    portal.start_worker()
    browser = signed_in(portal, veteran.account.username, done)
    conversation = veteran_writes(done, browser, team.id)
    nurse_answers(signed_in(portal, nurse.account.username, done), conversation)
    _relay(operator)
    done.mailbox.wait_for(1)
    veteran_reads(browser, conversation)
    tampered_draft_is_refused(done, browser)
    for model in admin.site._registry:
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = administrator.get(path)
        done.admin_pages[path] = page.text
        done.statuses.add(page.status)


def _relay(operator: "redis.Redis") -> None:
    from tests.security.test_broker import TASK, envelope

    operator.lpush("celery", envelope("application/json", TASK, "utf-8", task="messaging.notifications.relay"))


def _everything_in(client: "redis.Redis") -> bytes:
    """Return names and values of every key that is left. A dump of a short value is not compressed."""
    readers: dict[Any, Callable[[Any], Any]] = {b"string": client.get, b"hash": client.hgetall, b"set": client.smembers}
    found = [f"{key!r} {readers.get(client.type(key), client.dump)(key)!r}" for key in client.scan_iter()]
    return "\n".join(found).encode()


def test_the_journey_was_a_whole_one(journey: Journey) -> None:
    """Otherwise nothing was looked for."""
    assert {200, 302, 400, 500} <= journey.statuses
    assert journey.portal.logs().count(b"\n") > 20
    assert b"celery" in journey.broker


def test_a081_no_email_holds_a_word_of_it_or_the_teams_name(journey: Journey) -> None:
    mails = [message.as_bytes() for message in journey.mailbox.messages]
    assert mails
    assert canaries(b"".join(mails)) == set()


def test_a083_no_log_of_any_process_holds_a_word_of_it(journey: Journey) -> None:
    logs = journey.portal.logs()
    assert b'"event"' in logs
    assert canaries(logs) == set()
    assert PASSWORD.encode() not in logs


def test_a083_the_databases_own_log_holds_no_word_of_it(journey: Journey) -> None:
    with journey.portal.database.as_superuser() as superuser:
        row = superuser.execute("SHOW data_directory").fetchone()
        # A broken constraint quotes values in its detail, to the client and, if it may, to the log.
        superuser.execute("CREATE TEMPORARY TABLE once (word text UNIQUE)")
        with pytest.raises(psycopg.errors.UniqueViolation, match=BODY):
            superuser.execute("INSERT INTO once VALUES (%s), (%s)", (BODY, BODY))
    assert row
    log = next(Path(row[0]).parent.glob("logs/postgres.log"), None) or _log_of_the_run()
    assert canaries(log.read_bytes()) == set()


def _log_of_the_run() -> Path:
    candidates = sorted(Path(".cache/tests").glob("*/logs/postgres.log"), key=lambda path: path.stat().st_mtime)
    return candidates[-1]


def test_a083_nothing_that_went_through_the_broker_or_stayed_in_it_holds_a_word_of_it(journey: Journey) -> None:
    assert canaries(journey.broker) == set()


def test_a083_no_file_was_left_behind(journey: Journey) -> None:
    scratch = Path(journey.portal.environment["TMPDIR"])
    assert [path for path in scratch.rglob("*") if path.is_file() and canaries(path.read_bytes())] == []


def test_a084_no_list_of_the_admin_shows_a_word_of_it(journey: Journey) -> None:
    assert len(journey.admin_pages) > 5
    for path, page in journey.admin_pages.items():
        assert canaries(page.encode(), frozenset({TEAM})) == set(), path


def test_a085_no_column_of_any_table_holds_a_word_of_it_in_clear(journey: Journey) -> None:
    tables = _tables(journey.portal.database)
    assert {"audit_auditevent", "django_session", "messaging_message"} <= {name.rpartition(".")[2] for name in tables}
    found = {name: canaries(text) for name, text in tables.items() if canaries(text)}
    # The name of a team is what people choose it by.
    assert found == {"eligibility_careteam": {TEAM}}


def test_a083_no_session_holds_a_word_of_it(journey: Journey) -> None:
    from django.contrib.sessions.models import Session

    with journey.portal.rows():
        contents = [str(session.get_decoded()) for session in Session.objects.all()]
    assert len(contents) >= 2
    assert canaries("\n".join(contents).encode()) == set()


def test_a086_no_address_holds_a_word_of_it(journey: Journey) -> None:
    visited = [path for browser in journey.browsers for path in browser.seen_urls]
    assert len(visited) > 20
    assert canaries("\n".join(visited).encode()) == set()
    assert not [path for path in visited if re.search(r"token|password=|code=|@", path)]


def _tables(database: CommittedDatabase) -> dict[str, bytes]:
    with database.as_superuser() as superuser:
        names = superuser.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        return {
            name: "\n".join(row[0] for row in superuser.execute(f'SELECT t::text FROM "{name}" t'.encode())).encode()
            for (name,) in names
        }
