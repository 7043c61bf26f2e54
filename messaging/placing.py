"""Where staff write: what a text needs to know of its veteran and team before it is sent (templates, links)."""

import enum
import uuid
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from eligibility import queries as eligibility_queries
from messaging.broadcasts.permissions import own_drafts as own_broadcasts
from messaging.models import Broadcast, Conversation, Draft
from messaging.permissions import check_staff, visible_conversations
from messaging.starting.drafts import own_drafts
from smportal.actor import Actor
from smportal.errors import NotFound

_WITH: Final = ("team__facility", "record__account")


class Kind(enum.StrEnum):
    """What is being written."""

    REPLY = "reply"
    START = "start"
    MANY = "many"


# Buttons of a form that look for something beside the text: nothing is saved or sent.
LOOKING: Final = frozenset({"templates", "library", "look"})

# The page that each is written on, and the addresses of the parts of its form.
_FORMS: Final = {Kind.REPLY: "team_reply", Kind.START: "team_start_write", Kind.MANY: "team_broadcast"}
_LINKS: Final = {Kind.REPLY: "team_library", Kind.START: "team_start_library", Kind.MANY: "team_broadcast_library"}
_TEMPLATES: Final = {
    Kind.REPLY: "team_reply_templates",
    Kind.START: "team_start_templates",
    Kind.MANY: "team_broadcast_templates",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is being written: in the conversation `key`, in the draft `key` that will start one, or many."""

    key: uuid.UUID
    kind: Kind = Kind.REPLY

    @property
    def form_url(self) -> str:
        """Where the whole form goes."""
        return reverse(_FORMS[self.kind], args=[self.key])

    @property
    def links_url(self) -> str:
        """The part that takes links of the health library."""
        return reverse(_LINKS[self.kind], args=[self.key])

    @property
    def templates_url(self) -> str:
        """The part that takes a template."""
        return reverse(_TEMPLATES[self.kind], args=[self.key])

    @property
    def is_for_many(self) -> bool:
        """Whether everybody gets the same words."""
        return self.kind is Kind.MANY


def written(actor: Actor, place: Place) -> Conversation | Draft | Broadcast:
    """Return it, with its team and, of what goes to one, its veteran. Raises NotFound for one that is not the actor's."""
    check_staff(actor)
    found: Conversation | Draft | Broadcast | None
    if place.kind is Kind.REPLY:
        found = visible_conversations(actor).filter(id=place.key).select_related(*_WITH).first()
    elif place.kind is Kind.START:
        begun = own_drafts(actor).filter(id=place.key, team_id__in=eligibility_queries.team_ids_of(actor))
        found = begun.select_related(*_WITH).first()
    else:
        found = own_broadcasts(actor).filter(id=place.key).select_related("team__facility").first()
    if found is None:
        raise NotFound
    return found
