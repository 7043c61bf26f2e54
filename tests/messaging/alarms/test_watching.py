"""Alarms: when a team has somebody's message waiting and nobody to answer it; once an episode; mended by itself."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import crowd
from eligibility.models import Participation, StaffMember, TeamMembership
from messaging.alarms.watching import WatchResult, watch
from messaging.inbox import actions as team_actions
from messaging.models import Absence, Notification, Obligation, TeamAlarm
from messaging.models.alarm import AlarmReason
from messaging.notifications.wanted import Unwanted, why_unwanted
from messaging.response.tasks import sweep_task
from smportal import clock
from smportal.audit.models import AuditEvent
from tests import factories
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.making import TUESDAY, make_obligation
from tests.scans import rows_read
from tests.signing_in import sign_in

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


class Ward:
    """A team with a lead and a nurse, of whom the nurse takes part, and a message that waits since Tuesday."""

    def __init__(self) -> None:
        self.team = factories.make_team()
        self.lead = factories.make_staff(self.team, leads=True)
        self.nurse = factories.make_staff(self.team)
        self.participation = factories.participate(self.nurse, self.team)
        self.administrator = factories.make_administrator(self.team.facility)
        self.obligation = make_obligation(self.team)

    def away(self, *people: StaffMember) -> None:
        for staff in people:
            Absence.objects.create(staff=staff, first_date=TUESDAY.date(), last_date=TUESDAY.date(), entered_at=TUESDAY)


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def no_members(ward: Ward) -> None:
    TeamMembership.objects.filter(team=ward.team).update(ended_at=TUESDAY)


def inactive(ward: Ward) -> None:
    StaffMember.objects.filter(memberships__team=ward.team).update(is_active=False)


def disabled(ward: Ward) -> None:
    for staff in (ward.lead, ward.nurse):
        assert staff.account is not None
        staff.account.is_active = False
        staff.account.save()


def all_away(ward: Ward) -> None:
    ward.away(ward.lead, ward.nurse)


def opted_out(ward: Ward) -> None:
    Participation.objects.filter(team=ward.team).update(opted_in=False)


def participation_over(ward: Ward) -> None:
    Participation.objects.filter(team=ward.team).update(effective_until=TUESDAY.date() - DAY)


def participation_to_come(ward: Ward) -> None:
    Participation.objects.filter(team=ward.team).update(effective_from=TUESDAY.date() + DAY)


@pytest.mark.parametrize(
    ("lose", "reason"),
    [
        (no_members, AlarmReason.NO_MEMBERS),
        (inactive, AlarmReason.NO_MEMBERS),
        (disabled, AlarmReason.NO_MEMBERS),
        (all_away, AlarmReason.ALL_AWAY),
        (opted_out, AlarmReason.NO_PARTICIPANT),
        (participation_over, AlarmReason.NO_PARTICIPANT),
        (participation_to_come, AlarmReason.NO_PARTICIPANT),
    ],
)
def test_an_alarm_begins_when_a_team_with_an_open_clock_lacks_somebody(
    ward: Ward, lose: Callable[[Ward], None], reason: str
) -> None:
    assert watch(now=TUESDAY) == WatchResult()
    lose(ward)
    assert watch(now=TUESDAY).raised == 1
    assert TeamAlarm.objects.get().reason == reason
    assert watch(now=TUESDAY) == WatchResult(), "once an episode"


def test_no_alarm_while_one_is_there_or_nothing_waits(ward: Ward) -> None:
    ward.away(ward.lead)
    assert watch(now=TUESDAY) == WatchResult()
    ward.away(ward.nurse)
    team_actions.complete(
        actor=factories.staff_actor(ward.nurse), conversation_id=ward.obligation.conversation_id, outcome="phoned"
    )
    assert watch(now=TUESDAY) == WatchResult()


def test_leads_and_administrators_are_told_once_and_the_trail_says_whom(ward: Ward) -> None:
    all_away(ward)
    assert watch(now=TUESDAY) == WatchResult(raised=1, notified=2)
    told = {ward.lead.account_id, ward.administrator.id}
    assert set(Notification.objects.filter(kind="team_alarm").values_list("recipient_id", flat=True)) == told
    event = AuditEvent.objects.get(deed="alarm_raised")
    assert (event.object_id, event.reason) == (str(ward.team.id), "all_away")
    assert set(event.details["told"]) == {str(each) for each in told}


def test_it_ends_by_itself_and_its_email_is_not_wanted_any_more_and_the_next_one_is_another(ward: Ward) -> None:
    all_away(ward)
    watch(now=TUESDAY)
    (one, other) = Notification.objects.filter(kind="team_alarm")
    assert (why_unwanted(one), why_unwanted(other)) == (None, None)
    # The absence ends at midnight in New York, where the facility is.
    assert watch(now=TUESDAY.replace(hour=4, minute=59) + DAY) == WatchResult()
    assert watch(now=TUESDAY.replace(hour=5) + DAY) == WatchResult(ended=1)
    assert TeamAlarm.objects.get().ended_at == TUESDAY.replace(hour=5) + DAY
    assert why_unwanted(one) == Unwanted.GONE
    assert AuditEvent.objects.filter(deed="alarm_ended").count() == 1
    opted_out(ward)
    assert watch(now=TUESDAY + DAY) == WatchResult(raised=1, notified=2)
    assert TeamAlarm.objects.count() == 2


def test_an_answer_ends_it_too(ward: Ward) -> None:
    opted_out(ward)
    watch(now=TUESDAY)
    team_actions.reply(
        actor=factories.staff_actor(ward.nurse),
        conversation_id=ward.obligation.conversation_id,
        draft_id=uuid.uuid4(),
        body="Rest.",
    )
    assert watch(now=TUESDAY + HOUR) == WatchResult(ended=1)


def test_another_lack_is_the_same_episode(ward: Ward) -> None:
    all_away(ward)
    watch(now=TUESDAY)
    no_members(ward)
    assert watch(now=TUESDAY + HOUR) == WatchResult()
    assert TeamAlarm.objects.get().reason == AlarmReason.NO_MEMBERS


def test_the_sweep_of_beat_watches(ward: Ward) -> None:
    all_away(ward)
    with clock.at(TUESDAY):
        sweep_task()
    assert TeamAlarm.objects.filter(ended_at=None).count() == 1


def test_statements_do_not_follow_clocks_or_teams(ward: Ward) -> None:
    all_away(ward)
    watch(now=TUESDAY)
    with CaptureQueriesContext(
        connection,
    ) as before:
        watch(now=TUESDAY)
    for _ in range(3):
        make_obligation(ward.team)
        make_obligation()
    watch(now=TUESDAY)
    with CaptureQueriesContext(connection) as after:
        watch(now=TUESDAY)
    assert len(after) == len(before)


def test_the_cost_follows_the_teams_in_which_something_waits_neither_all_teams_nor_all_clocks(ward: Ward) -> None:
    all_away(ward)
    crowd.make_places(2, 400)
    for _ in range(30):
        make_obligation(ward.team)
    with rows_read() as (in_sequence, by_index):
        assert watch(now=TUESDAY).raised == 1
    people = ("eligibility_teammembership", "eligibility_staffmember", "eligibility_participation", "accounts_account")
    for table in (*people, "eligibility_careteam", "messaging_conversation"):
        assert in_sequence[table] == 0, table
        assert by_index[table] < 20, table


def test_members_see_it_above_their_queues_and_administrators_of_the_facility_in_the_admin(ward: Ward) -> None:
    with clock.at(TUESDAY):
        all_away(ward)
        watch()
        colleague, administrator, stranger = Client(), Client(), Client()
        assert ward.nurse.account is not None
        sign_in(colleague, ward.nurse.account)
        sign_in(administrator, ward.administrator)
        sign_in(stranger, factories.make_administrator(factories.make_facility()))
        alarm = TeamAlarm.objects.get()
        assert "everybody is away, and messages are waiting" in colleague.get("/team/open/").text
        assert ward.team.internal_name in administrator.get("/admin/messaging/teamalarm/").text
        assert ward.team.internal_name not in stranger.get("/admin/messaging/teamalarm/").text
        page = f"/admin/messaging/teamalarm/{alarm.id}/change/"
        assert (administrator.get(page).status_code, stranger.get(page, follow=True).redirect_chain != []) == (
            200,
            True,
        )
        assert administrator.post(page, {"reason": "all_away"}).status_code == 403


def test_two_sweeps_at_once_raise_one_alarm(committed_db: CommittedDatabase) -> None:
    ward = Ward()
    all_away(ward)
    arrived, results = threading.Barrier(4), []

    def look() -> None:
        arrived.wait()
        try:
            results.append(watch(now=TUESDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.raised for result in results) == [0, 0, 0, 1]
    assert TeamAlarm.objects.count() == 1
    assert Notification.objects.filter(kind="team_alarm").count() == 2
    assert Obligation.objects.count() == 1


def test_a_watch_that_dies_leaves_nothing_and_the_next_one_raises_it(ward: Ward) -> None:
    all_away(ward)

    def watch_and_die() -> None:
        with transaction.atomic():
            watch(now=TUESDAY)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_and_die()
    assert not TeamAlarm.objects.exists()
    assert not Notification.objects.exists()
    assert watch(now=TUESDAY) == WatchResult(raised=1, notified=2)
