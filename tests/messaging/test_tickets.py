"""A form that arrives after its session's end: kept as its writer's draft, or void. Never sent."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actions as account_actions
from accounts import ended
from accounts.models import Account, EndedSession, Level
from accounts.sessions import delete_expired
from messaging.mailbox import drafts, tickets
from messaging.models import Draft, Message
from smportal import clock
from smportal.actor import Actor
from tests import factories
from tests.messaging.test_pages import Site
from tests.signing_in import sign_in

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
BY = Actor.system("test")
HIDDEN = re.compile(r'name="(ticket|draft_id|version|csrfmiddlewaretoken)"[^>]*? value="([^"]*)"')


class Desk(Site):
    """The site with a clock to move, and a form as a page gave it out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.now = monkeypatch, TUESDAY
        self.forward(0)
        super().__init__()
        self.veteran_browser = Client(enforce_csrf_checks=True)
        sign_in(self.veteran_browser, self.account)
        session = self.veteran_browser.session
        session["seen_urgent_needs"] = True
        session.save()

    def forward(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)
        self.monkeypatch.setattr(clock.SystemClock, "now", staticmethod(lambda: self.now))

    def page_form(self, path: str = "/messages/new/", **typed: Any) -> dict[str, Any]:
        page = self.veteran_browser.get(path, follow=True).content.decode()
        form = page[page.index("data-autosave=") :]
        hidden: dict[str, Any] = dict(HIDDEN.findall(form))
        assert {"ticket", "draft_id", "csrfmiddlewaretoken"} <= hidden.keys()
        return hidden | typed

    def written(self, **changes: Any) -> dict[str, Any]:
        typed = {"team": str(self.team.id), "category": "general", "subject": "Knee pain", "body": "It hurts."}
        return self.page_form(**typed | changes)

    def post(self, form: dict[str, Any], path: str = "/messages/new/", browser: Client | None = None) -> Any:
        return (browser or self.veteran_browser).post(path, form)


@pytest.fixture
def desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


def nothing_kept(response: Any) -> None:
    assert (Draft.objects.count(), Message.objects.count()) == (0, 0)
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))


@pytest.mark.parametrize("button", ["send", "save"])
def test_a_form_posted_after_the_idle_limit_is_kept_and_never_sent(desk: Desk, button: str) -> None:
    form = desk.written() | {button: "1"}
    desk.forward(31)
    response = desk.post(form)
    draft = Draft.objects.get()
    assert not Message.objects.exists()
    assert response["Location"] == f"{reverse('account_login')}?next=%2Fmessages%2Fdrafts%2F{draft.id}%2F"
    page = desk.veteran_browser.get(response["Location"]).content.decode()
    assert "What you wrote is kept as a draft" in page
    sign_in(desk.veteran_browser, desk.account)
    opened = desk.veteran_browser.get(reverse("edit_draft", args=[draft.id])).content.decode()
    for typed in ("It hurts.", "Knee pain", f'name="team" value="{desk.team.id}"', 'value="general" selected'):
        assert re.sub(r"\s+", " ", typed) in re.sub(r"\s+", " ", opened), typed


def test_the_session_may_have_ended_in_an_earlier_request(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.forward(31)
    assert desk.veteran_browser.get("/session/ended").status_code == 302
    assert desk.veteran_browser.session.get("_auth_user_id") is None
    desk.forward(60)
    desk.post(form)
    assert drafts.content_of(Draft.objects.get()).body == "It hurts."


def test_the_absolute_limit_keeps_it_too(desk: Desk) -> None:
    for _ in range(35):
        desk.forward(20)
        desk.veteran_browser.get("/messages/")
    form = desk.written(save="1")
    desk.forward(20)
    desk.post(form)
    assert (Draft.objects.count(), EndedSession.objects.get().reason) == (1, "absolute")


def test_a_reply_is_kept_in_its_conversation(desk: Desk) -> None:
    conversation = self_sent(desk)
    path = reverse("mailbox_conversation", args=[conversation])
    form = desk.page_form(path, body="And today it is better.", send="1")
    desk.forward(31)
    response = desk.post(form, reverse("mailbox_reply", args=[conversation]))
    assert response["Location"].endswith(f"?next=%2Fmessages%2F{conversation}%2F")
    assert Draft.objects.get().conversation_id == conversation
    assert Message.objects.count() == 1


def self_sent(desk: Desk) -> uuid.UUID:
    assert desk.post(desk.written(send="1")).status_code == 302
    return Message.objects.get().conversation_id


def test_a_late_autosave_is_kept_and_told(desk: Desk) -> None:
    form = desk.written()
    desk.forward(31)
    answer = desk.post(form, reverse("autosave_compose"))
    assert (answer.status_code, answer.json()["kept"]) == (401, True)
    assert str(Draft.objects.get().id) in answer.json()["sign_in_url"]
    forged = desk.post(form | {"ticket": "x"}, reverse("autosave_compose"))
    assert (forged.status_code, forged.json()["kept"]) == (401, False)


def test_a_newer_draft_is_not_overwritten_by_the_late_form(desk: Desk) -> None:
    form = desk.written(send="1")
    first = desk.post(form, reverse("autosave_compose")).json()
    other = form | {"version": first["version"], "body": "Newer, from the phone."}
    assert desk.post(other, reverse("autosave_compose")).status_code == 200
    desk.forward(31)
    desk.post(form | {"version": first["version"], "body": "Older, from the desk."})
    bodies = {drafts.content_of(draft).body for draft in Draft.objects.all()}
    assert bodies == {"Newer, from the phone.", "Older, from the desk."}


def test_characters_that_a_draft_cannot_hold_do_not_lose_the_rest(desk: Desk) -> None:
    form = desk.written(body="It\x1b hurts.", category="nothing", send="1")
    desk.forward(31)
    desk.post(form)
    assert drafts.content_of(Draft.objects.get()).body == "It hurts."


def test_void_after_sign_out(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.veteran_browser.post(reverse("account_logout"), {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]})
    nothing_kept(desk.post(form))


ENDINGS: dict[str, Callable[[Account], object]] = {
    "disabled": lambda account: account_actions.disable_account(actor=BY, account=account, reason="asked"),
    "password": lambda account: account_actions.change_password(
        actor=BY, account=account, password="another battery staple"
    ),
    "factor": lambda account: account_actions.factor_changed(
        actor=BY, account_id=account.id, change="totp:removed", keep_session=None
    ),
    "credential": lambda account: account_actions.set_level(
        actor=BY, account=account, level=Level.ADVANCED, reason="checked again"
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("when", ["before the limit", "after the limit"])
def test_void_after_a_change_of_credentials(desk: Desk, ending: str, when: str) -> None:
    form = desk.written(send="1")
    if when == "after the limit":
        desk.forward(31)
        desk.veteran_browser.get("/session/ended")
        assert EndedSession.objects.count() == 1
    ENDINGS[ending](desk.account)
    desk.forward(31)
    nothing_kept(desk.post(form))


def test_void_for_another_account(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.forward(31)
    desk.veteran_browser.get("/session/ended")
    other = factories.make_eligible_veteran(desk.team)[0]
    row = EndedSession.objects.get()
    row.account = other
    row.save()
    nothing_kept(desk.post(form))


def test_void_for_another_draft_or_conversation(desk: Desk) -> None:
    form = desk.written(send="1")
    conversation = self_sent(desk)
    desk.forward(31)
    Message.objects.count()
    desk.post({**form, "draft_id": str(uuid.uuid4())})
    desk.post(form, reverse("mailbox_reply", args=[conversation]))
    assert not Draft.objects.exists()


@pytest.mark.parametrize("change", ["", "x", "a:b", None])
def test_a_forged_ticket_keeps_nothing(desk: Desk, change: str | None) -> None:
    form = desk.written(send="1")
    desk.forward(31)
    ticket = form["ticket"][:-2] + "zz" if change is None else change
    nothing_kept(desk.post(form | {"ticket": ticket}))


def test_a_ticket_lasts_twelve_hours(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.forward(12 * 60)
    assert tickets.read(form["ticket"]) is not None
    desk.forward(1)
    assert tickets.read(form["ticket"]) is None
    nothing_kept(desk.post(form))


def test_a_forged_request_is_refused_also_with_a_ticket(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.forward(31)
    assert desk.post(form | {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert not Draft.objects.exists()


def test_another_browser_keeps_nothing(desk: Desk) -> None:
    form = desk.written(send="1")
    session = desk.veteran_browser.session
    session["portal"] = {**session["portal"], "browser": "0" * 16}
    session.save()
    nothing_kept(desk.post(form))
    assert not EndedSession.objects.exists()


def test_a_locked_record_keeps_nothing(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.record.deceased = True
    desk.record.save()
    desk.forward(31)
    nothing_kept(desk.post(form))


def test_the_memory_of_ended_sessions_lasts_twelve_hours_and_holds_no_key(desk: Desk) -> None:
    form = desk.written(send="1")
    key = desk.veteran_browser.session.session_key
    desk.forward(31)
    desk.post(form)
    row = EndedSession.objects.get()
    assert key is not None
    assert key not in (row.digest, form["ticket"])
    assert row.digest == ended.digest_of(key)
    desk.forward(12 * 60 - 1)
    delete_expired()
    assert EndedSession.objects.exists()
    desk.forward(2)
    delete_expired()
    assert not EndedSession.objects.exists()


def test_after_signing_in_again_an_old_form_gives_its_text_back(desk: Desk) -> None:
    form = desk.written(send="1")
    desk.veteran_browser.cookies["__Host-csrf"] = "y" * 32
    response = desk.post(form)
    page = response.content.decode()
    assert response.status_code == 403
    assert "You signed in again" in page
    assert "It hurts." in page
    assert response["Cache-Control"] == "private, no-store"
    again = dict(HIDDEN.findall(page)) | {name: form[name] for name in ("team", "category", "subject", "body", "send")}
    assert desk.post(again).status_code == 302
    assert Message.objects.count() == 1


def test_a_forged_request_gets_no_form_with_a_good_token(desk: Desk) -> None:
    form = desk.written(send="1") | {"csrfmiddlewaretoken": "x" * 64}
    other = Client(enforce_csrf_checks=True)
    sign_in(other, factories.make_eligible_veteran(desk.team)[0])
    other.cookies["__Host-csrf"] = "y" * 32
    for ticket in ("", form["ticket"]):
        page = desk.post(form | {"ticket": ticket}, browser=other).content.decode()
        assert "It hurts." not in page
        assert "csrfmiddlewaretoken" not in page
