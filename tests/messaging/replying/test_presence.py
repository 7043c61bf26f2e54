"""Who else is at a conversation: ids in Redis with an end, for colleagues only, and never needed."""

import datetime as dt
import socket
import threading
import uuid
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from eligibility.models import TeamMembership
from messaging.presence import board
from smportal import clock
from tests import factories
from tests.messaging.replying.test_answers import Desk, browser_of


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Each test begins with Redis as it is, whatever another one found."""
    board._client.cache_clear()
    board._Rest.until = 0.0
    yield
    board._client.cache_clear()
    board._Rest.until = 0.0


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def ask(desk: Desk, browser: Client, *, writing: bool = False) -> dict[str, object]:
    answer = browser.post(reverse("team_presence", args=[desk.conversation_id]), {"writing": "1" if writing else "0"})
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


def test_colleagues_see_who_reads_and_who_writes_and_nobody_sees_themselves(desk: Desk) -> None:
    assert ask(desk, desk.nurse_browser) == {"text": "", "known": True}
    assert ask(desk, desk.kim_browser, writing=True)["text"] == "Nora Nurse is reading this."
    # Two tabs of one person are one person: the one that reads does not hide that the other one writes.
    ask(desk, desk.kim_browser)
    assert ask(desk, desk.nurse_browser)["text"] == "Kim Lee is writing an answer."
    with clock.at(clock.now() + dt.timedelta(seconds=board.HOLDS_SECONDS + 1)):
        assert ask(desk, desk.nurse_browser)["text"] == ""


def test_many_are_a_few_names_and_a_number(desk: Desk) -> None:
    for name in ("Ann", "Ben", "Cid", "Dan", "Eve"):
        ask(desk, browser_of(factories.make_staff(desk.team, name=name)))
    assert ask(desk, desk.nurse_browser)["text"] == "Ann, Ben, Cid and 2 more are reading this."


def test_who_left_the_team_is_nobody_and_cannot_ask(desk: Desk) -> None:
    ask(desk, desk.kim_browser, writing=True)
    TeamMembership.objects.filter(staff=desk.kim).update(ended_at=clock.now())
    assert ask(desk, desk.nurse_browser)["text"] == ""
    url = reverse("team_presence", args=[desk.conversation_id])
    assert desk.kim_browser.post(url).status_code == 404
    assert desk.veteran_browser.post(url).status_code == 404


def test_redis_holds_ids_with_an_end_and_what_is_not_ours_names_nobody(desk: Desk) -> None:
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    ask(desk, desk.nurse_browser, writing=True)
    key = board.key_of(desk.conversation_id)
    assert set(client.hgetall(key)) == {f"{desk.nurse.id}:r".encode(), f"{desk.nurse.id}:w".encode()}
    assert 0 < client.ttl(key) <= board.HOLDS_SECONDS
    client.hset(key, mapping={"<script>": "9999999999", f"{uuid.uuid4()}:r": "9999999999", f"{desk.kim.id}:r": "soon"})
    assert ask(desk, desk.nurse_browser)["text"] == ""


def test_asking_is_no_activity(desk: Desk) -> None:
    """The page's own header keeps its questions from extending the session; the server honours it."""
    url = reverse("team_presence", args=[desk.conversation_id])
    last = dt.timedelta(minutes=14)
    start = clock.now()
    with clock.at(start + last):
        assert desk.nurse_browser.post(url, headers={"X-Portal-Polling": "1"}).status_code == 200
    with clock.at(start + dt.timedelta(minutes=16)):
        assert desk.nurse_browser.post(url, headers={"X-Portal-Polling": "1"}).status_code != 200


class Sink:
    """A port that accepts connections and never answers; `met` counts them."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.met: list[socket.socket] = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                self.met.append(self.socket.accept()[0])
            except OSError:
                return


def test_f004_f005_redis_away_or_hung_is_simply_no_presence_and_is_left_alone(desk: Desk, settings: Settings) -> None:
    sink = Sink()
    settings.REDIS_URL = f"redis://127.0.0.1:{sink.port}/0"
    for _ in range(3):
        assert ask(desk, desk.nurse_browser) == {"text": "", "known": False}
    # Only the first question waited for it.
    assert len(sink.met) == 1
    page = desk.nurse_browser.get(desk.url)
    assert page.status_code == 200
    form = desk.form_of(desk.nurse_browser, body="Work goes on.")
    assert desk.save(desk.nurse_browser, form).status_code == 200
    assert desk.nurse_browser.post(desk.reply_url, form | {"send": "1"}).status_code == 302
    sink.socket.close()
    board._client.cache_clear()
    board._Rest.until = 0.0
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert ask(desk, desk.nurse_browser)["known"] is False
