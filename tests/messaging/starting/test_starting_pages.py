"""Starting a conversation over HTTP: what the pages show, refuse and keep."""

import re
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts import ended
from eligibility.models import Association, TeamMembership
from messaging.models import Attachment, Conversation, Draft, Message
from smportal import clock
from tests import factories
from tests.messaging.test_pages import Site
from tests.signing_in import sign_in

HIDDEN = re.compile(r'name="(ticket|draft_id|version|csrfmiddlewaretoken)"[^>]*? value="([^"]*)"')


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def begin(site: Site) -> str:
    """Find the veteran and choose them; return the address of the page to write on."""
    found = site.nurse_browser.post(
        reverse("team_start"), {"team": site.team.id, "find": site.record.icn, "search": "1"}
    )
    assert str(site.record.id) in found.content.decode()
    chosen = site.nurse_browser.post(
        reverse("team_start"),
        {"team": site.team.id, "find": site.record.icn, "record": site.record.id, "choose": "1"},
    )
    assert chosen.status_code == 302
    return str(chosen["Location"])


def form_of(site: Site, url: str, **typed: Any) -> dict[str, Any]:
    page = site.nurse_browser.get(url).content.decode()
    hidden: dict[str, Any] = dict(HIDDEN.findall(page[page.index("data-autosave=") :]))
    return hidden | {"category": "general", "subject": "Flu shots", "body": "Please come by."} | typed


def test_from_the_name_to_the_veterans_inbox(site: Site) -> None:
    url = begin(site)
    page = site.nurse_browser.get(url).content.decode()
    assert site.record.last_name in page
    sent = site.nurse_browser.post(url, form_of(site, url, send="1"))
    conversation = Conversation.objects.get()
    assert sent["Location"] == reverse("team_conversation", args=[conversation.id])
    again = site.nurse_browser.get(url)
    assert again["Location"] == sent["Location"]
    inbox = site.veteran_browser.get(reverse("mailbox_inbox")).content.decode()
    assert "Flu shots" in inbox
    assert "Unread: " in inbox
    read = site.veteran_browser.get(reverse("mailbox_conversation", args=[conversation.id])).content.decode()
    assert "Please come by." in read
    assert 'name="send"' in read


def test_posting_the_same_form_twice_sends_once_files_included(site: Site) -> None:
    url = begin(site)
    form = form_of(site, url, send="1")
    for _ in range(2):
        upload = SimpleUploadedFile("plan.txt", b"Walk every day.", content_type="text/plain")
        posted = site.nurse_browser.post(url, form | {"upload": upload})
        assert posted.status_code == 302
    message = Message.objects.get()
    assert message.attachment_count == 1
    assert Attachment.objects.get().message_id == message.id


def test_an_error_shows_beside_its_field_and_the_text_comes_back(site: Site) -> None:
    url = begin(site)
    page = site.nurse_browser.post(url, form_of(site, url, send="1", subject="", category=""))
    assert page.status_code == 400
    text = page.content.decode()
    assert "Enter a subject" in text
    assert "Choose a category" in text
    assert "Please come by." in text
    assert not Message.objects.exists()


def test_a_veteran_who_was_blocked_meanwhile_is_explained_beside_the_name(site: Site) -> None:
    url = begin(site)
    form = form_of(site, url, send="1")
    factories.block(site.record, team=site.team)
    page = site.nurse_browser.post(url, form)
    assert page.status_code == 400
    text = page.content.decode()
    error = text[text.index('id="id_record_error"') :][:400]
    assert "This veteran is blocked from your team or its facility" in error
    assert "What you wrote is kept." in error
    assert "Please come by." in text
    # What was kept has a newer version, and the page knows it: the next try is no conflict.
    retried = site.nurse_browser.post(url, dict(form_of(site, url)) | {"send": "1"})
    assert retried.status_code == 400
    assert Draft.objects.get().unseal_text("body_sealed") == "Please come by."


def test_an_icn_of_somebody_elses_veteran_is_nobody(site: Site) -> None:
    _, stranger, _ = factories.make_eligible_veteran()
    post = {"team": site.team.id, "find": stranger.icn, "search": "1"}
    page = site.nurse_browser.post(reverse("team_start"), post)
    assert page.status_code == 400
    assert "No veteran of this team has this name or ICN." in page.content.decode()
    chosen = site.nurse_browser.post(reverse("team_start"), post | {"record": stranger.id, "choose": "1"})
    assert chosen.status_code == 404
    _, _, other_team = factories.make_eligible_veteran()
    elsewhere = {"team": other_team.id, "find": stranger.icn, "search": "1"}
    assert "Choose one of your teams" in site.nurse_browser.post(reverse("team_start"), elsewhere).content.decode()


def test_a_member_who_was_removed_while_writing_gets_the_text_back_and_no_name(site: Site) -> None:
    url = begin(site)
    form = form_of(site, url, send="1")
    other_team = factories.make_team()
    factories.add_member(site.nurse, other_team)
    TeamMembership.objects.filter(staff=site.nurse, team=site.team).update(ended_at=clock.now())
    page = site.nurse_browser.post(url, form)
    assert page.status_code == 403
    assert "You are no longer a member of this team" in page.content.decode()
    assert "Please come by." in page.content.decode()
    assert site.record.last_name not in page.content.decode()
    assert site.nurse_browser.get(url).status_code == 404


def test_typing_is_saved_and_another_tab_is_told(site: Site) -> None:
    url = begin(site)
    form = form_of(site, url)
    saved = site.nurse_browser.post(reverse("autosave_team_start"), form).json()
    assert saved["saved_at"].startswith("Saved at")
    conflict = site.nurse_browser.post(reverse("autosave_team_start"), form | {"body": "Something else"})
    assert conflict.status_code == 409
    assert conflict.json()["other_url"] == url
    page = site.nurse_browser.post(url, form | {"body": "Something else", "save": "1"})
    assert page.status_code == 409
    assert "Something else" in page.content.decode()
    site.nurse_browser.post(url, form | {"body": "Something else", "overwrite": "1"})
    assert Draft.objects.get().unseal_text("body_sealed") == "Something else"
    listed = site.nurse_browser.get(reverse("team_start")).content.decode()
    assert "Flu shots" in listed
    site.nurse_browser.post(reverse("team_start_discard", args=[Draft.objects.get().id]))
    assert not Draft.objects.exists()


def test_what_arrives_after_the_session_has_ended_is_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    url = begin(site)
    form = form_of(site, url, send="1")
    monkeypatch.setattr(ended, "by_limit", lambda *_: True)
    late = Client().post(url, form)
    assert late["Location"] == f"/account/login/?next={url.replace('/', '%2F')}"
    assert not Message.objects.exists()
    draft = Draft.objects.get()
    assert draft.unseal_text("body_sealed") == "Please come by."
    # Beside a newer text of another tab, not over it.
    Client().post(url, form | {"body": "From the other tab."})
    assert Draft.objects.get().unseal_text("body_sealed") == "Please come by.\n\nFrom the other tab."
    monkeypatch.setattr(ended, "by_limit", lambda *_: False)
    Client().post(url, form | {"body": "After signing out."})
    assert "After signing out." not in Draft.objects.get().unseal_text("body_sealed")


def test_a_colleagues_draft_and_its_files_do_not_exist_for_others(site: Site) -> None:
    url = begin(site)
    upload = SimpleUploadedFile("plan.txt", b"Walk every day.", content_type="text/plain")
    site.nurse_browser.post(url, form_of(site, url, save="1") | {"upload": upload})
    file_id = Attachment.objects.get().id
    colleague = factories.make_staff(site.team)
    browser = Client()
    assert colleague.account is not None
    sign_in(browser, colleague.account)
    assert browser.get(url).status_code == 404
    assert browser.post(url, {"draft_id": str(uuid.uuid4()), "body": "x", "save": "1"}).status_code == 404
    assert browser.get(reverse("team_file", args=[file_id])).status_code == 404
    Association.objects.all().delete()
    assert site.veteran_browser.get(url).status_code == 404
