"""Who opened a veteran's conversation, and when: from the audit trail, where every opening is."""

import uuid
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from eligibility.models import StaffMember
from messaging.models import BreakGlassUse, Conversation
from messaging.permissions import check_veteran, visible_conversations
from smportal import times
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.errors import NotFound

MOST = 500
BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody looked, once or more often within one minute."""

    name: str
    role: str
    when: str
    how: str


@dataclass(frozen=True, slots=True)
class Openings:
    """All openings by others than the veteran, the latest first; `more` when there were too many to show."""

    conversation: Conversation
    rows: tuple[Opening, ...]
    more: bool


def own_conversation(actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Return an own conversation with its team, undisclosed: for pages that show nothing of its text.

    Raises NotFound.
    """
    check_veteran(actor)
    found = visible_conversations(actor).select_related("team__facility").filter(id=conversation_id).first()
    if found is None:
        raise NotFound
    return found


def openings(actor: Actor, conversation_id: uuid.UUID, *, zone: str = "") -> Openings:
    """Return who opened an own conversation. Raises NotFound."""
    conversation = own_conversation(actor, conversation_id)
    shown_zone = times.viewer_zone(zone, conversation.team.facility.time_zone)
    events = list(
        AuditEvent.objects.filter(
            Q(actor_kind=ActorKind.STAFF) | Q(reason=BREAK_GLASS),
            object_id=str(conversation.id),
            object_kind="conversation",
            deed__in=(Deed.CONVERSATION_READ, Deed.EXPORTED),
        ).order_by("-id")[: MOST + 1]
    )
    people = _people(events)
    rows = [
        Opening(
            *people.get(_key(event), (_("A VA employee"), "")), times.moment(event.occurred_at, shown_zone), _how(event)
        )
        for event in events[:MOST]
    ]
    return Openings(conversation, tuple(dict.fromkeys(rows)), len(events) > MOST)


def _key(event: AuditEvent) -> object:
    return event.details.get("use") if event.reason == BREAK_GLASS else event.actor_staff_id


def _people(events: list[AuditEvent]) -> dict[object, tuple[str, str]]:
    """Return name and role of everybody who looked, in two statements however many they are."""
    keys = {_key(event) for event in events}
    staff = StaffMember.objects.filter(id__in=[key for key in keys if isinstance(key, uuid.UUID)])
    people: dict[object, tuple[str, str]] = {person.id: (person.name, person.title) for person in staff}
    uses = BreakGlassUse.objects.filter(id__in=[key for key in keys if isinstance(key, str)])
    return people | {str(use.id): (use.account_name, _("Administrator")) for use in uses}


def _how(event: AuditEvent) -> str:
    if event.reason == BREAK_GLASS:
        return _("Opened in an emergency procedure that a privacy officer reviews")
    return _("Printed or exported") if event.deed == Deed.EXPORTED else _("Opened")
