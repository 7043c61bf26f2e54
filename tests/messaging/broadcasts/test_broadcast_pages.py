"""One text to many over HTTP: written, checked, confirmed, watched; what is refused and kept."""

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import ended
from messaging.broadcasts.making import make_broadcasts
from messaging.keyset import ROWS
from messaging.library import cards
from messaging.models import Broadcast, LibraryLink, Message
from messaging.reply_templates import actions as templates
from messaging.reply_templates.actions import Holder, Wording
from tests import factories
from tests.messaging.broadcasts.making import Clinic
from tests.messaging.library.shelves import make_link, make_topic
from tests.messaging.threads import TUESDAY
from tests.signing_in import sign_in

HIDDEN = re.compile(r'name="(ticket|draft_id|version|csrfmiddlewaretoken)"[^>]*? value="([^"]*)"')


class Desk(Clinic):
    """The clinic, with its lead at a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.browser = Client()
        assert self.lead_row.account is not None
        sign_in(self.browser, self.lead_row.account)

    def begin(self) -> str:
        return str(self.browser.post(reverse("team_broadcasts"), {"team": self.team.id})["Location"])

    def form(self, url: str, **typed: Any) -> dict[str, Any]:
        page = self.browser.get(url).content.decode()
        hidden: dict[str, Any] = dict(HIDDEN.findall(page[page.index("data-autosave=") :]))
        icns = "\n".join(record.icn for record in self.records)
        whole = {"category": "general", "subject": "Flu shots", "body": "Come by.", "source": "list", "icns": icns}
        return hidden | whole | typed


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_from_the_text_to_the_result(desk: Desk) -> None:
    url = desk.begin()
    assert desk.browser.post(url, desk.form(url, check="1"))["Location"] == url
    page = desk.browser.get(url).content.decode()
    assert "Nothing is sent yet" in page
    progress = reverse("team_broadcast_progress", args=[Broadcast.objects.get().id])
    assert desk.browser.get(progress).json() == {"state": "making", "done": 0, "step": 0}
    make_broadcasts()
    review = desk.browser.get(url).content.decode()
    assert "3 veterans will get this message." in review
    assert "Yes, send this message to 3 veterans" in review
    unsure = desk.browser.post(url, {"send": "1", "count": "3"})
    assert unsure.status_code == 400
    assert "Confirm the number of veterans" in unsure.content.decode()
    assert desk.browser.post(url, {"send": "1", "count": "2", "sure": "on"}).status_code == 409
    assert Broadcast.objects.get().state == "ready"
    assert desk.browser.post(url, {"send": "1", "count": "3", "sure": "on"}).status_code == 302
    assert "0</span> of 3 veterans have it" in desk.browser.get(url).content.decode()
    make_broadcasts()
    assert Message.objects.count() == 3
    assert desk.browser.get(progress).json() == {"state": "done", "done": 3, "step": 3}
    result = desk.browser.get(url).content.decode()
    assert "3 veterans got this message." in result
    assert desk.records[0].icn in result
    csv = desk.browser.post(reverse("team_broadcast_result", args=[Broadcast.objects.get().id]))
    assert b"".join(csv.streaming_content).decode().count("Got it") == 3  # type: ignore[attr-defined]


def test_asking_how_far_it_is_keeps_no_session_alive(desk: Desk) -> None:
    url = desk.begin()
    desk.browser.post(url, desk.form(url, check="1"))
    before = dict(desk.browser.session)
    desk.browser.get(
        reverse("team_broadcast_progress", args=[Broadcast.objects.get().id]), headers={"X-Portal-Polling": "1"}
    )
    assert dict(desk.browser.session) == before


def test_the_list_goes_on_page_by_page(desk: Desk) -> None:
    fields = {"author_id": desk.lead.account_id, "author_staff": desk.lead_row, "facility": desk.team.facility}
    # At one instant: their ids tell them apart.
    at = dict.fromkeys(("created_at", "updated_at"), TUESDAY)
    texts = Broadcast.objects.bulk_create(
        Broadcast(team=desk.team, state="stopped", **fields, **at) for _ in range(ROWS + 1)
    )
    first = desk.browser.get(reverse("team_broadcasts")).content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = desk.browser.get(following[1]).content.decode()
    shown = [{text.id for text in texts if str(text.id) in page} for page in (first, second)]
    assert [len(ids) for ids in shown] == [ROWS, 1]
    assert set.union(*shown) == {text.id for text in texts}
    assert "Back to the first page" in second
    assert "Back to the first page" not in first


def test_an_uploaded_list_takes_the_place_of_the_pasted_one(desk: Desk) -> None:
    url = desk.begin()
    content = f"icn,name\n{desk.records[0].icn},Ana\n".encode("utf-8-sig")
    upload = SimpleUploadedFile("list.csv", content, content_type="text/csv")
    desk.browser.post(url, desk.form(url, check="1") | {"upload": upload})
    make_broadcasts()
    assert "1 veteran will get this message." in desk.browser.get(url).content.decode()
    desk.browser.post(url, {"edit": "1"})
    binary = SimpleUploadedFile("list.xlsx", b"PK\x03\x04\xff\xfe")
    page = desk.browser.post(url, desk.form(url, check="1") | {"upload": binary})
    assert page.status_code == 400
    assert "This file is no plain text" in page.content.decode()
    assert "Come by." in page.content.decode()


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(desk: Desk) -> None:
    url = desk.begin()
    page = desk.browser.post(url, desk.form(url, check="1", subject="", category=""))
    assert page.status_code == 400
    for text in ("Enter a subject", "Choose a category", "Come by.", desk.records[0].icn):
        assert text in page.content.decode()
    assert Broadcast.objects.get().state == "draft"


def test_typing_is_saved_another_tab_is_told_and_late_text_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    url = desk.begin()
    form = desk.form(url)
    autosave = reverse("autosave_broadcast", args=[Broadcast.objects.get().id])
    assert desk.browser.post(autosave, form).json()["saved_at"].startswith("Saved at")
    assert desk.browser.post(autosave, form | {"body": "Other"}).status_code == 409
    monkeypatch.setattr(ended, "by_limit", lambda *_: True)
    late = Client().post(url, form | {"body": "Late", "check": "1"})
    assert "/account/login/" in late["Location"]
    kept = Broadcast.objects.select_related("facility").get()
    assert kept.unseal_text("body_sealed") == "Come by.\n\nLate"
    assert kept.state == "draft"


def test_links_of_the_library_go_to_everybody_as_they_were_confirmed(desk: Desk) -> None:
    topic = make_topic()
    link, gone = make_link(topic), make_link(topic, "asthma")
    url = desk.begin()
    many = Broadcast.objects.get()
    part = reverse("team_broadcast_library", args=[many.id])
    assert f'formaction="{url}#library"' in desk.browser.post(part, {"library": "1"}).content.decode()
    typed = desk.form(url, links=[str(link.id), str(gone.id)])
    upload = SimpleUploadedFile("list.csv", desk.records[0].icn.encode())
    looked = desk.browser.post(
        url, typed | {"library": "find", "library_words": "asthma", "upload": upload, "icns": ""}
    )
    assert looked.status_code == 200
    page = looked.content.decode()
    assert page.count(" checked") >= 2
    # Nothing typed or chosen is lost on the way: text, links, an uploaded list.
    for words in ("Come by.", f'value="{link.id}" checked', f'value="{gone.id}" checked', desk.records[0].icn):
        assert words in page
    assert desk.browser.post(url, typed | {"save": "1"}).status_code == 302
    assert f'value="{gone.id}" checked' in desk.browser.get(url).content.decode()
    many.refresh_from_db()
    assert str(link.id).encode() not in bytes(many.links_sealed or b"")

    LibraryLink.objects.filter(id=gone.id).update(is_active=False)
    refused = desk.browser.post(url, desk.form(url, links=[str(link.id), str(gone.id)], check="1"))
    assert refused.status_code == 400
    assert 'id="id_links_error"' in refused.content.decode()
    assert desk.browser.post(url, desk.form(url, links=[str(link.id)], check="1")).status_code == 302
    make_broadcasts()
    assert link.address in desk.browser.get(url).content.decode()
    LibraryLink.objects.filter(id=link.id).update(is_active=False)
    late = desk.browser.post(url, {"send": "1", "count": "3", "sure": "on"})
    assert late.status_code == 400
    assert "No longer in the health library" in late.content.decode()
    assert not Message.objects.exists()
    LibraryLink.objects.filter(id=link.id).update(is_active=True)
    assert desk.browser.post(url, {"send": "1", "count": "3", "sure": "on"}).status_code == 302
    LibraryLink.objects.filter(id=link.id).update(is_active=False, title="Another")
    make_broadcasts()
    sent = [cards.of(message) for message in Message.objects.all()]
    assert [[card.title for card in each] for each in sent] == [[link.title]] * 3
    assert link.title in desk.browser.get(url).content.decode()


def test_a_template_goes_to_many_without_anybodys_name(desk: Desk) -> None:
    wording = Wording("Flu", "", "Dear {first_name}, {team} gives shots.", is_active=True)
    template = templates.add(
        actor=desk.lead, template_id=uuid.uuid4(), holder=Holder("team", team_id=desk.team.id), wording=wording
    )
    url = desk.begin()
    identity = Broadcast.objects.get().id
    shown = desk.browser.post(
        reverse("team_broadcast_templates", args=[identity]), {"templates": "show", "template": template.id}
    )
    assert "Everybody gets the same words" in shown.content.decode()
    put_in = desk.browser.post(url, desk.form(url, templates="insert", template=template.id)).content.decode()
    assert f"Come by.\n\nDear _____, {desk.team.public_name} gives shots." in put_in
    assert desk.records[0].icn in put_in
    other = factories.make_staff(desk.team, leads=True)
    assert other.account is not None
    browser = Client()
    sign_in(browser, other.account)
    for name in ("team_broadcast_templates", "team_broadcast_library"):
        assert desk.browser.post(reverse(name, args=[identity])).status_code == 200
        assert browser.post(reverse(name, args=[identity])).status_code == 404


def test_a_member_who_leads_nothing_finds_nothing(desk: Desk) -> None:
    url = desk.begin()
    desk.browser.post(url, desk.form(url, check="1"))
    nurse = factories.make_staff(desk.team)
    assert nurse.account is not None
    browser = Client()
    sign_in(browser, nurse.account)
    identity = Broadcast.objects.get().id
    assert browser.get(reverse("team_broadcasts")).status_code == 404
    for name in ("team_broadcast", "team_broadcast_progress"):
        assert browser.get(reverse(name, args=[identity])).status_code == 404
    for name in ("team_broadcast", "autosave_broadcast", "team_broadcast_result"):
        assert browser.post(reverse(name, args=[identity]), {"stop": "1"}).status_code == 404
    assert "Write to many" not in browser.get(reverse("team_queue", args=["open"])).content.decode()
    assert "Write to many" in desk.browser.get(reverse("team_queue", args=["open"])).content.decode()
