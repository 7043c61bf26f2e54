"""Who may: each rule a pair, check_…() raises with a reason, may_…() answers a template.

What somebody can see at all is decided by `visible_conversations`: reads start from it.
"""

import uuid
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from eligibility import decision
from eligibility import queries as eligibility_queries
from eligibility.decision import TeamDecision
from eligibility.rules import TeamReason
from messaging.models import Conversation
from smportal.actor import Actor, ActorKind
from smportal.errors import NotFound, Refused
from smportal.tiers import Tier


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose conversations somebody may know of now: of these records, or of these teams; without either, nobody's.

    Only `reach_of` and a desk (messaging.inbox.desk) make one, for one request.
    """

    record_ids: tuple[uuid.UUID, ...] = ()
    team_ids: tuple[uuid.UUID, ...] = ()

    def conversations(self) -> QuerySet[Conversation]:
        """Return the conversations within reach."""
        if self.record_ids:
            return Conversation.objects.filter(record_id__in=self.record_ids)
        if self.team_ids:
            return Conversation.objects.filter(team_id__in=self.team_ids)
        return Conversation.objects.none()


def reach_of(actor: Actor) -> Reach:
    """Return the actor's reach, with one statement: a page that asks more than once looks it up once."""
    if actor.kind is ActorKind.VETERAN and actor.tier >= Tier.VERIFIED and actor.record_id is not None:
        return Reach(record_ids=tuple(eligibility_queries.conversation_record_ids(actor)))
    if actor.kind is ActorKind.STAFF and actor.staff_id is not None and actor.second_factor:
        return Reach(team_ids=tuple(eligibility_queries.team_ids_of(actor)))
    return Reach()


def visible_conversations(actor: Actor) -> QuerySet[Conversation]:
    """Return the conversations that the actor may know of: own ones, or those of own teams."""
    return reach_of(actor).conversations()


def check_veteran(actor: Actor) -> uuid.UUID:
    """Return the veteran's record id. Raises NotFound for anybody else, as for what does not exist."""
    if actor.kind is not ActorKind.VETERAN or actor.record_id is None or actor.tier < Tier.VERIFIED:
        raise NotFound
    return actor.record_id


def check_staff(actor: Actor) -> uuid.UUID:
    """Return the staff member's id. Raises NotFound for anybody else."""
    if actor.kind is not ActorKind.STAFF or actor.staff_id is None or not actor.second_factor:
        raise NotFound
    return actor.staff_id


def check_write(actor: Actor, team_id: uuid.UUID, *, reply: bool) -> TeamDecision:
    """Return the team that a veteran may write to now. Raises Refused with the reason and next step."""
    check_veteran(actor)
    if reply:
        return decision.check_may_reply(actor=actor, team_id=team_id)
    return decision.check_may_write(actor=actor, team_id=team_id)


class ReplyAnswer(NamedTuple):
    """Whether a reply would be accepted now, and if not, why: for pages, never for the send.

    `is_the_team`: what stands in the way is the team, so another one may well be written to.
    """

    allowed: bool
    why_not: str = ""
    is_the_team: bool = False


def may_reply(actor: Actor, team_id: uuid.UUID) -> ReplyAnswer:
    """Tell whether a veteran's reply to a team would be accepted now."""
    try:
        decision.check_may_reply(actor=actor, team_id=team_id, lock=False)
    except Refused as refusal:
        is_the_team = refusal.code in {reason.value for reason in TeamReason}
        return ReplyAnswer(allowed=False, why_not=refusal.text, is_the_team=is_the_team)
    return ReplyAnswer(allowed=True)
