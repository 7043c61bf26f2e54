"""Hostile input to every page (A007, A009, A019, A025, A026, A027, A033, A057, A079, A090, A107)."""

import datetime as dt
import time
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging.models import Conversation, Message
from messaging.templatetags import text_display
from smportal.access import rule_for
from smportal.audit.models import AuditEvent
from tests import factories
from tests.consistency import urls
from tests.messaging.making import make_conversation
from tests.signing_in import sign_in

HOSTILE = (
    "' OR 1=1--", "%", "_", "\\", "1;SELECT pg_sleep(9)", "-1", "1e99", "9223372036854775808", "[]", "null", "🧿" * 50,
    "\u202egnp", "{{7*7}}", "../../etc/passwd", "x" * 10_000, "\r\nSet-Cookie: a=b",
)  # fmt: skip


@pytest.fixture
def veteran(db: None) -> tuple[Client, Any]:
    account, _, team = factories.make_eligible_veteran()
    client = Client()
    sign_in(client, account)
    client.post(reverse("urgent_needs"))
    return client, team


@pytest.fixture
def browsers(db: None, veteran: tuple[Client, Any]) -> list[Client]:
    nurse, administrator = Client(), Client()
    staff = factories.make_staff(veteran[1])
    assert staff.account is not None
    sign_in(nurse, staff.account)
    sign_in(administrator, factories.make_administrator())
    return [veteran[0], nurse, administrator]


@pytest.mark.parametrize("value", HOSTILE)
def test_a026_a107_no_parameter_of_any_list_breaks_a_page(browsers: list[Client], value: str) -> None:
    lists = ("facility_finder", "mailbox_inbox", "mailbox_sent", "mailbox_trash", "team_queue", "compose",
             "admin:audit_auditevent_changelist", "admin:accounts_account_changelist",
             "admin:eligibility_careteam_changelist")  # fmt: skip
    asked = dict.fromkeys(("q", "page", "after", "before", "state", "o", "p", "sort", "ordering", "next"), value)
    for client in browsers:
        for name in lists:
            response = client.get(urls.path_of(name), asked)
            assert response.status_code < 500, name
            assert "Set-Cookie: a=b" not in str(response.headers), name


@pytest.mark.parametrize(
    "value", ["-1", "0", "1e99", "9223372036854775808", "abc", "%00", "", "[]", "6f1c1f0e-8d8b-4b43-9a53-0d2c5a3a7c11"]
)
def test_a107_no_id_in_an_address_breaks_a_page(browsers: list[Client], value: str) -> None:
    for name in sorted(set(urls.names())):
        rule = rule_for(name)
        path = urls.path_of(name)
        if rule is None or not any(str(place) in path for place in (urls.NOBODY, "/1/")):
            continue
        tried = path.replace(str(urls.NOBODY), value).replace("/1/", f"/{value}/")
        for client in browsers:
            assert client.get(tried).status_code < 500, tried


def test_a007_the_form_offers_own_teams_only(veteran: tuple[Client, Any]) -> None:
    client, team = veteran
    stranger = factories.make_team(public_name="A team of others")
    page = client.get(reverse("choose_team")).content.decode()
    assert str(team.id) in page
    assert str(stranger.id) not in page
    assert "A team of others" not in page


def form(team: Any, **more: str) -> dict[str, str]:
    text = {"category": "general", "subject": "Knee", "body": "It hurts.", "send": "1"}
    return {"draft_id": str(uuid.uuid4()), "version": "0", "team": str(team.id), **text, **more}


def test_a009_an_extra_parameter_reaches_nothing_of_somebody_else(veteran: tuple[Client, Any]) -> None:
    client, team = veteran
    theirs = make_conversation()
    extra = {name: str(theirs.id) for name in ("conversation", "conversation_id", "links", "parent", "reply_to", "id")}
    assert client.post(reverse("compose"), form(team, **extra)).status_code == 302
    assert Message.objects.filter(conversation=theirs).count() == 0
    assert Conversation.objects.exclude(id=theirs.id).get().team_id == team.id


def test_a079_only_the_servers_clock_counts(veteran: tuple[Client, Any]) -> None:
    client, team = veteran
    before = dt.datetime.now(dt.UTC)  # noqa: TID251 - the machine's own, to compare with
    told = {"sent_at": "2001-01-01T00:00:00Z", "now": "2001-01-01", "time_zone": "Pacific/Kiritimati"}
    headers = {"Date": "Mon, 01 Jan 2001 00:00:00 GMT", "X-Time-Zone": "Pacific/Kiritimati"}
    assert client.post(reverse("compose"), form(team, **told), headers=headers).status_code == 302
    assert before <= Message.objects.get().sent_at <= before + dt.timedelta(minutes=5)


@pytest.mark.parametrize("value", ["Knee\r\nBcc: all@example.com", "Knee\nX: y", "Knee%0d%0aSet-Cookie:a=b"])
def test_a027_a_line_end_in_a_subject_makes_no_header(veteran: tuple[Client, Any], value: str) -> None:
    client, team = veteran
    response = client.post(reverse("compose"), form(team, subject=value))
    assert response.status_code in {302, 400}
    assert not {"Bcc", "X"} & set(response.headers)
    assert "a=b" not in str(response.headers)


def test_a033_long_hostile_text_costs_no_time() -> None:
    for text in (
        "http://" * 7_000,
        "a@" * 25_000,
        "www." * 12_500,
        "(" * 50_000,
        "http://a" + "." * 50_000,
        "%" * 50_000,
    ):
        began = time.process_time()
        text_display.readable(text)
        # A pattern that goes back over such a text takes minutes, not seconds.
        assert time.process_time() - began < 2, text[:10]


def test_a090_somebody_elses_and_nobodys_look_and_cost_alike(veteran: tuple[Client, Any]) -> None:
    client, _ = veteran
    theirs = make_conversation()
    client.get(reverse("mailbox_conversation", args=[uuid.uuid4()]))
    seen = []
    for conversation_id in (theirs.id, uuid.uuid4()):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("mailbox_conversation", args=[conversation_id]))
        seen.append((answer.status_code, answer.content, len(queries)))
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][0] == 404
    # At most one indexed look-up apart: far below what can be told over a network.
    assert abs(seen[0][2] - seen[1][2]) <= 1


def test_a025_no_row_of_messages_says_anything_of_its_content(db: None) -> None:
    conversation = make_conversation()
    assert "zebracanary" not in f"{conversation!s}{conversation!r}"


def test_a057_a_get_changes_nothing(browsers: list[Client]) -> None:
    """Reading is on record; nothing else is written by it."""
    written = {"message_sent", "conversation_moved", "role_granted", "account_disabled"}
    for client in browsers:
        for name in set(urls.names()) - {"session_ended", "account_logout"}:
            rule = rule_for(name)
            if rule and "GET" not in rule.methods:
                assert client.get(urls.path_of(name)).status_code in {302, 404, 405}, name
    assert not AuditEvent.objects.filter(deed__in=written).exists()
