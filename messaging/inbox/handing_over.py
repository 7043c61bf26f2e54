"""Handing a conversation over to another care team of the same facility (domain rules, section 5)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from eligibility import queries as eligibility_queries
from eligibility.holds import hold_team
from eligibility.queries import NamedTeam
from messaging.inbox import actions
from messaging.inbox.states import came, change_state
from messaging.models import Conversation, HandOver
from messaging.permissions import check_staff
from messaging.reminding.ending import handed_over
from messaging.workflow import Event
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput


def destinations(conversation: Conversation, teams: Sequence[NamedTeam] | None = None) -> list[NamedTeam]:
    """Return the teams that a conversation can go to: of the same facility, active, with a participating provider.

    `teams` are those of the facility, with its own, if they are at hand already.
    """
    if teams is None:
        teams = eligibility_queries.teams_taking_part(conversation.team.facility)
    return [team for team in teams if team.id != conversation.team_id]


def listed(conversation: Conversation, teams: Sequence[NamedTeam] | None = None) -> list[tuple[str, str]]:
    """Return the destinations as a form's choices."""
    return [(str(team.id), team.internal_name) for team in destinations(conversation, teams)]


def choices(actor: Actor, conversation_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return the choices that a posted form may hold, also when the same form has done its deed already.

    Raises NotFound for a conversation that neither is nor was the actor's to hand over.
    """
    given = HandOver.objects.filter(conversation_id=conversation_id, by_staff_id=check_staff(actor)).last()
    if given is not None:
        return [(str(given.to_team_id), given.to_team.internal_name), *listed(given.conversation)]
    return listed(actions.visible(actor, conversation_id))


@transaction.atomic
def hand_over(
    *, actor: Actor, conversation_id: uuid.UUID, team_id: uuid.UUID | None, key: uuid.UUID, note: str = ""
) -> HandOver:
    """Give an open conversation to another team, with its clock, its notes and its files; once for each `key`.

    The old team loses access when this is committed. `note`, if any, stays with the conversation as an internal
    note. Raises NotFound, InvalidInput for a team that it cannot go to or an unusable note, IllegalTransition when
    nothing is open.
    """
    staff_id = check_staff(actor)
    earlier = HandOver.objects.select_related("to_team").filter(id=key, by_staff_id=staff_id).first()
    if earlier is not None:
        return earlier
    conversation = actions.locked(actor, conversation_id)
    if note.strip():
        actions.add_note(actor=actor, conversation_id=conversation_id, draft_id=key, body=note)
    # Held before it is looked at, so that a team that is being closed is not handed anything.
    allowed = team_id is not None and hold_team(team_id)
    target = next((team for team in destinations(conversation) if team.id == team_id), None) if allowed else None
    if target is None:
        raise InvalidInput("Choose a care team from the list", code="not_a_destination", field="team")
    change_state(actor, conversation, Event.HAND_OVER, assigned=False)
    given = HandOver.objects.create(
        id=key,
        conversation=conversation,
        from_team_id=conversation.team_id,
        to_team_id=target.id,
        by_staff_id=staff_id,
        handed_at=clock.now(),
    )
    _move(actor, conversation, given)
    return given


def _move(actor: Actor, conversation: Conversation, given: HandOver) -> None:
    """Change the team; the clock stays as it is, since both teams work by one facility's calendar."""
    details = {"from": str(given.from_team_id), "to": str(given.to_team_id)}
    if conversation.assignee_id:
        details["assignee"] = str(conversation.assignee_id)
    record(
        actor=actor,
        deed=Deed.HANDED_OVER,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        details=details,
    )
    conversation.team_id = given.to_team_id
    conversation.assignee_id = None
    conversation.team_unread = True
    conversation.was_handed_over = True
    came(actor, conversation)
    conversation.save(
        update_fields=["team", "assignee", "state", "team_unread", "was_handed_over", "came_at", "came_by"]
    )
    handed_over(actor, conversation)


@dataclass(frozen=True, slots=True)
class Move:
    """A hand-over as a page shows it."""

    from_team: str
    to_team: str
    by: str
    at: dt.datetime
    when: str
    when_iso: str


def moves(conversation: Conversation, *, zone: dt.tzinfo, internal: bool) -> list[Move]:
    """Return the hand-overs of a disclosed conversation, oldest first; `internal` names are for staff."""
    if not conversation.was_handed_over:
        return []
    name = "internal_name" if internal else "public_name"
    found: QuerySet[HandOver] = HandOver.objects.filter(conversation=conversation).order_by("handed_at", "id")
    return [
        Move(
            from_team=getattr(row.from_team, name),
            to_team=getattr(row.to_team, name),
            by=row.by_staff.name if internal else "",
            at=row.handed_at,
            when=times.moment(row.handed_at, zone),
            when_iso=row.handed_at.isoformat(),
        )
        for row in found.select_related("from_team", "to_team", "by_staff")
    ]
