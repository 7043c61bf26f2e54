"""A small world, told by the same code as the demo's: who may do what in it, and that it happens exactly once."""

import datetime as dt
import itertools
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts import factors
from accounts.models import Account, VeteranRecord
from accounts.tiers import tier_of
from eligibility.decision import decide
from eligibility.models import CareTeam, StaffMember
from messaging.health_record.actions import relay
from messaging.health_record.relaying import RelayResult
from messaging.models import (
    Absence,
    Archive,
    Conversation,
    Draft,
    Message,
    MessageKind,
    NoteState,
    Notification,
    NotificationState,
    Obligation,
    RecordNote,
    ReplyTemplate,
    State,
    Surrogate,
    TeamAlarm,
)
from messaging.notifications.actions import expire_pending
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack.fhir.server import Endpoint
from smportal.devstack.world import building, cast, keeping, writing_first
from smportal.devstack.world.accounts import account_of
from smportal.devstack.world.personas import ENDED, MERGED, NOT_IN_RECORD, VETERANS, Persona
from smportal.devstack.world.places import TEAMS, facility_rows
from smportal.devstack.world.plan import Plan
from smportal.devstack.world.staff import EVERYBODY
from smportal.devstack.world.texts import exchanges
from tests.accounts.people import code_at
from tests.fixtures.databases import CommittedDatabase

ENDINGS = {"answered", "completed", "in_progress", "overdue", "unanswered"}


def small_plan() -> Plan:
    """Two facilities; every veteran of the cast, so that every answer of the checklist is there; few texts."""
    by_ending = {each.ends: each for each in exchanges()}
    early = [each for each in exchanges() if each.key in {"pc-chest-tight-mowing", "ph-es-insulina-nevera"}]
    return Plan(
        exchanges=(*by_ending.values(), *early),
        facilities=tuple(row for row in facility_rows() if row["station_number"] in {team.station for team in TEAMS}),
        big_size=6,
    )


def told(plan: Plan) -> list[str]:
    lines: list[str] = []
    building.build(plan, tell=lines.append)
    return lines


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan()


@pytest.fixture
def world(committed_db: CommittedDatabase, plan: Plan) -> Plan:
    told(plan)
    return plan


def verdict(person: Persona) -> tuple[str, str]:
    """What fails, and what the blocks say."""
    account = account_of(person)
    assert account is not None, person.key
    tier = max(tier_of(row.kind, row.level) for row in account.credentials.all())
    decision = decide(record_id=account.record_id, account_id=account.id, tier=tier)
    failing = [entry.code for entry in decision.requirements if entry.met is False and entry.code != "no_record"]
    assert decision.allowed == (not failing)
    assert len(failing) <= 1, (person.key, failing)
    return "".join(failing), decision.requirement("not_blocked").code


def test_the_small_world(world: Plan) -> None:
    """One telling, looked at from all sides: it takes seconds."""
    everybody_gets_the_answer_that_they_are_there_for()
    conversations_are_in_every_state(world)
    one_veteran_keeps_and_takes_along()
    late_ones_were_reminded_and_escalated()
    staff_are_away_and_one_team_acknowledges_by_itself()
    no_email_is_owed()
    what_changed_on_the_way_is_there()
    nothing_happened_after_the_story()
    telling_it_again_changes_nothing(world)


def everybody_gets_the_answer_that_they_are_there_for() -> None:
    found = {person.key: verdict(person) for person in VETERANS}
    assert found == {person.key: (person.failing, person.block_code) for person in VETERANS}


def conversations_are_in_every_state(world: Plan) -> None:
    assert len(world.parts()) == len(world.exchanges) + world.big_size
    assert Conversation.objects.count() == len(world.parts()) + keeping.CONVERSATIONS + writing_first.CONVERSATIONS
    assert len(world.exchanges) == len(ENDINGS) + 2
    assert set(Conversation.objects.values_list("state", flat=True)) == set(State.values)
    assert Draft.objects.filter(conversation=None).count() >= 5


def one_veteran_keeps_and_takes_along() -> None:
    # What the staff answer with: a template at each level, and an answer that is begun.
    assert set(ReplyTemplate.objects.values_list("level", flat=True)) == {"own", "team", "facility"}
    assert Draft.objects.filter(side="staff", conversation__isnull=False).count() == 1
    own = Conversation.objects.filter(record__account__username=keeping.KEEPER)
    assert own.filter(was_handed_over=True).count() == 1
    assert own.filter(copy_of__isnull=False).count() == 1
    assert own.filter(outcome="withdrawn").count() == 1
    assert Message.objects.filter(guided_sealed__isnull=False, signature_sealed__isnull=False).count() == 2
    assert Archive.objects.get().state == "ready"


def late_ones_were_reminded_and_escalated() -> None:
    late = Obligation.objects.filter(ended_at=None, due_at__lt=clock.now())
    assert late.count() >= 1
    assert not late.filter(overdue_at=None).exists()
    assert all(each.overdue_at == each.due_at for each in late)


def staff_are_away_and_one_team_acknowledges_by_itself() -> None:
    away = Absence.objects.filter(ended_at=None).values_list("staff__staff_id", flat=True)
    assert set(away) == {"S-leilani-kahale", "S-caleb-yellowhair"}
    kai = StaffMember.objects.get(staff_id="S-kai-tavares")
    assert Surrogate.objects.filter(surrogate=kai).count() == 2
    alone = CareTeam.objects.get(code="DEN-PT-1")
    waits = Conversation.objects.filter(team=alone, due_at__isnull=False).exists()
    assert TeamAlarm.objects.filter(team=alone, ended_at=None, reason="all_away").exists() is waits
    assert CareTeam.objects.get(code="PDX-PACT-BLUE3").acknowledgement == "closed"


def no_email_is_owed() -> None:
    states = set(Notification.objects.values_list("state", flat=True))
    assert states == {NotificationState.EXPIRED}


def what_changed_on_the_way_is_there() -> None:
    merged = next(person for person in VETERANS if person.key == MERGED)
    old = VeteranRecord.objects.get(icn=merged.old_icn)
    assert old.merged_into is not None
    assert old.merged_into.icn == merged.icn
    ended = Account.objects.get(username=ENDED)
    assert Draft.objects.filter(author=ended).count() == 1, "the refused message is kept"


def nothing_happened_after_the_story() -> None:
    assert not AuditEvent.objects.filter(occurred_at__gt=clock.now()).exists()
    assert not Message.objects.filter(sent_at__gt=clock.now()).exists()


def telling_it_again_changes_nothing(world: Plan) -> None:
    before = AuditEvent.objects.count()
    assert told(world) == []
    assert AuditEvent.objects.count() == before


class Killed(BaseException):
    """Stands for a signal."""


def test_a_story_that_was_interrupted_goes_on_where_it_was(
    committed_db: CommittedDatabase, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "TOGETHER", 5)
    transactions = itertools.count(1)

    def killed_in_the_ninth(*, before: dt.datetime) -> int:
        if next(transactions) == 9:
            raise Killed
        return expire_pending(before=before)

    monkeypatch.setattr(building, "expire_pending", killed_in_the_ninth)
    with pytest.raises(Killed):
        told(plan)
    sent_before = Message.objects.count()
    told(plan)
    turns = [turn for part in plan.parts() for turn in part.exchange.turns]
    messages = sum(not turn.is_note for turn in turns) + keeping.MESSAGES + writing_first.MESSAGES
    assert 0 < sent_before < messages
    # A team that answers by itself while closed has done so or not, by the hour at which this runs.
    assert Message.objects.filter(kind=MessageKind.MESSAGE).count() == messages
    deeds = Counter(AuditEvent.objects.values_list("deed", flat=True))
    assert deeds["message_sent"] == Message.objects.count()
    assert deeds["note_added"] == sum(turn.is_note for turn in turns) + keeping.NOTES
    assert deeds["account_created"] == len(plan.veterans) + len(plan.staff)
    assert deeds["block_changed"] >= len([person for person in plan.veterans if person.blocked])
    conversations_are_in_every_state(plan)


def test_who_signs_in_locally_can(committed_db: CommittedDatabase, plan: Plan) -> None:
    told(plan)
    for key in ("denise.kowalski", "daniel.whitehorse", "arthur.bell"):
        member = next(each for each in cast.people() if each.username == key)
        client = Client()
        client.post("/account/login/", {"login": member.username, "password": member.password})
        code = code_at(factors.current_step(), member.totp_secret)
        answer = client.post("/account/2fa/authenticate/", {"code": code})
        assert answer.status_code == 302, (key, answer.content)
    assert Account.objects.filter(role_grants__role="administrator").count() == 3
    assert StaffMember.objects.exclude(account=None).count() == len(EVERYBODY)


def test_only_a_local_portal_is_filled(settings: Settings) -> None:
    settings.SETTINGS_MODULE = "smportal.settings.production"
    for command in ("seed_world", "demo_people"):
        with pytest.raises(CommandError, match=r"^\S.*local only\.$"):
            call_command(command)


def test_two_notes_are_owed_to_the_health_record_which_knows_one_veteran(world: Plan, record_system: Endpoint) -> None:
    record_system.strangers = frozenset({NOT_IN_RECORD})
    # Days later they would be given up; the demo starts its worker at once.
    assert relay(actor=Actor.system("health record")) == RelayResult(filed=1, failed=1)
    [filed] = RecordNote.objects.filter(state=NoteState.FILED)
    assert filed.record.first_name == "Denise"
    [failed] = RecordNote.objects.filter(state=NoteState.FAILED)
    assert (failed.record.icn, failed.last_error) == (NOT_IN_RECORD, "422 not-found")
