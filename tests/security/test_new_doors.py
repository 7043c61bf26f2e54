"""What staff's newest pages let in and give away: somebody else's things, smuggled fields, reads that write, double posts."""

import csv
import io
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from messaging.broadcasts import actions as broadcasts
from messaging.broadcasts.content import Content
from messaging.broadcasts.making import make_broadcasts
from messaging.inbox import actions as inbox
from messaging.mailbox.content import DraftContent
from messaging.models import Broadcast, Conversation, Draft, Message, Notification, SentInError
from messaging.sent_in_error.actions import withdraw
from messaging.starting import actions as starting
from messaging.starting import drafts
from smportal.audit.models import AuditEvent
from tests import factories
from tests.consistency import urls
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


def at_once(deed: Callable[[], object], times: int = 4) -> list[object]:
    """Do it in as many threads at the same moment, each with its own connection; return what each gave or raised."""
    barrier, outcomes = threading.Barrier(times), []

    def run() -> None:
        barrier.wait()
        try:
            outcomes.append(deed())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


class Doors(Thread):
    """A lead with a text to one, a text to many and an answer of a team; and everybody who has no business there."""

    def __init__(self) -> None:
        super().__init__()
        self.question = self.send()
        self.lead = factories.make_staff(self.team, leads=True)
        self.actor = factories.staff_actor(self.lead)
        self.wrong = inbox.reply(
            actor=self.actor, conversation_id=self.question.conversation_id, draft_id=uuid.uuid4(), body="Not yours."
        )
        self.draft = drafts.begin(actor=self.actor, team_id=self.team.id, record_id=self.record.id)
        self.many = broadcasts.begin(actor=self.actor, team_id=self.team.id)
        self.browser = Client()
        assert self.lead.account is not None
        sign_in(self.browser, self.lead.account)

    def addresses(self) -> list[str]:
        return [
            reverse("team_start_write", args=[self.draft.id]),
            reverse("team_start_files", args=[self.draft.id]),
            reverse("team_start_discard", args=[self.draft.id]),
            reverse("team_broadcast", args=[self.many.id]),
            reverse("autosave_broadcast", args=[self.many.id]),
            reverse("team_broadcast_progress", args=[self.many.id]),
            reverse("team_broadcast_result", args=[self.many.id]),
            reverse("team_library", args=[self.question.conversation_id]),
            reverse("record_choose", args=[self.question.conversation_id]),
            reverse("team_acknowledgement", args=[self.team.id]),
            reverse("team_withdraw_message", args=[self.wrong.id]),
        ]


@pytest.fixture
def doors(db: None) -> Doors:
    return Doors()


def strangers(doors: Doors) -> dict[str, Client]:
    """A veteran, leads of another team of the facility and of another facility, and an administrator elsewhere."""
    near = factories.make_staff(factories.make_team(doors.team.facility), leads=True)
    far = factories.make_staff(factories.make_eligible_veteran()[2], leads=True)
    people = {
        "the veteran": doors.account,
        "another veteran": factories.make_eligible_veteran(doors.team)[0],
        "a lead next door": near.account,
        "a lead elsewhere": far.account,
        "an administrator elsewhere": factories.make_administrator(far.facility),
    }
    browsers = {}
    for name, account in people.items():
        assert account is not None
        browsers[name] = Client()
        sign_in(browsers[name], account)
    return browsers


def test_a001_a003_nothing_of_a_team_is_there_for_anybody_else_by_any_method(doors: Doors) -> None:
    before = _state()
    for name, browser in strangers(doors).items():
        for address in doors.addresses():
            for method in ("get", "head", "post"):
                answer = getattr(browser, method)(address)
                assert answer.status_code in {302, 403, 404, 405}, (name, method, address)
                if answer.status_code == 302:
                    assert answer["Location"].startswith("/"), (name, address)
                assert b"Not yours." not in answer.content
    assert _state() == before


def _state() -> tuple[Any, ...]:
    return (
        list(Draft.objects.order_by("id").values_list()),
        list(Broadcast.objects.order_by("id").values_list()),
        list(SentInError.objects.values_list()),
        Message.objects.count(),
        Notification.objects.count(),
    )


def test_a018_a_smuggled_field_decides_nothing_about_whom_and_for_whom(doors: Doors) -> None:
    stranger, record, elsewhere = factories.make_eligible_veteran()
    smuggled = {
        "team": elsewhere.id, "team_id": elsewhere.id, "record": record.id, "record_id": record.id,
        "author": stranger.id, "author_id": stranger.id, "assignee_id": uuid.uuid4(), "state": "sent",
        "sent_at": "2001-01-01", "number": "1", "id": uuid.uuid4(), "side": "veteran", "facility_id": "1",
        "confirmed_at": "2001-01-01", "was_opened": "on", "verdict": "fine",
    }  # fmt: skip
    typed = {"category": "general", "subject": "Flu shots", "body": "Come by.", "version": "1"}
    url = reverse("team_start_write", args=[doors.draft.id])
    sent = doors.browser.post(url, smuggled | typed | {"draft_id": doors.draft.id, "send": "1"})
    assert sent.status_code == 302
    started = Conversation.objects.exclude(id=doors.question.conversation_id).get()
    assert (started.record_id, started.team_id, started.assignee_id) == (doors.record.id, doors.team.id, doors.lead.id)
    many = reverse("team_broadcast", args=[doors.many.id])
    doors.browser.post(many, smuggled | typed | {"draft_id": doors.many.id, "source": "list", "icns": doors.record.icn})
    kept = Broadcast.objects.get()
    assert (kept.team_id, kept.state, kept.confirmed_at, kept.facility_id) == (
        doors.team.id, "draft", None, doors.team.facility_id,
    )  # fmt: skip
    wrong = reverse("team_withdraw_message", args=[doors.wrong.id])
    assert doors.browser.post(wrong, smuggled | {"reason": "wrong_veteran", "note": ""}).status_code == 302
    row = SentInError.objects.get()
    assert (row.message_id, row.by_staff_id, row.was_opened, row.verdict, row.record_id) == (
        doors.wrong.id, doors.lead.id, False, "", doors.record.id,
    )  # fmt: skip


def test_a021_what_staff_type_is_text_to_both_sides(doors: Doors) -> None:
    message = starting.start(
        actor=doors.actor, draft_id=doors.draft.id, content=DraftContent(category="general", subject=EVIL, body=EVIL)
    )
    many = reverse("team_broadcast", args=[doors.many.id])
    list_of_lines = {"source": "list", "icns": f"=cmd|' /C calc'!A0\n{EVIL}\n{doors.record.icn}"}
    typed = {"draft_id": doors.many.id, "version": "1", "category": "general", "subject": EVIL, "body": EVIL}
    assert doors.browser.post(many, typed | list_of_lines | {"check": "1"}).status_code == 302
    make_broadcasts()
    veteran = Client()
    sign_in(veteran, doors.account)
    for browser, address in (
        (veteran, reverse("mailbox_inbox")),
        (veteran, reverse("mailbox_conversation", args=[message.conversation_id])),
        (doors.browser, reverse("team_conversation", args=[message.conversation_id])),
        (doors.browser, reverse("team_withdraw_message", args=[message.id])),
        (doors.browser, reverse("team_broadcasts")),
        (doors.browser, many),
    ):
        page = browser.get(address).content.decode().casefold()
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
        assert "&lt;script&gt;" in page or "withdraw" in address, address
    pieces = doors.browser.post(reverse("team_broadcast_result", args=[doors.many.id])).streaming_content  # type: ignore[attr-defined]
    rows = list(csv.reader(io.StringIO(b"".join(pieces).decode())))
    assert any("CMD|" in cell for row in rows for cell in row), "the line is there"
    assert [cell for row in rows for cell in row if cell[:1] in "=+-@|%" and cell] == []


def test_a087_no_page_of_it_may_be_stored_and_no_address_or_session_holds_a_word_of_it(doors: Doors) -> None:
    secret = "zebracanary"
    finding = reverse("team_start")
    answer = doors.browser.post(finding, {"team": doors.team.id, "find": secret, "search": "1"})
    assert secret in answer.content.decode()
    many = reverse("team_broadcast", args=[doors.many.id])
    typed = {"draft_id": doors.many.id, "version": "1", "category": "general", "subject": secret, "body": secret}
    saved = doors.browser.post(many, typed | {"source": "list", "icns": secret})
    for response in (answer, saved, *(doors.browser.get(address) for address in [finding, *doors.addresses()])):
        assert "no-store" in response.headers["Cache-Control"]
        assert secret not in str(response.headers)
    assert secret not in str(dict(doors.browser.session))
    assert secret not in str(list(AuditEvent.objects.values_list()))


def test_a073_each_of_the_new_deeds_at_once_happens_once(committed_db: CommittedDatabase) -> None:
    doors = Doors()
    content = DraftContent(category="general", subject="Flu shots", body="Come by.")
    before = Message.objects.count()
    started = at_once(lambda: starting.start(actor=doors.actor, draft_id=doors.draft.id, content=content).id)
    assert len(set(started)) == 1, started
    assert Message.objects.count() == before + 1
    begun = at_once(lambda: drafts.begin(actor=doors.actor, team_id=doors.team.id, record_id=doors.record.id).id)
    assert len(set(begun)) == Draft.objects.count() == 1, begun
    taken = at_once(lambda: withdraw(actor=doors.actor, message_id=doors.wrong.id, reason="wrong_veteran").id)
    assert len(set(taken)) == SentInError.objects.count() == 1, taken
    assert AuditEvent.objects.filter(deed="sent_in_error").count() == 1
    whole = Content(category="general", subject="Flu", body="Come by.", icns=doors.record.icn)
    broadcasts.save_draft(actor=doors.actor, broadcast_id=doors.many.id, version=None, content=whole)
    broadcasts.check(actor=doors.actor, broadcast_id=doors.many.id)
    make_broadcasts()
    confirmed = at_once(lambda: broadcasts.confirm(actor=doors.actor, broadcast_id=doors.many.id, count=1).id)
    assert set(confirmed) == {doors.many.id}, confirmed
    at_once(make_broadcasts)
    assert AuditEvent.objects.filter(deed="broadcast_confirmed").count() == 1
    assert Message.objects.count() == before + 2


def test_a057_no_form_of_the_portal_is_taken_without_its_token(doors: Doors) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert doors.lead.account is not None
    sign_in(browser, doors.lead.account)
    before = _state()
    taken = {
        name: answer.status_code
        for name in urls.names()
        if (answer := browser.post(urls.path_of(name))).status_code not in {403, 404, 405}
    }
    assert taken == {}
    assert {browser.post(address).status_code for address in doors.addresses()} == {403}
    assert _state() == before
