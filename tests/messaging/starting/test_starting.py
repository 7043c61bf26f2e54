"""A member starts a conversation with one veteran: whom, how it begins, and that it happens once."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import VeteranRecord
from eligibility.models import Association, Enrollment, Registration, TeamMembership, TermsAcceptance
from eligibility.reaching import Obstacle
from messaging import posting
from messaging.inbox import queries as inbox_queries
from messaging.inbox.desk import desk_of
from messaging.inbox.queries import Queue
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import DraftChangedElsewhere
from messaging.models import Conversation, Draft, Message, Notification, Obligation, Side, State
from messaging.starting import actions, drafts, finding
from messaging.starting.recipients import recipients
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound, Refused
from tests import factories

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
CONTENT = DraftContent(category="appointment", subject="Your blood test", body="Please come in on Monday.")


class World:
    """An eligible veteran of a team, and a clerk of the team."""

    def __init__(self) -> None:
        self.account, self.record, self.team = factories.make_eligible_veteran()
        self.veteran = factories.actor_for(self.account)
        self.clerk_row = factories.make_staff(self.team, name="Cleo Clerk")
        self.clerk = factories.staff_actor(self.clerk_row)

    def begin(self, record: VeteranRecord | None = None) -> Draft:
        return drafts.begin(actor=self.clerk, team_id=self.team.id, record_id=(record or self.record).id)

    def start(self, draft: Draft | None = None, **changes: Any) -> Message:
        draft = draft or self.begin()
        return actions.start(actor=self.clerk, draft_id=draft.id, **({"content": CONTENT} | changes))

    def find(self, typed: str) -> list[finding.Found]:
        return finding.find(desk_of(self.clerk), team_id=self.team.id, typed=typed)

    def obstacle(self) -> Obstacle | None:
        return recipients(team_id=self.team.id, record_ids=[self.record.id])[self.record.id].obstacle


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_a_started_conversation_is_answered_owes_nothing_and_is_new_to_the_veteran(world: World) -> None:
    with clock.at(TUESDAY):
        message = world.start()
    conversation = message.conversation
    conversation.refresh_from_db()
    assert (conversation.state, conversation.assignee_id) == (State.ANSWERED, world.clerk_row.id)
    assert (conversation.started_by, conversation.last_from, conversation.number) == ("staff", "staff", message.number)
    assert (conversation.message_count, conversation.due_at, conversation.team_unread) == (1, None, False)
    assert not Obligation.objects.exists()
    assert conversation.unseal_text("subject_sealed") == "Your blood test"
    assert message.unseal_text("body_sealed") == "Please come in on Monday."
    assert (message.author_name, message.author_title) == ("Cleo Clerk", "Nurse")
    assert conversation.veteran_unread
    told = Notification.objects.get()
    assert (told.kind, told.recipient_id, told.cause_id) == ("new_message", world.account.id, message.id)
    assert not Draft.objects.exists()
    deed = AuditEvent.objects.get(deed="message_sent")
    assert (deed.subject_id, deed.object_id, deed.reason) == (world.record.id, str(message.id), "started")
    shown = inbox_queries.queue_view(world.clerk, Queue.ANSWERED).page.rows
    assert [row.id for row in shown] == [conversation.id]


def test_the_veterans_answer_starts_the_clock_and_goes_to_who_started(world: World) -> None:
    with clock.at(TUESDAY):
        conversation = world.start().conversation
    later = TUESDAY + dt.timedelta(hours=1)
    with clock.at(later):
        mailbox_actions.reply(
            actor=world.veteran, conversation_id=conversation.id, draft_id=uuid.uuid4(), body="I will."
        )
    conversation.refresh_from_db()
    assert (conversation.state, conversation.assignee_id) == (State.IN_PROGRESS, world.clerk_row.id)
    assert Obligation.objects.get().started_at == later


def test_sending_twice_sends_once_and_another_text_under_the_same_id_is_refused(world: World) -> None:
    draft = world.begin()
    first = world.start(draft)
    assert world.start(draft).id == first.id
    with pytest.raises(Conflict):
        world.start(draft, content=DraftContent(category="general", subject="Other", body="Other"))
    assert (Message.objects.count(), Conversation.objects.count(), Notification.objects.count()) == (1, 1, 1)
    assert drafts.sent_from(world.clerk, draft.id) == first


def test_a_message_number_that_is_taken_is_drawn_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = world.start().number
    numbers = iter([taken, 4_444_444_444])
    monkeypatch.setattr(posting, "new_number", lambda: next(numbers))
    assert (
        world.start(content=DraftContent(category="general", subject="Second", body="Second")).number == 4_444_444_444
    )


@pytest.mark.parametrize("missing", ["category", "subject", "body"])
def test_each_field_that_is_missing_is_named_and_the_draft_stays(world: World, missing: str) -> None:
    draft = world.begin()
    values: dict[str, Any] = {
        "category": CONTENT.category,
        "subject": CONTENT.subject,
        "body": CONTENT.body,
        missing: "",
    }
    with pytest.raises(InvalidInput) as refused:
        world.start(draft, content=DraftContent(**values))
    assert refused.value.field == missing
    assert not Message.objects.exists()


def _deceased(world: World) -> None:
    VeteranRecord.objects.filter(id=world.record.id).update(deceased=True)


def _flagged(world: World) -> None:
    VeteranRecord.objects.filter(id=world.record.id).update(identity_theft=True)


def _closed(world: World) -> None:
    world.team.is_active = False
    world.team.save()


def _nobody_takes_part(world: World) -> None:
    world.team.participations.all().delete()


def _blocked_team(world: World) -> None:
    factories.block(world.record, team=world.team)


def _blocked_facility(world: World) -> None:
    factories.block(world.record, facility=world.team.facility)


def _not_enrolled(world: World) -> None:
    Enrollment.objects.update(status="cancelled")


def _not_registered(world: World) -> None:
    Registration.objects.all().delete()


def _no_account(world: World) -> None:
    world.account.record = None
    world.account.save()


def _disabled(world: World) -> None:
    world.account.is_active = False
    world.account.save()


def _not_verified(world: World) -> None:
    world.account.credentials.update(level="advanced")


REFUSALS = [
    (_deceased, Obstacle.DECEASED),
    (_flagged, Obstacle.IDENTITY_THEFT),
    (_closed, Obstacle.TEAM_INACTIVE),
    (_nobody_takes_part, Obstacle.NO_PROVIDER),
    (_blocked_team, Obstacle.BLOCKED),
    (_blocked_facility, Obstacle.BLOCKED),
    (_not_enrolled, Obstacle.NOT_ENROLLED),
    (_not_registered, Obstacle.NOT_REGISTERED),
    (_no_account, Obstacle.NO_ACCOUNT),
    (_disabled, Obstacle.NO_ACCOUNT),
    (_not_verified, Obstacle.NOT_VERIFIED),
]


@pytest.mark.parametrize(("happens", "why"), REFUSALS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_whoever_could_not_answer_is_not_written_to_and_the_text_is_kept(
    world: World, happens: Any, why: Obstacle
) -> None:
    draft = world.begin()
    happens(world)
    with pytest.raises(Refused) as refused:
        world.start(draft)
    assert (refused.value.code, refused.value.field) == (why.value, "record")
    assert not Message.objects.exists()
    kept = Draft.objects.get(id=draft.id)
    assert kept.unseal_text("body_sealed") == CONTENT.body
    assert AuditEvent.objects.filter(deed="send_refused", reason=why.value, subject_id=world.record.id).exists()


def test_the_terms_of_use_do_not_stand_in_the_way(world: World) -> None:
    TermsAcceptance.objects.all().delete()
    assert world.start().number


def test_an_earlier_conversation_is_enough_and_without_one_there_is_nobody(world: World) -> None:
    assert world.obstacle() is None
    world.start()
    Association.objects.all().delete()
    assert world.obstacle() is None
    stranger = factories.make_record()
    found = recipients(team_id=world.team.id, record_ids=[stranger.id, uuid.UUID(int=7)])
    assert {recipient.obstacle for recipient in found.values()} == {Obstacle.UNKNOWN}
    with pytest.raises(NotFound):
        world.begin(stranger)


def test_a_merged_record_is_written_to_under_the_one_that_survives(world: World) -> None:
    merged = factories.make_record(merged_into=world.record)
    Association.objects.filter(record=world.record).delete()
    factories.associate(world.record, world.team)
    assert world.begin(merged).record_id == world.record.id
    Draft.objects.all().delete()
    late = world.begin()
    survivor_account, survivor, _ = factories.make_eligible_veteran(world.team)
    world.record.merged_into = survivor
    world.record.save()
    message = world.start(late)
    assert message.record_id == survivor.id
    # Both sign in to what is now one record: both are told.
    assert set(Notification.objects.values_list("recipient_id", flat=True)) == {survivor_account.id, world.account.id}
    assert message.unseal_text("body_sealed") == CONTENT.body


def test_somebody_who_has_left_the_team_sends_nothing_and_keeps_the_text(world: World) -> None:
    draft = world.begin()
    TeamMembership.objects.filter(staff=world.clerk_row).update(ended_at=clock.now())
    with pytest.raises(Refused) as refused:
        world.start(draft)
    assert refused.value.code == "not_a_member"
    assert Draft.objects.get().unseal_text("body_sealed") == CONTENT.body
    with pytest.raises(NotFound):
        world.begin()


def test_a_draft_is_its_authors_alone_and_no_other_tab_overwrites_it(world: World) -> None:
    draft = world.begin()
    assert world.begin().id == draft.id
    other = factories.staff_actor(factories.make_staff(world.team))
    with pytest.raises(NotFound):
        drafts.save_draft(actor=other, draft_id=draft.id, version=1, content=CONTENT)
    with pytest.raises(NotFound):
        actions.start(actor=other, draft_id=draft.id, content=CONTENT)
    with pytest.raises(NotFound):
        drafts.delete(actor=other, draft_id=draft.id)
    saved = drafts.save_draft(actor=world.clerk, draft_id=draft.id, version=1, content=CONTENT)
    with pytest.raises(DraftChangedElsewhere):
        drafts.save_draft(actor=world.clerk, draft_id=draft.id, version=1, content=DraftContent(body="Something else"))
    assert [row.subject for row in drafts.unfinished(world.clerk)] == ["Your blood test"]
    assert drafts.unfinished(other) == []
    drafts.delete(actor=world.clerk, draft_id=saved.id)
    assert not Draft.objects.exists()


def test_finding_names_only_veterans_of_the_team_and_is_on_record(world: World) -> None:
    VeteranRecord.objects.filter(id=world.record.id).update(
        first_name="Ana", last_name="Rivera", match_name="ana|rivera"
    )
    stranger = factories.make_record()
    VeteranRecord.objects.filter(id=stranger.id).update(match_name="ana|rivera")
    world.record.refresh_from_db()
    for typed in ("rivera", "Ana Rivera", "ri an", world.record.icn, world.record.icn.lower()):
        assert [found.record_id for found in world.find(typed)] == [world.record.id], typed
    shown = AuditEvent.objects.filter(deed="list_shown").first()
    assert shown is not None
    assert shown.details == {"records": [str(world.record.id)]}
    for typed, code in (("a", "too_short"), ("%", "too_short"), ("__", "too_short"), ("zz", "unknown")):
        with pytest.raises(InvalidInput) as refused:
            world.find(typed)
        assert refused.value.code == code, typed
    with pytest.raises(InvalidInput) as unknown:
        world.find(stranger.icn)
    assert unknown.value.text == "No veteran of this team has this name or ICN."
    with pytest.raises(NotFound):
        finding.find(desk_of(world.clerk), team_id=factories.make_team().id, typed="rivera")


def test_finding_never_lists_everybody(world: World) -> None:
    for _ in range(finding.MOST_OFFERED):
        factories.associate(factories.make_record(), world.team)
    with pytest.raises(InvalidInput) as refused:
        world.find("test")
    assert refused.value.code == "too_many"
    assert not AuditEvent.objects.filter(deed="list_shown").exists()


def test_finding_shows_who_cannot_be_written_to_and_follows_merges(world: World) -> None:
    VeteranRecord.objects.filter(id=world.record.id).update(match_name="ana|rivera")
    merged = factories.make_record(merged_into=world.record)
    factories.associate(merged, world.team)
    assert [found.record_id for found in world.find(merged.icn)] == [world.record.id]
    factories.block(world.record, team=world.team)
    (found,) = world.find("rivera")
    assert found.obstacle == "Blocked"


def test_many_at_once_cost_the_same_statements_as_one(world: World) -> None:
    more = [factories.make_eligible_veteran(world.team)[1] for _ in range(10)]
    order = actions.Order(world.clerk_row, world.team.id, actions.Text("general", "Flu", "Come."), b"x")

    def cost(records: list[VeteranRecord]) -> int:
        starts = [actions.Start(uuid.uuid4(), record.id) for record in records]
        with CaptureQueriesContext(connection) as counted:
            made = actions.start_each(actor=world.clerk, order=order, starts=starts)
        assert len(made) == len(records)
        return len(counted)

    one = cost([world.record])
    assert one <= 14
    # The first message to somebody makes their data key; the record of the first has one since the line above.
    assert cost(more) <= one
    assert Message.objects.filter(side=Side.STAFF).count() == 11
