"""Web workers killed in the middle of a send: what was acknowledged is there once, the rest whole or not at all (F001)."""

import http.client
import os
import re
import time
import uuid
from pathlib import Path

from django.db.models import F
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from messaging.models import Conversation, Draft, Message, Obligation
from smportal.audit.models import AuditEvent
from tests.security.people import Writer, make_writer
from tests.security.portal import Browser, Portal, running

FULL = bool(os.environ.get("FULL"))
KILLS = 500 if FULL else 16
PLACES = [f"die {number}" for number in range(1, 21)] + ["die before-commit", "die after-commit", "die after-response"]


def form(writer: Writer, number: int) -> dict[str, str]:
    text = {"subject": f"Send {number}", "body": f"Body {number}", "category": "general"}
    return {"draft_id": str(uuid.uuid4()), "version": "0", "team": str(writer.team.id), "send": "1", **text}


def post(browser: Browser, data: dict[str, str], *, until: float, fault: str = "") -> str:
    """Post until it is acknowledged, as an impatient person would; return where the confirmation is."""
    while True:
        try:
            answer = browser.post(reverse("compose"), data, **({"X_Fault": fault} if fault else {}))
        except (OSError, http.client.HTTPException):
            answer = None
        if answer is not None and answer.status == 302:
            return answer.header("Location")
        assert answer is None or answer.status >= 500, answer.text
        assert time.monotonic() < until, "never acknowledged"
        fault = ""
        time.sleep(0.05)


def check_whole(sent: int) -> None:
    """Every send is there once, with its clock and its audit row, or not at all."""
    messages = Message.objects.all()
    assert messages.count() == Conversation.objects.count() == sent
    assert messages.values("draft_id").distinct().count() == sent
    assert Conversation.objects.exclude(message_count=1).count() == 0
    assert Obligation.objects.filter(conversation_id__in=messages.values("conversation_id")).count() == sent
    assert AuditEvent.objects.filter(deed="message_sent").count() == sent
    assert not Draft.objects.exists()
    assert not Conversation.objects.exclude(number=F("messages__number")).exists()
    for message in messages:
        assert message.unseal_text("body_sealed").startswith("Body ")


def ready_to_write(portal: Portal, writer: Writer) -> Browser:
    """Return a signed-in browser that has seen the urgent-needs page; the portal serves."""
    with portal.rows():
        browser = portal.browser_of(writer.account)
    browser.get(reverse("urgent_needs"))
    browser.post(reverse("urgent_needs"), {})
    assert browser.get(reverse("compose_to", args=[writer.team.id])).status == 200
    return browser


def test_f001_a_send_survives_a_worker_killed_at_any_point(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    with running(tmp_path / "portal", django_db_blocker) as portal:
        with portal.rows():
            writer = make_writer("f001")
        # Forked from a parent that has loaded everything: a new worker is there at once.
        portal.start_web("--preload", application="tests.faults.wsgi:application")
        browser = ready_to_write(portal, writer)
        until = time.monotonic() + (1800 if FULL else 300)
        acknowledged = [
            post(browser, form(writer, number), until=until, fault=PLACES[(number * 7) % len(PLACES)])
            for number in range(KILLS)
        ]
        killed = len(re.findall(rb"SIGKILL", portal.logs()))
        with portal.rows():
            check_whole(KILLS)
            assert {str(message_id) for message_id in Message.objects.values_list("id", flat=True)} == {
                path.split("/")[3] for path in acknowledged
            }
    assert killed >= KILLS * 0.8, "hardly anything was killed: nothing was tested"
