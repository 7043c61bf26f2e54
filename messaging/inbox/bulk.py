"""One deed for several conversations: all of them or none (domain rules, section 5)."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from eligibility import queries as eligibility_queries
from messaging.absence.cover import cover_of
from messaging.inbox import actions, handing_over
from messaging.models import Conversation, HandOver
from messaging.permissions import check_staff, visible_conversations
from smportal.actor import Actor
from smportal.errors import InvalidInput, NotFound

# Four pages of a queue: what somebody can still look over before it happens.
MOST = 100


def chosen(actor: Actor, conversation_ids: Sequence[uuid.UUID]) -> list[Conversation]:
    """Return the conversations, in the order in which they are locked.

    Raises NotFound when any of them is not of the actor's teams, InvalidInput for none or more than MOST.
    """
    check_staff(actor)
    wanted = set(conversation_ids)
    if not wanted:
        raise InvalidInput("Select at least one conversation", code="empty", field="conversation")
    if len(wanted) > MOST:
        raise InvalidInput(f"Select at most {MOST} conversations at a time", code="too_many", field="conversation")
    found = list(visible_conversations(actor).select_related("team").filter(id__in=wanted).order_by("id"))
    if len(found) != len(wanted):
        raise NotFound
    return found


def members_of_all(conversations: Sequence[Conversation]) -> list[tuple[str, str]]:
    """Return who can be assigned to every one of them, as a form's choices: members of all their teams."""
    teams = {conversation.team_id for conversation in conversations}
    cover = cover_of(teams)
    lists = [
        {
            (str(one.staff_id), cover.choice_text(team_id, one.staff_id, one.name))
            for one in eligibility_queries.members_of(team_id)
        }
        for team_id in teams
    ]
    return sorted(set.intersection(*lists), key=lambda choice: choice[1].casefold()) if lists else []


def destinations_of_all(conversations: Sequence[Conversation]) -> list[tuple[str, str]]:
    """Return where every one of them can be handed over to, as a form's choices."""
    lists = [set(handing_over.listed(conversation)) for conversation in _one_per_team(conversations)]
    return sorted(set.intersection(*lists), key=lambda choice: choice[1].casefold()) if lists else []


def _one_per_team(conversations: Sequence[Conversation]) -> list[Conversation]:
    return list({conversation.team_id: conversation for conversation in conversations}.values())


@transaction.atomic
def assign_all(*, actor: Actor, conversation_ids: Sequence[uuid.UUID], staff_id: uuid.UUID | None) -> int:
    """Assign each to a member, or to nobody, and return how many. Raises what `actions.assign` and `chosen` raise."""
    conversations = chosen(actor, conversation_ids)
    for conversation in conversations:
        actions.assign(actor=actor, conversation_id=conversation.id, staff_id=staff_id)
    return len(conversations)


@transaction.atomic
def complete_all(*, actor: Actor, conversation_ids: Sequence[uuid.UUID], outcome: str) -> int:
    """Complete each with one outcome, and return how many. Raises what `actions.complete` and `chosen` raise."""
    conversations = chosen(actor, conversation_ids)
    for conversation in conversations:
        actions.complete(actor=actor, conversation_id=conversation.id, outcome=outcome)
    return len(conversations)


@transaction.atomic
def hand_over_all(
    *, actor: Actor, conversation_ids: Sequence[uuid.UUID], team_id: uuid.UUID | None, key: uuid.UUID, note: str = ""
) -> int:
    """Hand each over, once for each `key`, and return how many. Raises what `hand_over` and `chosen` raise."""
    if given := handed_over(actor, conversation_ids, key):
        return given
    conversations = chosen(actor, conversation_ids)
    for conversation in conversations:
        handing_over.hand_over(
            actor=actor,
            conversation_id=conversation.id,
            team_id=team_id,
            key=_key_of(key, conversation.id),
            note=note,
        )
    return len(conversations)


def handed_over(actor: Actor, conversation_ids: Sequence[uuid.UUID], key: uuid.UUID) -> int:
    """Return how many the form with this key has handed over already: none or all of them."""
    keys = {_key_of(key, conversation_id) for conversation_id in conversation_ids}
    return HandOver.objects.filter(id__in=keys, by_staff_id=check_staff(actor)).count()


def _key_of(key: uuid.UUID, conversation_id: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(key, str(conversation_id))
