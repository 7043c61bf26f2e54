"""Signing in and out with a local My HealtheVet account, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as current
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import Level
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.tiers import Tier
from tests.accounts.people import PASSWORD, Hands, Person, make_person

pytestmark = pytest.mark.django_db
PAGE = "/healthz"
OWN_PAGE = "/account/2fa/"


def deeds() -> list[str]:
    """Return what the trail says, oldest first."""
    return list(AuditEvent.objects.order_by("id").values_list("deed", flat=True))


def test_password_and_code_make_a_verified_session(veteran: Person, actor_seen: Callable[[], Actor]) -> None:
    veteran.sign_in()
    veteran.client.get(PAGE)
    actor = actor_seen()
    assert (actor.kind, actor.account_id) == (ActorKind.VETERAN, veteran.account.id)
    assert (actor.tier, actor.second_factor, actor.record_id) == (Tier.VERIFIED, True, veteran.account.record_id)
    event = AuditEvent.objects.get(deed=Deed.SIGNED_IN)
    assert event.actor_account_id == veteran.account.id
    assert event.subject_id == veteran.account.record_id
    assert event.details == {"credential": "mhv", "level": "premium", "factor": "totp"}
    assert event.address == "127.0.0.1"


def test_premium_without_a_second_factor_is_not_verified(hands: Hands, actor_seen: Callable[[], Actor]) -> None:
    person = make_person(app=False)
    assert person.password_step().status_code == 302
    person.client.get(PAGE)
    assert (actor_seen().tier, actor_seen().second_factor) == (Tier.ADVANCED, False)


def test_basic_signs_in_as_basic(hands: Hands, actor_seen: Callable[[], Actor]) -> None:
    person = make_person(app=False, level=Level.BASIC)
    person.password_step()
    person.client.get(PAGE)
    assert actor_seen().tier == Tier.BASIC


def test_wrong_password_is_audited_without_what_was_typed(veteran: Person) -> None:
    response = veteran.password_step("not the right one at all")
    assert response.status_code == 200
    event = AuditEvent.objects.get(deed=Deed.SIGN_IN_FAILED)
    assert (event.object_id, event.reason) == (str(veteran.account.id), "password")
    assert "not the right" not in str(event.details)
    assert "_auth_user_id" not in veteran.client.session


def test_password_in_another_normal_form_is_the_same(hands: Hands) -> None:
    person = make_person(app=False)
    from accounts import actions
    from tests.accounts.people import BY

    actions.change_password(actor=BY, account=person.account, password="café au lait on the pier")
    assert person.password_step("café au lait on the pier").status_code == 302


def test_a050_new_key_at_each_step(veteran: Person) -> None:
    veteran.client.get(reverse("account_login"))
    session = veteran.client.session
    session["planted"] = "1"
    session.save()
    veteran.client.cookies[current.SESSION_COOKIE_NAME] = str(session.session_key)
    keys = [session.session_key]
    veteran.password_step()
    keys.append(veteran.client.session.session_key)
    veteran.code_step()
    keys.append(veteran.client.session.session_key)
    veteran.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    keys.append(veteran.client.session.session_key)
    assert len(set(keys)) == 4
    assert not Session.objects.filter(session_key__in=keys[:-1]).exists()
    assert UserSession.objects.get(user=veteran.account).session_key == keys[-1]


def test_a052_copied_cookie_opens_nothing_after_sign_out(veteran: Person) -> None:
    veteran.sign_in()
    copy = Client()
    copy.cookies[current.SESSION_COOKIE_NAME] = str(veteran.client.session.session_key)
    assert copy.get(OWN_PAGE).status_code == 200
    veteran.client.post(reverse("account_logout"))
    for client in (copy, veteran.client):
        response = client.get(OWN_PAGE)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login"))
    assert deeds()[-2:] == ["signed_in", "signed_out"]
    assert not UserSession.objects.filter(user=veteran.account).exists()


def test_a053_browser_forgets_at_sign_out(veteran: Person) -> None:
    veteran.sign_in()
    assert "no-store" in veteran.client.get(OWN_PAGE)["Cache-Control"]
    response = veteran.client.post(reverse("account_logout"))
    assert '"cache"' in response["Clear-Site-Data"]
    assert '"storage"' in response["Clear-Site-Data"]


def test_a054_cookie_in_another_browser_ends_the_session(veteran: Person, caplog: pytest.LogCaptureFixture) -> None:
    veteran.client = Client(headers={"User-Agent": "Firefox on the kitchen table"})
    veteran.sign_in()
    thief = Client(headers={"User-Agent": "curl"})
    thief.cookies[current.SESSION_COOKIE_NAME] = str(veteran.client.session.session_key)
    assert thief.get(OWN_PAGE).status_code == 302
    assert veteran.client.get(OWN_PAGE).status_code == 302
    assert AuditEvent.objects.get(deed=Deed.SESSION_ENDED).reason == "browser_changed"
    assert "session_browser_changed" in [getattr(entry, "event", "") for entry in caplog.records]


def test_a054_other_address_goes_on(veteran: Person) -> None:
    veteran.sign_in()
    assert veteran.client.get(OWN_PAGE, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a055_every_cookie_is_locked_down(veteran: Person) -> None:
    seen: dict[str, Any] = {}
    for response in (
        veteran.client.get(reverse("account_login")),
        veteran.password_step(),
        veteran.code_step(),
        veteran.client.get(OWN_PAGE),
        veteran.client.post(reverse("account_logout")),
    ):
        seen |= {name: morsel for name, morsel in response.cookies.items() if morsel.value}
    assert set(seen) == {"__Host-session", "__Host-csrf"}
    for morsel in seen.values():
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Lax")
        assert (morsel["path"], morsel["domain"]) == ("/", "")
        assert len(morsel.OutputString()) < 4096


def test_a057_sign_in_needs_a_token(veteran: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    data = {"login": veteran.account.username, "password": PASSWORD}
    assert strict.post(reverse("account_login"), data).status_code == 403


def test_a057_no_get_signs_out(veteran: Person) -> None:
    veteran.sign_in()
    assert veteran.client.get(reverse("account_logout")).status_code == 200
    assert veteran.client.head(reverse("account_logout")).status_code == 200
    assert veteran.client.get(OWN_PAGE).status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = veteran.client.cookies
    assert strict.post(reverse("account_logout")).status_code == 403
    assert veteran.client.get(OWN_PAGE).status_code == 200


EVIL = [
    "//evil.example",
    "https:evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/%0d%0aSet-Cookie:x=1\r\nX: y",
    "http://localhost@evil.example/",
    "/\t/evil.example",
    "//evil\u3002example",
    "///evil.example",
    "http://testserver.evil.example/",
    "http://testserver/account/2fa/",
    " //evil.example",
    "data:text/html,x",
]


@pytest.mark.parametrize("onward", EVIL)
def test_a060_never_off_site(veteran: Person, onward: str) -> None:
    seen = [
        veteran.client.post(
            reverse("account_login") + "?next=x",
            {"login": veteran.account.username, "password": PASSWORD, "next": onward},
        ),
        veteran.code_step(),
        veteran.client.get(reverse("account_login"), {"next": onward}),
        veteran.client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": onward}),
        veteran.client.get("/session/ended", {"next": onward}),
        veteran.client.post(reverse("account_logout"), {"next": onward}),
        veteran.client.get("/session/ended", {"next": onward}),
    ]
    for response in seen:
        target = response.headers.get("Location", "/")
        assert target.startswith("/"), target
        assert not target.startswith(("//", "/\\")), target
        assert "evil" not in target


def test_next_page_on_this_site_is_kept(veteran: Person) -> None:
    data = {"login": veteran.account.username, "password": PASSWORD, "next": "/account/sessions/"}
    veteran.client.post(reverse("account_login"), data)
    assert veteran.code_step()["Location"] == "/account/sessions/"


def test_ending_the_other_sessions_by_oneself(veteran: Person, hands: Hands) -> None:
    veteran.sign_in()
    hands.forward(30)
    elsewhere = Person(veteran.account, Client())
    elsewhere.sign_in()
    assert veteran.client.post(reverse("usersessions_list")).status_code == 302
    assert veteran.client.get(OWN_PAGE).status_code == 200
    assert elsewhere.client.get(OWN_PAGE).status_code == 302
    assert AuditEvent.objects.get(deed=Deed.SESSION_ENDED).reason == "others_ended_by_owner"


def test_disabled_account_is_out_at_once(veteran: Person) -> None:
    from accounts import actions
    from tests.accounts.people import BY

    veteran.sign_in()
    actions.disable_account(actor=BY, account=veteran.account, reason="left")
    assert veteran.client.get(OWN_PAGE).status_code == 302
    assert not Session.objects.exists()
    actions.enable_account(actor=BY, account=veteran.account, reason="back")
    assert veteran.client.get(OWN_PAGE).status_code == 302
