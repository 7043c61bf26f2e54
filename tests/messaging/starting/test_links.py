"""Links of the health library in a text that starts a conversation: as in an answer."""

import uuid

import pytest
from django.urls import reverse

from messaging.library import cards
from messaging.models import Draft, LibraryLink, Message
from tests.messaging.library.shelves import make_link, make_topic
from tests.messaging.starting.test_starting_pages import begin, form_of
from tests.messaging.test_pages import Site


@pytest.fixture
def site(db: None) -> Site:
    return Site()


@pytest.fixture
def link(db: None) -> LibraryLink:
    return make_link(make_topic())


def test_links_are_found_kept_in_the_draft_and_sent_as_cards(site: Site, link: LibraryLink) -> None:
    url = begin(site)
    draft = Draft.objects.get()
    part = reverse("team_start_library", args=[draft.id])
    found = site.nurse_browser.post(part, {"library": "find", "library_words": link.title}).content.decode()
    assert f'value="{link.id}"' in found
    assert f'formaction="{url}#library"' in found
    asked = site.nurse_browser.post(url, form_of(site, url, library="find", library_words=link.title))
    assert asked.status_code == 200
    assert f'value="{link.id}"' in asked.content.decode()
    assert "Please come by." in asked.content.decode()
    assert site.nurse_browser.post(url, form_of(site, url, links=[str(link.id)], save="1")).status_code == 302
    again = site.nurse_browser.get(url).content.decode()
    assert f'value="{link.id}" checked' in again
    sending = form_of(site, url, links=[str(link.id)], send="1")
    assert site.nurse_browser.post(url, sending).status_code == 302
    assert site.nurse_browser.post(url, sending).status_code == 302
    message = Message.objects.get()
    assert [card.title for card in cards.of(message)] == [link.title]
    read = site.veteran_browser.get(reverse("mailbox_conversation", args=[message.conversation_id])).content.decode()
    assert link.address in read
    # The same form with another choice is no second message, and not the same one.
    assert site.nurse_browser.post(url, sending | {"links": []}).status_code == 409
    assert Message.objects.count() == 1


def test_a_retired_unknown_or_repeated_link_is_an_error_beside_the_field(site: Site, link: LibraryLink) -> None:
    url = begin(site)
    gone = make_link(link.topic, "asthma")
    LibraryLink.objects.filter(id=gone.id).update(is_active=False)
    for wrong in ([str(gone.id)], [str(uuid.uuid4())], [str(link.id)] * 2, ["nothing"]):
        answer = site.nurse_browser.post(url, form_of(site, url, links=wrong, send="1"))
        assert answer.status_code == 400
        page = answer.content.decode()
        assert 'id="id_links_error"' in page
        assert "Please come by." in page
    # What is wrong elsewhere takes no link away.
    page = site.nurse_browser.post(url, form_of(site, url, links=[str(link.id)], subject="", send="1")).content.decode()
    assert f'value="{link.id}" checked' in page
    assert not Message.objects.exists()


def test_somebody_elses_text_has_no_list(site: Site, link: LibraryLink) -> None:
    begin(site)
    part = reverse("team_start_library", args=[Draft.objects.get().id])
    assert site.veteran_browser.post(part, {"library": "1"}).status_code == 404
    assert site.nurse_browser.post(reverse("team_start_library", args=[uuid.uuid4()])).status_code == 404
