"""Sessions end on the server, by the application's clock (domain rules, section 2; attack A051)."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.sessions import delete_expired
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests import factories
from tests.accounts.people import Hands, account_of
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/account/2fa/"
MINUTE = 60
Somebody = tuple[Client, int]


@pytest.fixture(params=["veteran", "staff", "administrator"])
def somebody(request: pytest.FixtureRequest, hands: Hands, client: Client) -> Somebody:
    """Somebody signed in, with the minutes that they may be idle."""
    if request.param == "veteran":
        account, minutes = factories.make_account(factories.make_record()), 30
    elif request.param == "staff":
        account, minutes = account_of(factories.make_staff()), 15
    else:
        account, minutes = factories.make_administrator(), 10
    sign_in(client, account)
    return client, minutes


def alive(client: Client, **headers: str) -> bool:
    """Tell whether the session still opens a page of its own."""
    return client.get(PAGE, headers=headers).status_code == 200


def test_a051_idle_limit_by_kind(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    hands.forward(minutes * MINUTE - 1)
    assert alive(client)
    hands.forward(minutes * MINUTE - 1)
    assert alive(client)
    hands.forward(minutes * MINUTE)
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next=%2Faccount%2F2fa%2F"
    assert '"cache"' in response["Clear-Site-Data"]
    assert f"{minutes} minutes" in client.get(reverse("account_login")).content.decode()
    assert AuditEvent.objects.get(deed=Deed.SESSION_ENDED).reason == "idle"


def test_a051_absolute_limit_in_spite_of_activity(somebody: Somebody, hands: Hands) -> None:
    client, _ = somebody
    for _ in range(12 * 12 - 1):
        hands.forward(5 * MINUTE)
        assert alive(client)
    hands.forward(5 * MINUTE)
    assert not alive(client)
    assert AuditEvent.objects.get(deed=Deed.SESSION_ENDED).reason == "absolute"


def test_polling_never_keeps_a_session_alive(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    for _ in range(minutes - 1):
        hands.forward(MINUTE)
        assert alive(client, **{"X-Portal-Polling": "1"})
    hands.forward(MINUTE)
    assert not alive(client, **{"X-Portal-Polling": "1"})


def test_ended_form_post_goes_to_sign_in_and_does_nothing(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    hands.forward(minutes * MINUTE)
    response = client.post(reverse("account_change_password"), {"oldpassword": "x"})
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))


def test_activity_is_written_at_most_once_a_minute(somebody: Somebody, hands: Hands) -> None:
    client, _ = somebody

    def writes() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            client.get("/healthz")
        return [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]

    hands.forward(59)
    assert writes() == []
    hands.forward(1)
    assert len(writes()) == 1
    hands.forward(59)
    assert writes() == []


def test_extend_answers_what_is_left(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    hands.forward(30)
    response = client.post(reverse("session_extend"))
    assert response.json() == {"remaining_seconds": minutes * MINUTE}
    assert client.get(reverse("session_extend")).status_code == 405
    hands.forward(minutes * MINUTE)
    assert client.post(reverse("session_extend")).status_code == 302


def test_extend_stops_at_the_absolute_limit(somebody: Somebody, hands: Hands) -> None:
    client, _ = somebody
    for _ in range(12 * 12 - 1):
        hands.forward(5 * MINUTE)
        client.post(reverse("session_extend"))
    assert client.post(reverse("session_extend")).json() == {"remaining_seconds": 5 * MINUTE}


def test_page_tells_the_dialog_its_times(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    timeout = client.get(PAGE).context["session_timeout"]
    assert timeout["idle_seconds"] == (minutes - 1) * MINUTE
    assert timeout["warn_seconds"] == (300 if minutes == 30 else 120)
    assert timeout["ended_url"] == "/session/ended?next=%2Faccount%2F2fa%2F"


def test_countdown_at_zero_ends_the_session(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    ended = client.get(PAGE).context["session_timeout"]["ended_url"]
    hands.forward((minutes - 1) * MINUTE)
    response = client.get(ended)
    assert response["Location"] == f"{reverse('account_login')}?next=%2Faccount%2F2fa%2F"
    assert "_auth_user_id" not in client.session


def test_countdown_page_ends_nothing_early(somebody: Somebody, hands: Hands) -> None:
    client, _ = somebody
    assert client.get("/session/ended?next=/account/2fa/")["Location"] == "/account/2fa/"
    assert alive(client)


def test_public_page_still_shows_after_the_end(somebody: Somebody, hands: Hands) -> None:
    client, minutes = somebody
    hands.forward(minutes * MINUTE)
    assert client.get("/healthz").status_code == 200


def test_expired_sessions_are_deleted(hands: Hands, client: Client) -> None:
    sign_in(client, factories.make_account())
    assert UserSession.objects.count() == 1
    UserSession.objects.update(created_at=hands.now)
    Session.objects.update(expire_date=hands.now)
    hands.forward(13 * 3600)
    delete_expired()
    delete_expired()
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
