"""The pages over HTTP: what they show, refuse and keep. Who may open which is tests/consistency's."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from eligibility.models import CareTeam
from messaging.models import Conversation, Draft, Message
from smportal import clock
from smportal.audit.models import AuditEvent
from tests import factories
from tests.signing_in import sign_in

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


class Site:
    """A veteran and a nurse of one team, each with a browser."""

    def __init__(self) -> None:
        self.account, self.record, self.team = factories.make_eligible_veteran()
        self.nurse = factories.make_staff(self.team, name="Nora Nurse")
        self.veteran_browser, self.nurse_browser = Client(), Client()
        sign_in(self.veteran_browser, self.account)
        assert self.nurse.account is not None
        sign_in(self.nurse_browser, self.nurse.account)
        self.veteran_browser.post(reverse("urgent_needs"))

    def form(self, **changes: Any) -> dict[str, Any]:
        values = {
            "draft_id": str(uuid.uuid4()),
            "version": "0",
            "team": str(self.team.id),
            "category": "general",
            "subject": "Knee pain",
            "body": "It hurts when I climb stairs.",
        }
        return values | changes

    def send(self, **changes: Any) -> Message:
        response = self.veteran_browser.post(reverse("compose"), self.form(send="1", **changes))
        assert response.status_code == 302, response.content.decode()
        return Message.objects.order_by("-sent_at")[0]


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def test_the_journey_over_http(site: Site) -> None:
    message = site.send()
    page = site.veteran_browser.get(reverse("sent_confirmation", args=[message.id])).content.decode()
    assert str(message.number) in page
    assert "should have an answer by" in page
    queue = site.nurse_browser.get(reverse("team_queue", args=["open"])).content.decode()
    assert "Knee pain" in queue
    conversation_url = reverse("team_conversation", args=[message.conversation_id])
    opened = site.nurse_browser.get(conversation_url).content.decode()
    assert "It hurts when I climb stairs." in opened
    answer = {"draft_id": uuid.uuid4(), "body": "Please rest it for two days.", "send": "1"}
    assert site.nurse_browser.post(reverse("team_reply", args=[message.conversation_id]), answer).status_code == 302
    inbox = site.veteran_browser.get(reverse("mailbox_inbox")).content.decode()
    assert "Unread: " in inbox
    read = site.veteran_browser.get(reverse("mailbox_conversation", args=[message.conversation_id])).content.decode()
    assert "Please rest it for two days." in read
    assert "Opened by your care team on" in read
    reply = {"draft_id": uuid.uuid4(), "version": 0, "body": "Thank you.", "send": "1"}
    replied = site.veteran_browser.post(reverse("mailbox_reply", args=[message.conversation_id]), reply)
    assert replied.status_code == 302
    assert Message.objects.count() == 3


def test_an_error_shows_beside_its_field_and_keeps_what_was_typed(site: Site) -> None:
    response = site.veteran_browser.post(reverse("compose"), site.form(send="1", subject=" ", body="x" * 10_001))
    page = response.content.decode()
    assert response.status_code == 400
    assert "Enter a subject" in page
    assert "x" * 10_001 in page
    assert f'value="{site.team.id}"' in page
    assert "<title>Error: " in page
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["subject", "body"])
@pytest.mark.parametrize("value", ["a\x00b", "a\x1bb"])
def test_a034_characters_that_cannot_be_kept_are_an_error_of_the_field(site: Site, name: str, value: str) -> None:
    for button in ("send", "save"):
        response = site.veteran_browser.post(reverse("compose"), site.form(**{name: value, button: "1"}))
        assert response.status_code == 400
        assert f'id="id_{name}_error"' in response.content.decode()


def test_a021_what_is_typed_is_shown_as_text(site: Site) -> None:
    attack = '<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7|add:1 }} " onmouseover="x'
    message = site.send(subject=attack[:120], body=attack)
    for browser, name in ((site.veteran_browser, "mailbox_conversation"), (site.nurse_browser, "team_conversation")):
        page = browser.get(reverse(name, args=[message.conversation_id])).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{ 7|add:1 }}" in page
    assert "<script>alert" not in site.veteran_browser.get(reverse("mailbox_inbox")).content.decode()


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "java\tscript:x", "ftp://x.example"]
)
def test_a022_only_web_addresses_become_links(site: Site, address: str) -> None:
    message = site.send(body=f"See {address} and https://www.va.gov/health?a=1&b=2.")
    page = site.veteran_browser.get(reverse("mailbox_conversation", args=[message.conversation_id])).content.decode()
    links = re.findall(
        r'<a class="usa-link usa-link--external" href="([^"]*)" rel="noopener noreferrer nofollow"', page
    )
    assert links == ["https://www.va.gov/health?a=1&amp;b=2"]


def test_a020_a_repeated_team_never_sends_twice(site: Site) -> None:
    other = factories.make_team()
    data = site.form(send="1")
    response = site.veteran_browser.post(reverse("compose"), {**data, "team": [str(other.id), str(site.team.id)]})
    assert response.status_code == 302
    assert Message.objects.count() == 1
    assert Conversation.objects.get().team_id == site.team.id


def test_a018_fields_that_the_form_lacks_change_nothing(site: Site) -> None:
    message = site.send(
        state="completed", sent_at="2001-01-01", due_at="2001-01-01", possibly_urgent="1", record="1", id="1"
    )
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.possibly_urgent, conversation.record_id) == ("new", False, site.record.id)
    assert message.sent_at.year >= 2026


def test_a001_the_page_of_somebody_else_is_the_page_of_nothing(site: Site) -> None:
    message = site.send()
    stranger = Client()
    sign_in(stranger, factories.make_eligible_veteran(site.team)[0])
    theirs = stranger.get(reverse("mailbox_conversation", args=[message.conversation_id]))
    nothing = stranger.get(reverse("mailbox_conversation", args=[uuid.uuid4()]))
    assert (theirs.status_code, theirs.content) == (nothing.status_code, nothing.content) == (404, theirs.content)
    assert AuditEvent.objects.filter(deed="denied").count() == 1


def test_a_prefetch_opens_nothing_and_head_is_refused(site: Site) -> None:
    message = site.send()
    url = reverse("team_conversation", args=[message.conversation_id])
    assert site.nurse_browser.get(url, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert site.nurse_browser.head(url).status_code == 405
    assert not AuditEvent.objects.filter(deed="conversation_read").exists()


def test_a_refused_send_says_why_and_keeps_the_draft(site: Site) -> None:
    form = site.form(send="1")
    site.team.participations.update(opted_in=False)
    response = site.veteran_browser.post(reverse("compose"), form)
    assert response.status_code == 403
    assert "It hurts when I climb stairs." in response.content.decode()
    assert Draft.objects.count() == 1
    site.team.participations.update(opted_in=True)
    again = site.veteran_browser.post(reverse("compose"), {**form, "version": "1"})
    assert again.status_code == 302
    assert (Draft.objects.count(), Message.objects.count()) == (0, 1)


@pytest.mark.parametrize("why", ["inactive", "blocked", "foreign", "unknown"])
def test_a008_a_team_that_may_not_be_written_to_is_an_error_of_its_field(site: Site, why: str) -> None:
    form = site.form(send="1")
    if why == "inactive":
        CareTeam.objects.filter(id=site.team.id).update(is_active=False)
    elif why == "blocked":
        factories.block(site.record, team=site.team)
    else:
        form["team"] = str(factories.make_eligible_veteran()[2].id if why == "foreign" else uuid.uuid4())
    response = site.veteran_browser.post(reverse("compose"), form)
    page = response.content.decode()
    assert response.status_code == 400
    assert 'id="id_team_error"' in page
    assert "It hurts when I climb stairs.</textarea>" in page
    assert not Message.objects.exists()


def test_drafts_are_saved_listed_opened_and_deleted(site: Site) -> None:
    form = site.form(save="1", subject="", category="")
    saved = site.veteran_browser.post(reverse("compose"), form)
    draft = Draft.objects.get()
    assert saved.headers["Location"] == reverse("edit_draft", args=[draft.id])
    assert "It hurts when I climb stairs." in site.veteran_browser.get(saved.headers["Location"]).content.decode()
    assert "No subject yet" in site.veteran_browser.get(reverse("mailbox_drafts")).content.decode()
    stale = site.veteran_browser.post(reverse("compose"), {**form, "body": "Another tab", "version": "0"})
    assert stale.status_code == 409
    assert "Another tab" in stale.content.decode()
    site.veteran_browser.post(reverse("discard_draft", args=[draft.id]))
    assert site.veteran_browser.get(reverse("edit_draft", args=[draft.id])).status_code == 404
    assert "You have no drafts" in site.veteran_browser.get(reverse("mailbox_drafts")).content.decode()


def test_a_reply_draft_is_kept_in_its_conversation(site: Site) -> None:
    message = site.send()
    url = reverse("mailbox_reply", args=[message.conversation_id])
    site.veteran_browser.post(url, {"draft_id": uuid.uuid4(), "version": 0, "body": "To be continued", "save": "1"})
    page = site.veteran_browser.get(reverse("mailbox_conversation", args=[message.conversation_id])).content.decode()
    assert "To be continued" in page
    assert "Reply: Knee pain" in site.veteran_browser.get(reverse("mailbox_drafts")).content.decode()


@pytest.mark.parametrize("value", ["%", "x", "Zg", "Zg==", "a" * 5000, "Zjp8MjAyNnx4", "-1", "0", "1e99"])
def test_a107_a_forged_page_key_is_not_found(site: Site, value: str) -> None:
    assert site.veteran_browser.get(reverse("mailbox_inbox"), {"page": value}).status_code == 404
    assert site.nurse_browser.get(reverse("team_queue", args=["open"]), {"page": value}).status_code == 404


def test_pages_by_key_show_every_conversation_once(site: Site) -> None:
    for number in range(60):
        with clock.at(TUESDAY + dt.timedelta(minutes=number // 3)):
            sign_in(site.veteran_browser, site.account)
            site.veteran_browser.post(reverse("compose"), site.form(send="1", subject=f"Subject {number:03}"))
    sign_in(site.veteran_browser, site.account)
    seen, url = [], reverse("mailbox_inbox")
    for _ in range(3):
        page = site.veteran_browser.get(url).content.decode()
        seen += re.findall(r"Subject \d{3}", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = following.group(1) if following else ""
    assert (len(seen), len(set(seen)), url) == (60, 60, "")
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back is not None
    assert re.findall(r"Subject \d{3}", site.veteran_browser.get(back.group(1)).content.decode()) == seen[25:50]


@pytest.mark.parametrize(("name", "most"), [("mailbox_inbox", 9), ("mailbox_sent", 9)])
def test_the_number_of_statements_does_not_grow_with_the_mailbox(site: Site, name: str, most: int) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert site.veteran_browser.get(reverse(name)).status_code == 200
        return len(queries)

    site.send()
    few = statements()
    for _ in range(30):
        site.send()
    assert statements() == few <= most


def test_a_send_costs_at_most_twenty_one_statements(site: Site) -> None:
    site.send()
    with CaptureQueriesContext(connection) as queries:
        site.send()
    assert len(queries) <= 21, "\n".join(query["sql"][:150] for query in queries)
