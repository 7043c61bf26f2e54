"""The pages of notes over HTTP: what they show, what they keep, whom they answer."""

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from eligibility.models import Facility
from messaging.models import Clinic, NoteState, RecordNote
from smportal.audit.models import AuditEvent
from smportal.devstack.fhir.server import Endpoint
from tests import factories
from tests.messaging.health_record.noting import Noting, file_all, fresh
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


class Site(Noting):
    """The nurse's browser, and the veteran's."""

    def __init__(self) -> None:
        super().__init__()
        self.browser, self.veterans = Client(), Client()
        assert self.nurse.account is not None
        sign_in(self.browser, self.nurse.account)
        sign_in(self.veterans, self.account)
        self.url = reverse("record_choose", args=[self.conversation_id])

    def form(self, **changes: Any) -> dict[str, Any]:
        values = {
            "key": str(uuid.uuid4()),
            "title": "Knee pain by message",
            "clinic": str(self.clinic.id),
            "messages": [str(self.question.id), str(self.reply_of_team.id)],
        }
        return values | changes

    def preview(self, **changes: Any) -> tuple[dict[str, Any], str]:
        """Return what the preview's form would send, and the note's text on the page."""
        page = self.browser.post(self.url, self.form(preview="1", **changes))
        assert page.status_code == 200, page.content.decode()
        return hidden(page), text_shown(page)


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def hidden(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(unescape(value))
    return found


def text_shown(page: Any) -> str:
    match = re.search(r"<pre[^>]*>(.*?)</pre>", page.content.decode(), re.DOTALL)
    assert match
    return unescape(match[1])


def test_what_the_preview_shows_is_what_is_filed(site: Site, record_system: Endpoint) -> None:
    page = site.browser.get(reverse("team_conversation", args=[site.conversation_id]))
    assert f'href="{site.url}"' in page.content.decode()
    form, text = site.preview(title="Knee <b>pain</b>")
    sent = site.browser.post(site.url, {**form, "send": "1"}, follow=True)
    note = RecordNote.objects.get()
    assert sent.redirect_chain == [(reverse("record_note", args=[note.id]), 302)]
    assert "on its way" in sent.content.decode()
    assert note.unseal_text("text_sealed") == text == text_shown(sent)
    again = site.browser.post(site.url, {**form, "send": "1"}, follow=True)
    assert again.redirect_chain == sent.redirect_chain
    file_all()
    assert RecordNote.objects.count() == len(record_system.store.notes) == 1
    page = site.browser.get(reverse("team_conversation", args=[site.conversation_id]))
    assert "Notes for the health record" in page.content.decode()
    assert "Filed" in page.content.decode()


def test_errors_stand_by_their_fields_and_everything_comes_back(site: Site) -> None:
    page = site.browser.post(site.url, site.form(preview="1", title="", clinic="", messages=[]))
    text = page.content.decode()
    assert page.status_code == 400
    for error in ("Enter a title", "Choose a clinic", "Choose at least one message"):
        assert text.count(f"{error}</a>") == 1, "in the summary"
        assert text.count(f"{error}</span>") == 1, "by the field"
    assert "<title>Error:" in text
    page = site.browser.post(site.url, site.form(preview="1", clinic="nonsense", title="Kept title"))
    assert page.status_code == 400
    assert 'value="Kept title"' in page.content.decode()
    assert page.content.decode().count(" checked") == 2
    form, _ = site.preview()
    page = site.browser.post(site.url, {**form, "edit": "1"})
    assert page.status_code == 200
    assert "There is a problem" not in page.content.decode()
    assert page.content.decode().count(" checked") == 2


def test_a_note_that_changed_under_ones_eyes_is_shown_again(site: Site) -> None:
    form, text = site.preview()
    Clinic.objects.filter(id=site.clinic.id).update(name="Primary Care Green")
    page = site.browser.post(site.url, {**form, "send": "1"})
    assert page.status_code == 409
    assert "not the same as in your preview" in page.content.decode()
    assert "Primary Care Green" in text_shown(page) != text
    assert site.browser.post(site.url, {**hidden(page), "send": "1"}).status_code == 302
    assert RecordNote.objects.count() == 1


def test_without_a_clinic_the_page_says_whom_to_ask(site: Site) -> None:
    Clinic.objects.all().delete()
    page = site.browser.get(site.url)
    assert "An administrator can, under Clinics" in page.content.decode()
    assert "Preview the note" not in page.content.decode()


def test_a_failed_note_is_dealt_with_on_its_page(site: Site, record_system: Endpoint) -> None:
    record_system.strangers = frozenset({site.record.icn})
    note = site.save()
    file_all()
    url = reverse("record_note", args=[note.id])
    nav = site.browser.get(reverse("team_queue", args=["open"])).content.decode()
    assert re.search(r'Health record notes</bdi></span><span class="count">1<', nav)
    listed = site.browser.get(reverse("record_notes")).content.decode()
    assert url in listed
    assert "doesn’t know this veteran" in listed
    page = site.browser.get(url).content.decode()
    assert "(Code: 422 not-found)" in page
    empty = site.browser.post(reverse("record_dismiss", args=[note.id]), {"reason": " "})
    assert empty.status_code == 400
    assert empty.content.decode().count("Enter a reason") == 2

    changing = site.browser.get(reverse("record_change", args=[note.id]))
    assert changing.content.decode().count(" checked") == 2
    assert 'value="Knee pain by message"' in changing.content.decode()
    form = site.form(key=str(note.id), title="Knee, second try", messages=[str(site.question.id)])
    shown = site.browser.post(reverse("record_change", args=[note.id]), {**form, "preview": "1"})
    sent = site.browser.post(reverse("record_change", args=[note.id]), {**hidden(shown), "send": "1"})
    assert (sent.status_code, sent["Location"]) == (302, url)
    assert fresh(note).state == NoteState.WAITING
    assert site.browser.get(reverse("record_change", args=[note.id])).status_code == 302
    file_all()
    assert site.browser.post(reverse("record_try_again", args=[note.id])).status_code == 302
    record_system.strangers = frozenset()
    file_all()
    assert fresh(note).state == NoteState.FILED
    [there] = record_system.store.notes.values()
    assert there["description"] == "Knee, second try"
    assert site.browser.post(reverse("record_dismiss", args=[note.id]), {"reason": "x"}).status_code == 409
    assert "Nothing to deal with" in site.browser.get(reverse("record_notes")).content.decode()


def test_a_note_that_may_be_there_offers_no_change(site: Site) -> None:
    note = site.save()
    RecordNote.objects.filter(id=note.id).update(state=NoteState.FAILED, may_be_there=True, last_error="timeout")
    page = site.browser.get(reverse("record_note", args=[note.id])).content.decode()
    assert "it can’t be filed twice" in page
    assert "Change the note" not in page
    assert site.browser.get(reverse("record_change", args=[note.id])).status_code == 302


def test_a001_veterans_and_other_teams_see_nothing_of_it(site: Site) -> None:
    note = site.save()
    outsider = Client()
    other = factories.make_staff(factories.make_team(site.team.facility))
    assert other.account is not None
    sign_in(outsider, other.account)
    for browser in (site.veterans, outsider):
        for name in ("record_note", "record_change"):
            assert browser.get(reverse(name, args=[note.id])).status_code == 404
        for name in ("record_try_again", "record_dismiss", "record_change"):
            assert browser.post(reverse(name, args=[note.id]), site.form(send="1")).status_code == 404
        assert browser.get(site.url).status_code == 404
        assert browser.post(site.url, site.form(send="1")).status_code == 404
    assert outsider.get(reverse("record_notes")).content.decode().count(str(note.id)) == 0
    assert site.veterans.get(reverse("record_notes")).status_code == 404
    own = site.veterans.get(reverse("mailbox_conversation", args=[site.conversation_id])).content.decode()
    assert "ealth record" not in own.partition("<main")[2].partition("</main")[0]


def test_a_prefetch_or_a_head_discloses_nothing(site: Site) -> None:
    note = site.save()
    before = AuditEvent.objects.count()
    for url in (site.url, reverse("record_note", args=[note.id]), reverse("record_change", args=[note.id])):
        assert site.browser.head(url).status_code == 405
        assert site.browser.get(url, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert AuditEvent.objects.count() == before


def statements(site: Site, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert site.browser.get(url).status_code == 200
    return len(captured)


def test_a_conversation_without_notes_asks_for_none(site: Site) -> None:
    """The count in the navigation is part of a statement that is there anyway."""
    url = reverse("team_conversation", args=[site.conversation_id])
    statements(site, url)
    without = statements(site, url)
    with CaptureQueriesContext(connection) as captured:
        site.browser.get(url)
    assert sum("messaging_recordnote" in each["sql"] for each in captured) == 1, "the count of the desk"
    for _ in range(3):
        site.save()
    assert statements(site, url) == without + 1


def test_administrators_keep_clinics_in_the_admin(site: Site) -> None:
    facility: Facility = site.team.facility
    browser = Client()
    sign_in(browser, factories.make_administrator(facility))
    add = reverse("admin:messaging_clinic_add")
    form = {"facility": facility.station_number, "code": "88", "name": "Eye clinic"}
    assert browser.post(add, form).status_code == 302
    clinic = Clinic.objects.get(code="88")
    again = browser.post(add, form)
    assert again.status_code == 200
    assert "has this code" in again.content.decode()
    change = reverse("admin:messaging_clinic_change", args=[clinic.id])
    assert browser.post(change, {"name": "Eye clinic 2"}).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.name, clinic.is_active, clinic.code) == ("Eye clinic 2", False, "88")
    elsewhere = Client()
    sign_in(elsewhere, factories.make_administrator(factories.make_facility()))
    assert elsewhere.get(change).status_code == 302
    assert elsewhere.post(add, form | {"code": "89"}).status_code == 200
    assert not Clinic.objects.filter(code="89").exists()
