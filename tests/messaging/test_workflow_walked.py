"""Every row of the workflow's table is walked by its deed, from every state: done and on record, or refused with a reason."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.db import transaction

from eligibility import actions as eligibility_actions
from messaging.inbox import actions, handing_over
from messaging.mailbox import withdrawing
from messaging.models import Conversation, Message, Obligation, State
from messaging.sent_in_error.actions import withdraw
from messaging.workflow import TRANSITIONS, Event, IllegalTransition
from smportal import clock
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.threads import TUESDAY, Thread

HOUR = dt.timedelta(hours=1)


class Walk(Thread):
    """A conversation with an answer, brought into a state; and the deed of each event."""

    def __init__(self) -> None:
        super().__init__()
        self.actor = factories.staff_actor(self.nurse)
        self.colleague = factories.staff_actor(factories.make_staff(self.team))
        self.other = factories.make_team(self.team.facility)
        factories.participate(factories.make_staff(self.other), self.other)
        self.administrator = factories.actor_for(factories.make_administrator(self.team.facility))
        with clock.at(TUESDAY):
            self.id = self.send().conversation_id
        with clock.at(TUESDAY + HOUR):
            self.answered: Message = self.answer(self.id)

    def stands(self, state: State, *, assigned: bool, waits: bool) -> None:
        """Put it where the deed begins: with the nurse or nobody, and with a clock that runs or one that was answered."""
        done = state == State.COMPLETED
        Conversation.objects.filter(id=self.id).update(
            state=state,
            assignee=self.nurse if assigned else None,
            completed_at=TUESDAY + 2 * HOUR if done else None,
            outcome="answered" if done else "",
        )
        if waits:
            Obligation.objects.update(ended_at=None, end="", answered_minutes=None, ended_by=None)

    def leaves(self) -> None:
        eligibility_actions.remove_member(actor=self.administrator, team_id=self.team.id, staff_id=self.nurse.id)

    def deed(self, event: Event) -> Callable[[], object]:
        """Return what makes it happen."""
        where = {"conversation_id": self.id}
        deeds: dict[Event, Callable[[], object]] = {
            Event.VETERAN_WRITES: lambda: self.reply(self.id),
            Event.TAKE: lambda: actions.take(actor=self.actor, **where),
            Event.ASSIGN: lambda: actions.assign(actor=self.colleague, staff_id=self.nurse.id, **where),
            Event.RELEASE: lambda: actions.assign(actor=self.colleague, staff_id=None, **where),
            Event.REPLY: lambda: self.answer(self.id),
            Event.COMPLETE: lambda: actions.complete(actor=self.actor, outcome="phoned", **where),
            Event.WITHDRAW: lambda: withdrawing.withdraw(actor=self.veteran, **where),
            Event.REOPEN: lambda: actions.reopen(actor=self.actor, **where),
            Event.HAND_OVER: lambda: handing_over.hand_over(
                actor=self.actor, conversation_id=self.id, team_id=self.other.id, key=uuid.uuid4()
            ),
            Event.RETRACT: lambda: withdraw(actor=self.actor, message_id=self.answered.id, reason="wrong_veteran"),
        }
        return deeds[event]


# Who has it before, so that the deed ends as the row says: taking and assigning begin with nobody, removing with somebody.
BEFORE = {Event.TAKE: False, Event.ASSIGN: False, Event.RELEASE: True}


@pytest.mark.parametrize(("event", "assigned"), TRANSITIONS, ids=lambda value: getattr(value, "name", str(value)))
def test_a_row_is_done_and_on_record_from_its_sources_and_refused_from_every_other(
    db: None, event: Event, assigned: bool
) -> None:
    walk, row = Walk(), TRANSITIONS[event, assigned]
    for state in State:
        with transaction.atomic(), clock.at(TUESDAY + 3 * HOUR):
            walk.stands(state, assigned=BEFORE.get(event, assigned), waits=event == Event.WITHDRAW)
            moves = AuditEvent.objects.filter(deed="state_changed", object_id=str(walk.id))
            before = moves.count()
            if state in row.sources:
                walk.deed(event)()
                conversation = Conversation.objects.get(id=walk.id)
                assert (conversation.state, conversation.assignee_id is not None) == (row.target, assigned)
                assert moves.count() == before + (state != row.target)
                if state != row.target:
                    last = moves.latest("id")
                    assert (last.reason, last.details) == (event.name.lower(), {"from": state, "to": row.target})
            elif event == Event.RETRACT:
                # Withdrawing is always possible; it moves nothing that is before the team anyway.
                walk.deed(event)()
                assert Conversation.objects.get(id=walk.id).state == state
                assert moves.count() == before
            else:
                with (
                    pytest.raises(IllegalTransition, match=f"is {state.label.lower()} now.*{event}"),
                    transaction.atomic(),
                ):
                    walk.deed(event)()
                assert Conversation.objects.get(id=walk.id).state == state
            transaction.set_rollback(True)


@pytest.mark.parametrize("event", [Event.VETERAN_WRITES, Event.REOPEN])
def test_an_assignee_who_has_left_makes_it_the_row_of_nobody(db: None, event: Event) -> None:
    walk = Walk()
    walk.stands(State.COMPLETED, assigned=True, waits=False)
    walk.leaves()
    walk.actor = walk.colleague
    with clock.at(TUESDAY + 3 * HOUR):
        walk.deed(event)()
    conversation = Conversation.objects.get(id=walk.id)
    assert (conversation.state, conversation.assignee_id) == (TRANSITIONS[event, False].target, None)
