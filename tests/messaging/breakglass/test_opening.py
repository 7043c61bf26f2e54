"""One administrator, one conversation, half an hour, in one session, on record."""

from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse

from eligibility.actions import revoke_role
from eligibility.models import RoleGrant
from messaging.breakglass.actions import TRIES
from messaging.models import (
    BreakGlassUse,
    Conversation,
    MessageOpening,
    Notification,
    NotificationKind,
    Obligation,
)
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.breakglass.glass import NOW, OPEN, WORDS, Glass, content_of, events, later, page_of, shown_again
from tests.messaging.making import make_conversation


# --- Opening and reading ---------------------------------------------------------------------------
def test_an_administrator_reads_a_conversation_with_reason_and_record(glass: Glass) -> None:
    use = glass.opened()
    assert events("broke_glass", object_id=str(glass.conversation.id), subject_id=glass.conversation.record_id) == 1
    response = glass.client.get(content_of(use))
    text = response.content.decode()
    assert all(words in text for words in WORDS[:3])
    assert "(30 minutes left)" in text
    assert "no-store" in response["Cache-Control"]
    glass.client.get(content_of(use))
    read = AuditEvent.objects.filter(deed="conversation_read", reason="break_glass")
    assert [event.details["use"] for event in read] == [str(use.id)] * 2
    assert {event.actor_account_id for event in read} == {glass.account.id}


def test_the_page_only_reads(glass: Glass) -> None:
    def state() -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Conversation, Obligation, MessageOpening)]

    before = state()
    use = glass.opened()
    text = glass.client.get(content_of(use)).content.decode()
    assert state() == before
    assert not MessageOpening.objects.exists()
    assert 'action="/team' not in text
    assert "textarea" not in text


def test_it_ends_after_thirty_minutes_to_the_second(glass: Glass) -> None:
    use = glass.opened()
    client = glass.client
    with later(minutes=9):
        assert client.get(content_of(use)).status_code == 200
    with later(minutes=18):
        assert client.get(content_of(use)).status_code == 200
    with later(minutes=27):
        assert client.get(content_of(use)).status_code == 200
    with later(minutes=29, seconds=59):
        assert "(1 minute left)" in client.get(content_of(use)).content.decode()
    for seconds in (0, 1):
        with later(minutes=30, seconds=seconds):
            over = client.get(content_of(use))
            assert over.status_code == 403
            assert "The 30 minutes are over." in over.content.decode()
            assert not any(words in over.content.decode() for words in WORDS)
    assert events("denied", reason="expired") == 2


def test_nobody_elses_account_can_use_its_address(glass: Glass) -> None:
    use = glass.opened()
    for other in (factories.make_administrator(glass.facility), factories.make_administrator(), glass.officer):
        response = glass.browser_of(other).get(content_of(use))
        assert response.status_code == 404
    assert events("denied", object_id=str(use.id)) == 2
    assert events("conversation_read") == 0


def test_it_opens_one_conversation_only(glass: Glass) -> None:
    glass.opened()
    other = make_conversation(glass.conversation.team)
    address = reverse("admin:messaging_breakglassuse_conversation", args=[other.id])
    assert glass.client.get(address).status_code == 404
    assert glass.client.get(reverse("team_conversation", args=[glass.conversation.id])).status_code == 404


def test_head_prefetch_and_post_disclose_nothing(glass: Glass) -> None:
    use = glass.opened()
    for address in (content_of(use), page_of(use)):
        assert glass.client.head(address).status_code == 405
        assert glass.client.get(address, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert glass.client.post(content_of(use)).status_code == 405
    assert events("conversation_read") == events("break_glass_read") == 0


@pytest.mark.parametrize("page", [content_of, page_of])
def test_without_an_audit_row_there_is_no_disclosure(glass: Glass, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    use = glass.opened()

    def broken(**_event: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("messaging.breakglass.disclosure.record", broken)
    monkeypatch.setattr("messaging.breakglass.queries.record", broken)
    glass.client.raise_request_exception = False
    response = glass.client.get(page(use))
    assert response.status_code >= 500
    assert not any(words in response.content.decode() for words in WORDS)


def test_without_an_audit_row_nothing_is_opened_and_nobody_is_told(
    glass: Glass, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_event: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr("messaging.breakglass.actions.record", broken)
    glass.client.raise_request_exception = False
    assert glass.ask().status_code >= 500
    assert not BreakGlassUse.objects.exists()
    assert not Notification.objects.filter(kind=NotificationKind.BREAK_GLASS).exists()


# --- Whose session, whose role ------------------------------------------------------------------------
def test_a_revoked_role_ends_it_at_once(glass: Glass) -> None:
    use = glass.opened()
    elsewhere = factories.make_facility()
    RoleGrant.objects.create(account=glass.account, role="administrator", facility=elsewhere, granted_at=NOW)
    grant = RoleGrant.objects.get(account=glass.account, facility=glass.facility)
    # Also where a session lived on: the role is asked again at each view.
    RoleGrant.objects.filter(id=grant.id).update(revoked_at=NOW)
    assert glass.client.get(content_of(use)).status_code == 404
    RoleGrant.objects.filter(id=grant.id).update(revoked_at=None)
    assert glass.client.get(content_of(use)).status_code == 200
    revoke_role(actor=Actor.system("test"), grant_id=grant.id)
    assert glass.client.get(content_of(use)).status_code == 302, "the session is over, too"


def test_it_ends_with_its_session_but_not_with_the_sessions_key(glass: Glass) -> None:
    use = glass.opened()
    session = glass.client.session
    session.cycle_key()
    glass.client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    assert glass.client.get(content_of(use)).status_code == 200
    with later(seconds=1):
        again = glass.browser_of(glass.account)
        response = again.get(content_of(use))
    assert response.status_code == 403
    assert "The session in which you opened this has ended." in response.content.decode()
    assert events("denied", reason="session_ended") == 1


@pytest.mark.parametrize(
    "shown",
    [
        {"again": False},
        {"ago": 300},
        {"kind": "password"},
        {"kind": "recovery_codes"},
        {"ago": -60},
    ],
)
def test_it_needs_a_second_factor_shown_again(glass: Glass, shown: dict[str, Any]) -> None:
    shown_again(glass.client, glass.account, **shown)
    assert glass.client.get(OPEN).status_code == 302
    refused = glass.ask()
    assert refused.status_code == 403
    assert "Confirm that it’s you" in refused.content.decode()
    assert "bloodcanary" in refused.content.decode(), "nothing typed is lost"
    assert not BreakGlassUse.objects.exists()
    shown_again(glass.client, glass.account, ago=299)
    assert glass.client.get(OPEN).status_code == 200
    assert glass.ask().status_code == 302


# --- Numbers ------------------------------------------------------------------------------------------
def test_unknown_and_foreign_numbers_get_one_answer(glass: Glass) -> None:
    foreign = make_conversation()
    answers = []
    for number in (str(foreign.number), "9999999999"):
        response = glass.ask(number=number)
        assert response.status_code == 400
        answers.append(response.content.decode().replace(number, "N"))
    strip = [[line for line in answer.splitlines() if "csrfmiddlewaretoken" not in line] for answer in answers]
    assert strip[0] == strip[1]
    assert "We can’t open a conversation with this number." in answers[0]
    assert events("denied", object_id=str(foreign.id)) == 1
    assert events("denied", reason="break_glass") == 2
    assert not BreakGlassUse.objects.exists()


def test_a_scope_includes_stations_below_and_national_administrators_all(glass: Glass) -> None:
    child = factories.make_facility(parent=glass.facility)
    below = make_conversation(factories.make_team(child))
    assert glass.ask(number=str(below.number)).status_code == 302
    assert glass.ask(glass.browser_of(factories.make_administrator()), number=str(below.number)).status_code == 302


def test_eleven_tries_an_hour_are_one_too_many(glass: Glass) -> None:
    for _ in range(TRIES - 1):
        glass.ask(number="9999999999")
    assert glass.ask().status_code == 302, "the tenth may be right"
    refused = glass.ask()
    assert refused.status_code == 403
    assert "You’ve tried 10 times this hour" in refused.content.decode()
    assert events("denied", reason="too_many_tries") == 1
    assert BreakGlassUse.objects.count() == 1
    assert glass.ask(glass.browser_of(factories.make_administrator())).status_code == 302, "others may"
    with later(hours=1, seconds=1):
        assert glass.ask(glass.browser_of(glass.account)).status_code == 302


@pytest.mark.parametrize(
    "data",
    [
        {"reason": ""},
        {"reason": "too short"},
        {"reason": "         x         "},
        {"reason": "\u200b" * 20},
        {"reason": "x" * 1001},
        {"reason": "ten letters\x00 and NUL"},
        {"number": ""},
        {"number": "123456789"},
        {"number": "12345678901"},
        {"number": "\uff11" * 10},
        {"number": "1' OR 1=1"},
    ],
)
def test_what_is_missing_or_malformed_is_named_and_opens_nothing(glass: Glass, data: dict[str, str]) -> None:
    response = glass.ask(None, **data)
    assert response.status_code == 400
    assert "errorlist" in response.content.decode()
    assert not BreakGlassUse.objects.exists()


def test_ten_and_a_thousand_characters_are_enough_and_not_too_many(glass: Glass) -> None:
    assert glass.ask(reason="ten chars.").status_code == 302
    assert glass.ask(reason="x" * 1000).status_code == 302


def test_others_never_get_to_the_form(glass: Glass) -> None:
    nurse = factories.make_staff(glass.conversation.team).account
    assert nurse is not None
    veteran, _, _ = factories.make_eligible_veteran()
    auditor = factories.make_administrator(role="auditor")
    for account in (nurse, veteran, auditor, glass.officer):
        client = glass.browser_of(account)
        assert client.get(OPEN).status_code == 404
        assert glass.ask(client).status_code == 404
    assert not BreakGlassUse.objects.exists()
