"""Break glass: one administrator, one conversation, half an hour, on record, told and judged by others."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from eligibility.actions import revoke_role
from eligibility.models import RoleGrant
from messaging.breakglass.actions import TRIES
from messaging.breakglass.officers import officers_to_tell
from messaging.models import (
    BreakGlassUse,
    Conversation,
    InternalNote,
    MessageOpening,
    Notification,
    NotificationKind,
    Obligation,
)
from messaging.notifications.wanted import Unwanted, why_unwanted
from messaging.response.actions import start_obligation
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import make_conversation, make_message
from tests.signing_in import sign_in

NOW = dt.datetime(2026, 3, 4, 15, tzinfo=dt.UTC)
REASON = "The veteran called: <b>bloodcanary</b> results must be found."
OPEN = reverse("admin:messaging_breakglassuse_open")
LIST = reverse("admin:messaging_breakglassuse_changelist")
WORDS = ("zebracanary is well", "About zebracanary", "notecanary", "bloodcanary")


def shown_again(client: Client, account: Account, *, kind: str = "totp", again: bool = True, ago: float = 0) -> None:
    """Leave behind in the session what showing a factor again leaves behind."""
    session = client.session
    entry = {"method": "mfa", "type": kind, "at": clock.now().timestamp() - ago} | (
        {"reauthenticated": True} if again else {}
    )
    if kind == "password":
        entry["method"] = "password"
    session["account_authentication_methods_user"] = str(account.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [entry]
    session.save()


class Glass:
    """A conversation with a note and a running clock; who administers its facility, and who judges."""

    def __init__(self) -> None:
        self.conversation = make_conversation()
        self.facility = self.conversation.team.facility
        make_message(self.conversation)
        nurse = factories.make_staff(self.conversation.team)
        note = InternalNote(
            conversation=self.conversation,
            record_id=self.conversation.record_id,
            author_staff=nurse,
            created_at=NOW,
            draft_id=self.conversation.id,
        )
        note.seal_text("body_sealed", "Tell her notecanary.")
        note.save(force_insert=True)
        with transaction.atomic():
            start_obligation(actor=Actor.system("test"), conversation=self.conversation, at=NOW)
        self.account = factories.make_administrator(self.facility)
        self.officer = factories.make_administrator(self.facility, role="privacy_officer")
        self.client = self.browser_of(self.account)

    def browser_of(self, account: Account) -> Client:
        client = Client()
        sign_in(client, account)
        shown_again(client, account)
        return client

    def ask(self, client: Client | None = None, **data: str) -> Any:
        asked = {"number": str(self.conversation.number), "reason": REASON, **data}
        return (client or self.client).post(OPEN, asked)

    def opened(self) -> BreakGlassUse:
        response = self.ask()
        assert response.status_code == 302, response.content.decode()
        return BreakGlassUse.objects.get(account=self.account)


@pytest.fixture
def glass(db: None) -> Iterator[Glass]:
    with clock.at(NOW):
        yield Glass()


def content_of(use: BreakGlassUse) -> str:
    return reverse("admin:messaging_breakglassuse_conversation", args=[use.id])


def page_of(use: BreakGlassUse) -> str:
    return reverse("admin:messaging_breakglassuse_change", args=[use.id])


def events(deed: str, **values: Any) -> int:
    return AuditEvent.objects.filter(deed=deed, **values).count()


def later(**span: int) -> Any:
    return clock.at(NOW + dt.timedelta(**span))


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


# --- Told and judged ----------------------------------------------------------------------------------
def test_the_facilitys_privacy_officers_are_told_or_the_national_ones(glass: Glass) -> None:
    national = factories.make_administrator(role="privacy_officer")
    foreign = factories.make_administrator(factories.make_facility(), role="privacy_officer")
    use = glass.opened()
    rows = Notification.objects.filter(kind=NotificationKind.BREAK_GLASS)
    assert [row.recipient_id for row in rows] == [glass.officer.id]
    assert why_unwanted(rows[0]) is None
    # The only officer of the facility who breaks the glass is not the one to be told.
    assert officers_to_tell(glass.facility.id, but=glass.officer.id) == {national.id}
    RoleGrant.objects.filter(account=glass.officer).update(revoked_at=NOW)
    assert why_unwanted(rows[0]) is Unwanted.MAY_NOT_READ
    assert officers_to_tell(glass.facility.id, but=use.account_id) == {national.id}
    assert foreign.id not in officers_to_tell(glass.facility.id, but=use.account_id)


def test_nobody_to_tell_is_an_alert(glass: Glass, caplog: pytest.LogCaptureFixture) -> None:
    RoleGrant.objects.filter(role="privacy_officer").delete()
    with caplog.at_level(logging.ERROR):
        glass.opened()
    assert [entry.event for entry in caplog.records if hasattr(entry, "event")] == ["nobody_to_tell"]
    assert not any(words in caplog.text for words in WORDS)


def test_lists_show_no_reason_and_no_content(glass: Glass) -> None:
    use = glass.opened()
    other = factories.make_administrator(glass.facility)
    foreign = factories.make_administrator(factories.make_facility(), role="privacy_officer")
    for account, sees in ((glass.officer, True), (glass.account, True), (other, False), (foreign, False)):
        text = glass.browser_of(account).get(LIST).content.decode()
        assert (str(use.conversation_id) in text) == sees
        assert not any(words in text for words in WORDS)
        assert str(glass.conversation.number) not in text
        assert (glass.browser_of(account).get(page_of(use)).status_code == 200) == sees


def test_the_reason_is_sealed_and_reading_it_is_on_record(glass: Glass) -> None:
    use = glass.opened()
    assert b"bloodcanary" not in bytes(use.reason_sealed)
    text = glass.browser_of(glass.officer).get(page_of(use)).content.decode()
    assert "&lt;b&gt;bloodcanary" in text
    assert not any(words in text for words in WORDS[:3]), "officers judge without content"
    assert events("break_glass_read", actor_account_id=glass.officer.id, object_id=str(use.id)) == 1
    assert "bloodcanary" not in str(list(AuditEvent.objects.values_list("reason", "details")))


def test_another_person_reviews_once(glass: Glass) -> None:
    use = glass.opened()
    officer = glass.browser_of(glass.officer)
    missing = officer.post(page_of(use), {"verdict": "not_appropriate", "note": " "})
    assert missing.status_code == 400
    assert officer.post(page_of(use), {"verdict": "maybe", "note": ""}).status_code == 400
    done = officer.post(page_of(use), {"verdict": "not_appropriate", "note": "judgecanary: no need."})
    assert done.status_code == 302
    use.refresh_from_db()
    assert (use.verdict, use.reviewed_by, use.reviewed_at) == ("not_appropriate", glass.officer, NOW)
    assert b"judgecanary" not in bytes(use.review_note_sealed)
    assert events("break_glass_reviewed", reason="not_appropriate", actor_account_id=glass.officer.id) == 1
    assert officer.post(page_of(use), {"verdict": "appropriate", "note": ""}).status_code == 409
    use.refresh_from_db()
    assert use.verdict == "not_appropriate"
    assert "judgecanary" in officer.get(page_of(use)).content.decode()
    assert "judgecanary" not in officer.get(LIST).content.decode()


def test_nobody_reviews_an_own_use(glass: Glass) -> None:
    RoleGrant.objects.create(account=glass.account, role="privacy_officer", facility=None, granted_at=NOW)
    use = glass.opened()
    refused = glass.client.post(page_of(use), {"verdict": "appropriate", "note": ""})
    assert refused.status_code == 403
    assert "Another person must review this" in refused.content.decode()
    assert events("denied", reason="own_use") == 1
    with pytest.raises(IntegrityError, match="break_glass_reviewed_by_another"), transaction.atomic():
        BreakGlassUse.objects.filter(id=use.id).update(
            verdict="appropriate", reviewed_at=NOW, reviewed_by_id=use.account_id
        )


def test_administrators_and_officers_elsewhere_cannot_review(glass: Glass) -> None:
    use = glass.opened()
    foreign = factories.make_administrator(factories.make_facility(), role="privacy_officer")
    for account in (factories.make_administrator(glass.facility), foreign):
        answer = glass.browser_of(account).post(page_of(use), {"verdict": "appropriate", "note": ""})
        assert answer.status_code == 404
    use.refresh_from_db()
    assert use.reviewed_at is None


def test_unreviewed_uses_stand_first(glass: Glass) -> None:
    first = glass.opened()
    officer = glass.browser_of(glass.officer)
    with later(minutes=4):
        glass.ask()
        second = BreakGlassUse.objects.exclude(id=first.id).get()
        assert officer.post(page_of(second), {"verdict": "appropriate", "note": ""}).status_code == 302
        for order in ({}, {"o": "-1"}):
            text = officer.get(LIST, order).content.decode()
            assert text.index(str(first.id)) < text.index(str(second.id)), "the older one is not reviewed yet"


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM messaging_breakglassuse",
        "UPDATE messaging_breakglassuse SET opened_at = opened_at + interval '1 hour'",
        "UPDATE messaging_breakglassuse SET reason_sealed = ''",
        "UPDATE messaging_breakglassuse SET verdict = 'appropriate'",
    ],
)
def test_the_database_keeps_uses_as_they_were(glass: Glass, change: str) -> None:
    glass.opened()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
