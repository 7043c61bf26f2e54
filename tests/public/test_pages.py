"""The public pages say what they must, and the error pages stand on nothing."""

import json
import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import sign_in
from smportal.public import errors
from smportal.public.questions import ANSWERS
from smportal.public.subjects import SUBJECTS, structured_data

pytestmark = pytest.mark.django_db

# The facts that a visitor must find, by the subject's heading (public-page facts; "*" ones as they hold today).
FACTS = {
    "what-it-is": ["private", "care team", "web browser", "referral", "test result", "prescription renewal",
                   "appointment", "Veterans Health Library"],
    "who-can-use-it": ["enrolled in VA health care", "registered as a patient", "agreed to use secure messaging",
                       "My HealtheVet", "DS Logon", "ID.me", "Login.gov", "apply for VA health care"],
    "how-it-works": ["like email", "draft", "any time", "3 business days", "8:00 a.m. to 5:00 p.m.", "holidays",
                     "email address"],
    "emergencies": ["911", "emergency room", "988, then press 1", "1-800-273-8255", "838255", "veteranscrisisline.net",
                    "confidential", "free", "chronic pain", "anxiety", "depression", "trouble sleeping", "anger"],
    "providers-outside-va": ["only to VA providers"],
    "is-it-protected": ["secure website", "printer", "public computer", "email", "protecting your copies"],
    "more-questions": ["frequently asked questions"],
}  # fmt: skip


def landing(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_landing_page_covers_every_subject(client: Client) -> None:
    page = landing(client)

    assert [subject.slug for subject in SUBJECTS] == list(FACTS)
    for subject in SUBJECTS:
        start = page.index(f'<h2 id="{subject.slug}">')
        section = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[start : page.index("</section>", start)]))
        assert [fact for fact in FACTS[subject.slug] if fact not in section] == []
        assert f'href="#{subject.slug}"' in page


def test_sign_in_stands_above_the_table_of_contents(client: Client) -> None:
    page = landing(client)

    assert 0 < page.index('id="sign-in"') < page.index('id="toc-heading"') < page.index(f'id="{SUBJECTS[0].slug}"')


def test_structured_data_says_what_the_page_says(client: Client) -> None:
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', landing(client), re.DOTALL)
    assert block is not None
    data = json.loads(block[1])

    assert data == structured_data()
    assert [question["name"] for question in data["mainEntity"]] == [subject.heading for subject in SUBJECTS]
    assert all(question["acceptedAnswer"]["text"] for question in data["mainEntity"])
    assert "<" not in json.dumps(data)


@override_settings(OIDC_PROVIDERS={})
def test_a_door_that_is_not_configured_is_not_shown() -> None:
    assert [choice.slug for choice in sign_in.choices()] == ["mhv"]
    assert sign_in.staff_choice().slug == "staff"


@pytest.mark.parametrize("name", ["landing", "help", "protect_your_copy", "facility_finder"])
def test_a_public_page_is_whole(client: Client, name: str) -> None:
    page = client.get(reverse(name)).content.decode()

    assert page.count("<h1") == 1
    assert 'href="#main"' in page
    assert 'id="crisis-line"' in page
    assert re.search(r"<title>[^<]{10,}</title>", page)
    assert "https://" not in "".join(re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', page))


def test_every_question_can_be_linked_to(client: Client) -> None:
    page = client.get(reverse("help")).content.decode()
    ids = [answer.id for section in ANSWERS for answer in section.answers]

    assert len(ids) == len(set(ids))
    assert all(f'id="{answer}"' in page for answer in ids)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (errors.bad_request, 400), (errors.forbidden, 403), (errors.csrf_failure, 403), (errors.not_found, 404),
        (errors.method_not_allowed, 405), (errors.conflict, 409), (errors.server_error, 500), (errors.unavailable, 503),
    ],
)  # fmt: skip
def test_error_pages_need_no_database(
    page: Callable[[HttpRequest], HttpResponse], status: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    signed_in = RequestFactory().get("/x")
    signed_in.COOKIES[settings.SESSION_COOKIE_NAME] = "whatever"
    with django_assert_num_queries(0):
        response = page(RequestFactory().get("/x"))
        to_somebody = page(signed_in).content.decode()
    text = response.content.decode()

    assert response.status_code == status
    assert text.count("<h1") == 1
    assert 'id="crisis-line"' in text
    # Who has a session is led home, and not asked to sign in; whose it is, nobody looked.
    offers = [("#sign-in" in shown, reverse("dashboard") in shown) for shown in (text, to_somebody)]
    assert offers == [(True, False), (False, True)]


def test_an_unknown_address_is_answered_in_our_words(client: Client) -> None:
    response = client.get("/no/such/page")

    assert response.status_code == 404
    assert "We can’t find that page" in response.content.decode()
