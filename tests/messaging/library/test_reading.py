"""The library's pages over HTTP: what is shown to whom, what is found, and that nothing is noted of readers."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Level
from messaging.library import actions
from messaging.models import LibraryTopic
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.library.shelves import LIBRARIAN, make_link, make_topic, retire
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


def browser_of(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


@pytest.fixture
def reader() -> Client:
    return browser_of(factories.make_eligible_veteran()[0])


@pytest.fixture
def topic() -> LibraryTopic:
    topic = make_topic()
    make_link(topic, title="Living with diabetes")
    make_link(topic, "insulin", title="Insulin")
    make_link(topic, "diabetes", language="es", title="Vivir con diabetes")
    return topic


def text_of(client: Client, url: str, language: str = "") -> str:
    return client.get(url, {"language": language} if language else {}).content.decode()


def test_the_front_page_counts_pages_in_the_readers_language(reader: Client, topic: LibraryTopic) -> None:
    url = reverse("library_topic", args=[topic.id])
    assert "2 pages" in text_of(reader, reverse("library"))
    both = text_of(reader, reverse("library"), "all")
    assert "3 pages" in both
    assert f'href="{url}?language=all"' in both
    spanish = reader.get(reverse("library"), headers={"Accept-Language": "es"}).content.decode()
    assert "Diabetes y azúcar" in spanish
    assert f'href="{url}"' in spanish


def test_a_topic_shows_its_pages_in_one_language_or_both(reader: Client, topic: LibraryTopic) -> None:
    url = reverse("library_topic", args=[topic.id])
    english = text_of(reader, url)
    assert "Living with diabetes" in english
    assert "Vivir con diabetes" not in english
    assert "Vivir con diabetes" in text_of(reader, url, "es")
    unknown = text_of(reader, url, "xx")
    assert "Living with diabetes" in unknown
    assert "Vivir con diabetes" not in unknown
    both = text_of(reader, url, "all")
    assert "Living with diabetes" in both
    assert "In Spanish" in both


def test_a_link_gives_nothing_away_to_the_site_it_leads_to(reader: Client, topic: LibraryTopic) -> None:
    response = reader.get(reverse("library_topic", args=[topic.id]))
    links = re.findall(r'<a class="usa-link usa-link--external"[^>]*>', response.content.decode())
    assert len(links) == 2
    assert all('rel="noopener noreferrer nofollow"' in link and 'target="_blank"' in link for link in links)
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "(opens another website in a new tab)" in response.content.decode()
    assert "we don’t keep a record of what you look for or open here" in response.content.decode()


def test_reading_and_searching_leave_no_trace(reader: Client, topic: LibraryTopic) -> None:
    before = AuditEvent.objects.count()
    reader.get(reverse("library"))
    reader.get(reverse("library_topic", args=[topic.id]))
    found = reader.post(reverse("library_search"), {"words": "insulin", "language": "en"})
    assert "We found 1 page." in found.content.decode()
    assert AuditEvent.objects.count() == before


def test_no_address_names_a_topic_or_a_search(reader: Client, topic: LibraryTopic) -> None:
    page = text_of(reader, reverse("library"))
    own = re.findall(r'(?:href|action)="(/library/[^"]*)"', page)
    assert own
    assert not any("diabetes" in url.lower() for url in own)
    assert 'method="post" action="/library/search/"' in page
    assert reader.get(reverse("library_search")).headers["Location"] == reverse("library")


@pytest.mark.parametrize("words", ["diabetes", "DIABETES living", "living", '"with diabetes"', "azucar living"])
def test_words_are_found_in_title_summary_and_topic(reader: Client, topic: LibraryTopic, words: str) -> None:
    page = reader.post(reverse("library_search"), {"words": words, "language": "en"}).content.decode()
    assert "Living with diabetes" in page
    assert "Vivir con diabetes" not in page


def test_nothing_found_says_what_to_try(reader: Client, topic: LibraryTopic) -> None:
    page = reader.post(reverse("library_search"), {"words": "zebra", "language": "en"}).content.decode()
    assert "We found nothing" in page
    assert 'value="zebra"' in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"words": " ", "language": "en"}, "Enter a word to search for."),
        ({"words": "x" * 201, "language": "en"}, "Search for at most 200 characters"),
        ({"words": "!!!", "language": "en"}, "Enter at least one letter or number"),
        ({"words": "knee", "language": "fr"}, "Choose a language from the list."),
    ],
)
def test_a_bad_search_is_said_beside_its_field(reader: Client, data: dict[str, str], says: str) -> None:
    response = reader.post(reverse("library_search"), data)
    assert response.status_code == 400
    assert says in response.content.decode()
    assert "<title>Error: " in response.content.decode()


def test_what_is_retired_is_nowhere(reader: Client, topic: LibraryTopic) -> None:
    link = topic.links.get(title="Insulin")
    retire(link)
    assert "Insulin" not in text_of(reader, reverse("library_topic", args=[topic.id]), "all")
    page = reader.post(reverse("library_search"), {"words": "insulin", "language": "all"}).content.decode()
    assert "We found nothing" in page
    names = {"name_en": topic.name_en, "name_es": topic.name_es}
    actions.change_topic(actor=LIBRARIAN, topic_id=topic.id, position=1, is_active=False, **names)
    assert reader.get(reverse("library_topic", args=[topic.id])).status_code == 404
    assert "The library is empty" in text_of(reader, reverse("library"))
    assert reader.get(reverse("library_topic", args=[uuid.uuid4()])).status_code == 404


def test_whoever_has_signed_in_may_read_and_nobody_else(topic: LibraryTopic) -> None:
    unverified = factories.make_account(factories.make_record(), level=Level.BASIC)
    nurse = factories.make_staff(factories.make_team()).account
    assert nurse is not None
    for url in (reverse("library"), reverse("library_topic", args=[topic.id])):
        assert browser_of(unverified).get(url).status_code == 200
        assert browser_of(nurse).get(url).status_code == 200
        assert Client().get(url).headers["Location"].startswith("/account/login/")


def test_veterans_have_it_in_the_main_navigation(reader: Client) -> None:
    entry = '<a href="/library/"'
    assert entry in text_of(reader, reverse("dashboard"))
    assert f'{entry} aria-current="page"' in text_of(reader, reverse("library"))
    assert entry not in Client().get("/").content.decode()


def test_the_browse_pages_cost_two_statements(
    reader: Client, topic: LibraryTopic, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    # Session, account and record; then topics and counts.
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        reader.get(reverse("library"))
