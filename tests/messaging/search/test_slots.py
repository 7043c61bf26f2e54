"""A093: searches that run at once are few, and who comes too many is told so; one waits for one, shortly."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from messaging.search import slots
from smportal.actor import ActorKind
from smportal.audit.models import AuditEvent
from tests import factories
from tests.fixtures.stack import the_stack
from tests.messaging.search.making import make_thread
from tests.signing_in import sign_in


@pytest.fixture
def elsewhere(db: None) -> Iterator[psycopg.Connection]:
    """Another connection to the same database: another process that searches."""
    with psycopg.connect(the_stack().url(the_stack().app_url, connection.settings_dict["NAME"])) as other:
        yield other


def occupy(elsewhere: psycopg.Connection, pool: int, names: list[int]) -> None:
    for name in names:
        elsewhere.execute("SELECT pg_advisory_xact_lock(%s, %s)", [pool, name])


def test_a093_too_many_at_once_are_asked_to_try_again_and_lose_nothing(elsewhere: psycopg.Connection) -> None:
    account, record, team = factories.make_eligible_veteran()
    make_thread(record, team, "Knee", ["It hurts."])
    browser = Client()
    sign_in(browser, account)
    url = browser.post(reverse("mailbox_search"), {"words": "knee", "category": "general"}).headers["Location"]
    occupy(elsewhere, slots._POOLS[ActorKind.VETERAN], list(range(settings.SEARCH_SLOTS)))
    response = browser.get(url)
    page = response.content.decode()
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")
    assert "Many people are searching right now." in page
    assert re.search(rf'href="{url}">Search again</a>', page)
    assert 'value="knee"' in page
    assert '<option value="general" selected>' in page
    assert "It hurts" not in page
    assert not AuditEvent.objects.filter(deed="search_shown").exists()
    assert browser.get(reverse("mailbox_inbox")).status_code == 200
    elsewhere.rollback()
    assert browser.get(url).status_code == 200


def test_a093_the_two_sides_do_not_wait_for_each_other(elsewhere: psycopg.Connection) -> None:
    nurse = factories.make_staff(factories.make_team())
    assert nurse.account is not None
    browser = Client()
    sign_in(browser, nurse.account)
    url = browser.post(reverse("team_search"), {"words": "knee", "recent": "1"}).headers["Location"]
    own = slots._number(nurse.account.id)
    # The veterans' slots are not the staff's, and one search more of one's own may run.
    occupy(elsewhere, slots._POOLS[ActorKind.VETERAN], list(range(settings.SEARCH_SLOTS)))
    occupy(elsewhere, slots._ACCOUNT, [own])
    assert browser.get(url).status_code == 200


def test_a093_a_third_search_of_one_account_is_refused(elsewhere: psycopg.Connection) -> None:
    account, _, _ = factories.make_eligible_veteran()
    browser = Client()
    sign_in(browser, account)
    url = browser.post(reverse("mailbox_search"), {"words": "knee"}).headers["Location"]
    own = slots._number(account.id)
    occupy(elsewhere, slots._ACCOUNT, [own ^ turn for turn in range(slots.OF_ONE_ACCOUNT)])
    response = browser.get(url)
    assert response.status_code == 429
    assert "Another search of yours is still running." in response.content.decode()


def test_a093_one_search_of_each_side_runs_in_a_process_so_that_threads_are_left_for_other_pages(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "WAIT_SECONDS", 0)
    account, _, team = factories.make_eligible_veteran()
    nurse = factories.make_staff(team)
    assert nurse.account is not None
    urls = {}
    for who, name in ((account, "mailbox_search"), (nurse.account, "team_search")):
        browser = Client()
        sign_in(browser, who)
        urls[name] = browser, browser.post(reverse(name), {"words": "knee", "recent": "1"}).headers["Location"]
    with slots._HERE[ActorKind.VETERAN].taken():
        assert {name: browser.get(url).status_code for name, (browser, url) in urls.items()} == {
            "mailbox_search": 429,
            "team_search": 200,
        }
    # Each gives its place back, also one that was refused.
    assert [browser.get(url).status_code for browser, url in urls.values()] == [200, 200]
    for place in slots._HERE.values():
        with place.taken():
            pass


def test_one_search_waits_for_the_one_before_it_and_a_third_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slots, "WAIT_SECONDS", 60)
    place, came = slots.Place(), []

    def second() -> None:
        with place.taken():
            came.append("second")

    with ThreadPoolExecutor(1) as pool:
        with place.taken():
            waiting = pool.submit(second)
            while place._line._value:
                assert not waiting.done()
            with pytest.raises(slots.Busy), place.taken():
                came.append("third")
            came.append("first")
        waiting.result(60)
    assert came == ["first", "second"]
