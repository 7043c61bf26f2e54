"""Finding a facility by name, state and number, a page at a time."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from eligibility.models import Facility
from smportal.public import queries
from smportal.public.queries import Wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def facilities() -> None:
    Facility.objects.bulk_create(
        [
            *(
                Facility(station_number=f"9{n:02}", name=f"Clinic {n % 30:02}", state="TX", time_zone="America/Chicago")
                for n in range(60)
            ),
            Facility(
                station_number="580", name="Michael E. DeBakey Medical Center", state="TX",
                time_zone="America/Chicago", phone="713-555-0142 x 7",
            ),
            Facility(station_number="402", name="Togus Medical Center", state="ME", time_zone="America/New_York"),
        ]
    )  # fmt: skip


def numbers(wanted: Wanted) -> list[str]:
    return [row.station_number for row in queries.facilities(wanted).rows]


@pytest.mark.usefixtures("facilities")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(text="debakey"), ["580"]),
        (Wanted(text="medical TOGUS"), ["402"]),
        (Wanted(text="58"), ["580"]),
        (Wanted(text="medical", state="ME"), ["402"]),
        (Wanted(text="100%"), []),
        (Wanted(text="nothing like it"), []),
    ],
)
def test_finds_by_words_number_and_state(wanted: Wanted, found: list[str]) -> None:
    assert numbers(wanted) == found


@pytest.mark.usefixtures("facilities")
def test_walking_forth_and_back_shows_each_facility_once() -> None:
    forth, cursor = [], ""
    while True:
        page = queries.facilities(Wanted(text="clinic", after=cursor))
        forth.append([row.station_number for row in page.rows])
        if not page.next:
            break
        cursor = page.next
    back = [forth[-1]]
    while page.previous:
        page = queries.facilities(Wanted(text="clinic", before=page.previous))
        back.insert(0, [row.station_number for row in page.rows])

    assert [len(part) for part in forth] == [25, 25, 10]
    assert len({number for part in forth for number in part}) == 60
    assert back == forth


@pytest.mark.usefixtures("facilities")
def test_the_number_of_statements_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        queries.facilities(Wanted(text="clinic", after="900"))


@pytest.mark.usefixtures("facilities")
def test_the_page_shows_state_and_phone_and_keeps_the_search(client: Client) -> None:
    page = client.get(reverse("facility_finder"), {"q": "debakey", "state": "TX"}).content.decode()

    assert "Texas · Station 580" in page
    assert 'href="tel:7135550142;ext=7"' in page
    assert 'value="debakey"' in page


@pytest.mark.usefixtures("facilities")
def test_the_links_to_other_pages_keep_the_search(client: Client) -> None:
    page = client.get(reverse("facility_finder"), {"q": "clinic", "state": "TX"}).content.decode()
    link = re.search(r'rel="next" href="([^"]+)"', page)
    assert link is not None

    following = client.get(reverse("facility_finder") + link[1].replace("&amp;", "&")).content.decode()

    assert "q=clinic" in link[1]
    assert "state=TX" in link[1]
    assert 'rel="prev"' in following
    assert 'rel="next"' in following


@pytest.mark.parametrize("bad", ["\x00", "a" * 101])
def test_bad_input_is_an_error_at_the_field(client: Client, bad: str) -> None:
    response = client.get(reverse("facility_finder"), {"q": bad})

    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert 'id="id_q_error"' in response.content.decode()


def test_markup_is_shown_as_typed(client: Client) -> None:
    page = client.get(reverse("facility_finder"), {"q": "<script>alert(1)</script>"}).content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
