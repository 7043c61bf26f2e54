"""Administrators see what runs, what is late and what is stuck, in their scope, and have it tried again."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Account
from messaging.health_record import actions as notes
from messaging.models import NoteState, Notification, NotificationKind, NotificationState, RecordNote
from messaging.notifications.actions import deal_with, try_again
from messaging.notifications.troubles import why
from messaging.status.queries import status
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.devstack import ports
from smportal.devstack.fhir.server import Endpoint
from smportal.errors import Conflict, NotFound, Refused
from smportal.jobs.models import JobSlot
from smportal.jobs.running import run
from smportal.jobs.schedule import JOBS
from tests import factories
from tests.messaging.health_record.noting import Noting, file_all
from tests.messaging.making import make_obligation
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
PAGE = "admin:messaging_notification_background"
EMAILS = "admin:messaging_notification_changelist"
NOTES = "admin:messaging_recordnote_changelist"
MINUTE = dt.timedelta(minutes=1)


def browser_of(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


def email(
    recipient: Account,
    state: NotificationState = NotificationState.FAILED,
    *,
    age: dt.timedelta = MINUTE,
    **values: object,
) -> Notification:
    at = clock.now() - age
    return Notification.objects.create(
        kind=NotificationKind.NEW_MESSAGE,
        recipient=recipient,
        cause_id=uuid.uuid4(),
        created_at=at,
        state=state,
        **{"next_attempt_at": at, "sent_to": "j•••@example.test", "last_error": "550", **values},
    )


class Offices:
    """Two stations with an administrator, a nurse and a veteran each, and a national administrator."""

    def __init__(self) -> None:
        self.veteran, self.record, self.team = factories.make_eligible_veteran()
        self.nurse = factories.make_staff(self.team)
        self.other_veteran, _, self.other_team = factories.make_eligible_veteran()
        self.other_nurse = factories.make_staff(self.other_team)
        self.administrator = factories.make_administrator(self.team.facility)
        self.national = factories.make_administrator()
        self.local, self.everywhere = browser_of(self.administrator), browser_of(self.national)


@pytest.fixture
def offices() -> Offices:
    return Offices()


def facts(account: Account) -> dict[str, str]:
    return {fact.text: fact.count for fact in status(factories.actor_for(account)).facts}


def test_a_national_administrator_sees_every_job_and_which_is_late(offices: Offices) -> None:
    run("track-responses", uuid.uuid4(), lambda: 3)
    with pytest.raises(ZeroDivisionError):
        run("purge-files", uuid.uuid4(), lambda: 1 // 0)
    run("scan-files", uuid.uuid4(), lambda: 0)
    JobSlot.objects.filter(name="scan-files").update(succeeded_at=clock.now() - 2 * MINUTE)
    found = {job.name: job for job in status(factories.actor_for(offices.national)).jobs}
    assert found.keys() == JOBS.keys()
    states = {name: job.state.value for name, job in found.items()}
    assert (states["track-responses"], states["purge-files"]) == ("On time", "Failed")
    assert (states["scan-files"], states["make-archives"]) == ("Late", "Never ran")
    assert not found["purge-searches"].needs_somebody, "the others have run for a minute, and beat asks every ten"
    JobSlot.objects.filter(name="track-responses").update(runs=20)
    later = {job.name: job.needs_somebody for job in status(factories.actor_for(offices.national)).jobs}
    assert (later["purge-searches"], later["track-responses"]) == (True, False)
    assert (found["track-responses"].count, found["purge-files"].error) == (3, "ZeroDivisionError")
    page = offices.everywhere.get(reverse(PAGE)).content.decode()
    assert "Have files scanned" in page
    assert "Never ran" in page
    assert "ZeroDivisionError" in page
    assert "every day" in page


def test_a_facility_s_administrator_sees_own_counts_and_no_jobs(offices: Offices) -> None:
    assert offices.nurse.account is not None
    assert offices.other_nurse.account is not None
    for recipient in (offices.veteran, offices.nurse.account, offices.other_veteran, offices.other_nurse.account):
        email(recipient)
    for team in (offices.team, offices.other_team):
        make_obligation(team)
    mine, all_of_them = facts(offices.administrator), facts(offices.national)
    assert (mine["Emails refused in the last 30 days"], all_of_them["Emails refused in the last 30 days"]) == ("2", "4")
    late = "Reminders and escalations that are more than 2 minutes late"
    assert (mine[late], all_of_them[late]) == ("1", "2")
    page = offices.local.get(reverse(PAGE)).content.decode()
    assert "What runs again and again" not in page
    assert "Redis" not in page


def test_auditors_and_care_teams_do_not_see_the_page(offices: Offices) -> None:
    assert offices.nurse.account is not None
    for account in (factories.make_administrator(role="auditor"), offices.nurse.account, offices.veteran):
        assert browser_of(account).get(reverse(PAGE)).status_code == 404


def test_without_redis_the_page_says_so(offices: Offices, settings: Settings) -> None:
    settings.REDIS_URL = f"redis://:none@127.0.0.1:{ports.free_port()}/0"
    assert "Redis does not answer" in offices.everywhere.get(reverse(PAGE)).content.decode()


@pytest.mark.parametrize(
    ("state", "values", "is_shown", "words"),
    [
        (NotificationState.FAILED, {}, True, "refused it for good. (Code: 550)"),
        (NotificationState.PENDING, {"last_error": "", "age": 3 * MINUTE}, True, "Nobody sends it"),
        (NotificationState.PENDING, {"last_error": "timeout", "attempts": 4, "wait": 60 * MINUTE}, True, "in time"),
        (NotificationState.PENDING, {"last_error": "451", "attempts": 1, "wait": MINUTE}, False, "(Code: 451)"),
        (NotificationState.PENDING, {"last_error": "", "attempts": 3, "wait": MINUTE}, True, "stopped half way"),
        (NotificationState.HELD, {"last_error": "", "age": 70 * MINUTE}, True, "daily email was not made"),
        (NotificationState.HELD, {"last_error": "", "wait": 70 * MINUTE}, False, ""),
        (NotificationState.EXPIRED, {"last_error": ""}, False, "Two days of trying were over."),
        (NotificationState.EXPIRED, {"last_error": "never_tried"}, True, "Nobody came to send it."),
        (NotificationState.EXPIRED, {"last_error": "451", "age": 31 * 1440 * MINUTE}, False, "(Code: 451)"),
        (NotificationState.SENT, {"last_error": ""}, False, ""),
    ],
)
def test_the_list_shows_what_somebody_should_look_at_and_why(
    offices: Offices, state: NotificationState, values: dict[str, object], is_shown: bool, words: str
) -> None:
    if wait := values.pop("wait", None):
        assert isinstance(wait, dt.timedelta)
        values["next_attempt_at"] = clock.now() + wait
    row = email(offices.veteran, state, **values)  # type: ignore[arg-type]
    assert words in why(row)
    listed = offices.local.get(reverse(EMAILS)).context["cl"].result_list
    assert [one.id for one in listed] == ([row.id] if is_shown else [])
    every = offices.local.get(reverse(EMAILS), {"trouble": "all"}).context["cl"].result_list
    assert [one.id for one in every] == [row.id]


def test_an_administrator_has_a_refused_email_tried_again_in_scope_only(offices: Offices) -> None:
    mine, foreign = email(offices.veteran), email(offices.other_veteran)
    data = {"action": "try_again", "_selected_action": [mine.pk, foreign.pk]}
    page = offices.local.post(reverse(EMAILS), data, follow=True).content.decode()
    assert "Will be tried again: 1" in page
    mine.refresh_from_db()
    foreign.refresh_from_db()
    assert (mine.state, mine.attempts, mine.last_error) == (NotificationState.PENDING, 0, "")
    assert foreign.state == NotificationState.FAILED
    event = AuditEvent.objects.get(deed="email_tried_again")
    assert (event.object_id, event.actor_account_id) == (str(mine.id), offices.administrator.id)
    with pytest.raises(NotFound):
        try_again(actor=factories.actor_for(offices.administrator), notification_id=foreign.id)


def test_trying_again_what_did_not_fail_changes_nothing_of_the_others(offices: Offices) -> None:
    failed, waiting = email(offices.veteran), email(offices.veteran, NotificationState.PENDING, attempts=5)
    data = {"action": "try_again", "_selected_action": [failed.pk, waiting.pk]}
    page = offices.local.post(reverse(EMAILS), data, follow=True).content.decode()
    assert "Nothing was changed." in page
    failed.refresh_from_db()
    assert failed.state == NotificationState.FAILED


def test_what_nobody_can_mend_is_marked_as_dealt_with_and_leaves_the_list(offices: Offices) -> None:
    mine, foreign = email(offices.veteran), email(offices.other_veteran)
    gone = email(offices.veteran, NotificationState.EXPIRED)
    data = {"action": "deal_with", "_selected_action": [mine.pk, gone.pk, foreign.pk]}
    page = offices.local.post(reverse(EMAILS), data, follow=True).content.decode()
    assert "Marked as dealt with: 2" in page
    offices.local.post(reverse(EMAILS), {**data, "_selected_action": [mine.pk]})
    listed = {
        way: offices.local.get(reverse(EMAILS), {"trouble": way}).context["cl"].result_list for way in ("", "all")
    }
    assert ([*listed[""]], len(listed["all"])) == ([], 2)
    assert [facts(offices.administrator)[f"Emails {way} in the last 30 days"] for way in ("refused", "given up")] == [
        "0",
        "0",
    ]
    assert facts(offices.national)["Emails refused in the last 30 days"] == "1"
    events = AuditEvent.objects.filter(deed="email_dealt_with").order_by("id")
    assert {(event.object_id, event.actor_account_id) for event in events} == {
        (str(row.id), offices.administrator.id) for row in (mine, gone)
    }
    assert len(events) == 2
    shown = offices.local.get(reverse("admin:messaging_notification_change", args=[mine.pk])).content.decode()
    assert offices.administrator.username in shown
    # Tried again, it is somebody's to look at when it fails once more.
    try_again(actor=factories.actor_for(offices.administrator), notification_id=mine.id)
    Notification.objects.filter(id=mine.id).update(state=NotificationState.FAILED)
    assert facts(offices.administrator)["Emails refused in the last 30 days"] == "1"
    with pytest.raises(NotFound):
        deal_with(actor=factories.actor_for(offices.administrator), notification_id=foreign.id)
    with pytest.raises(Conflict):
        deal_with(
            actor=factories.actor_for(offices.administrator),
            notification_id=email(offices.veteran, NotificationState.SENT).id,
        )


def test_an_email_s_page_names_whom_to_ask_and_no_address(offices: Offices) -> None:
    row = email(offices.veteran)
    page = offices.local.get(reverse("admin:messaging_notification_change", args=[row.pk])).content.decode()
    assert f"ICN {offices.record.icn}" in page
    assert "j•••@example.test" in page
    for private in (offices.veteran.email, offices.veteran.username, offices.record.last_name):
        assert not private or private not in page


def test_a_failed_note_is_listed_without_its_words_and_tried_again(record_system: Endpoint) -> None:
    noting = Noting()
    record_system.strangers = frozenset({noting.record.icn})
    note = noting.save()
    file_all()
    local = browser_of(factories.make_administrator(noting.team.facility))
    foreign_account = factories.make_administrator(factories.make_facility())
    assert "refused and nobody has dealt with" in local.get(reverse(PAGE)).content.decode()
    for page in (local.get(reverse(NOTES)), local.get(reverse("admin:messaging_recordnote_change", args=[note.pk]))):
        text = page.content.decode()
        assert "doesn’t know this veteran" in text
        assert "Knee" not in text
        assert noting.record.last_name not in text
    assert browser_of(foreign_account).get(reverse(NOTES)).context["cl"].result_count == 0
    with pytest.raises(Refused):
        notes.administer_again(actor=factories.actor_for(foreign_account), note_id=note.id)
    local.post(reverse(NOTES), {"action": "try_again", "_selected_action": [note.pk]})
    assert RecordNote.objects.get().state == NoteState.WAITING
    assert AuditEvent.objects.filter(deed="record_note_tried_again").count() == 1
    record_system.strangers = frozenset()
    assert file_all().filed == 1


def test_the_page_costs_the_same_however_much_there_is(offices: Offices) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            offices.local.get(reverse(PAGE))
        return len(queries)

    statements()
    before = statements()
    for _ in range(5):
        email(offices.veteran)
        make_obligation(offices.team)
    assert statements() == before
