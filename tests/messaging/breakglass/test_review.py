"""Privacy officers are told, see no content, and judge; nobody judges an own use."""

import logging

import pytest
from django.db import IntegrityError, connection, transaction

from eligibility.models import RoleGrant
from messaging.breakglass.officers import officers_to_tell
from messaging.models import (
    BreakGlassUse,
    Notification,
    NotificationKind,
)
from messaging.notifications.wanted import Unwanted, why_unwanted
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.breakglass.glass import LIST, NOW, WORDS, Glass, events, later, page_of


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
