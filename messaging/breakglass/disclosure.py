"""What a running use shows. It writes the audit row and nothing else: no receipt, no read mark, no clock."""

import datetime as dt
import math
import uuid
from dataclasses import dataclass

from django.db import transaction

from eligibility import queries as eligibility_queries
from eligibility.models import Role
from messaging.breakglass.proof import Proof
from messaging.breakglass.queries import check_administrator
from messaging.inbox.queries import Note
from messaging.mailbox.entries import Entry, entries
from messaging.models import BreakGlassUse, Conversation, InternalNote, Side
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.fields import warm
from smportal.errors import DomainError, NotFound, Refused

AGAIN = "If you still need to see the conversation, break the glass again."


@dataclass(frozen=True, slots=True)
class Shown:
    """The conversation as the administrator sees it, and for how long."""

    until: str
    minutes_left: int
    number: int
    subject: str
    veteran: str
    team: str
    category: str
    state: str
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...]


def disclose(*, actor: Actor, use_id: uuid.UUID, proof: Proof, zone: str = "") -> Shown:
    """Return the conversation of the actor's own running use, having recorded that it was shown.

    No audit row, no disclosure: both are in one transaction. Never called for HEAD or a prefetch.
    Raises NotFound for what is not the actor's or no more in the actor's facilities (on record too),
    Refused (expired, session_ended) for an own use that is over. `zone` is the one that the viewer chose.
    """
    check_administrator(actor)
    with transaction.atomic():
        use = (
            BreakGlassUse.objects.select_related("conversation__team__facility", "conversation__record")
            .filter(id=use_id)
            .first()
        )
        if use is None:
            raise NotFound
        refusal = _refusal(actor, use, proof)
        if refusal is None:
            return _shown(actor, use, zone)
    record(
        actor=actor,
        deed=Deed.DENIED,
        subject_id=use.record_id,
        object_kind="break_glass_use",
        object_id=use.id,
        reason=refusal.code,
    )
    raise refusal


def _refusal(actor: Actor, use: BreakGlassUse, proof: Proof) -> DomainError | None:
    scope = eligibility_queries.scope_of(actor, Role.ADMINISTRATOR)
    if use.account_id != actor.account_id or not scope.covers(use.conversation.team.facility_id):
        return NotFound()
    if not use.opened_at <= clock.now() < use.ends_at:
        return Refused(f"The 30 minutes are over. {AGAIN}", code="expired")
    if use.signed_in_at != proof.signed_in_at:
        return Refused(f"The session in which you opened this has ended. {AGAIN}", code="session_ended")
    return None


def _shown(actor: Actor, use: BreakGlassUse, chosen_zone: str) -> Shown:
    conversation = use.conversation
    record(
        actor=actor,
        deed=Deed.CONVERSATION_READ,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        reason="break_glass",
        details={"use": str(use.id)},
    )
    zone = times.viewer_zone(chosen_zone, conversation.team.facility.time_zone)
    veteran = conversation.record.full_name
    return Shown(
        until=times.moment(use.ends_at, zone),
        minutes_left=math.ceil((use.ends_at - clock.now()).total_seconds() / 60),
        number=conversation.number,
        subject=conversation.unseal_text("subject_sealed"),
        veteran=veteran,
        team=f"{conversation.team.internal_name}, {conversation.team.facility.name}",
        category=conversation.get_category_display(),
        state=conversation.get_state_display(),
        entries=tuple(entries(conversation, side=Side.STAFF, zone=zone, you=veteran)),
        notes=_notes(conversation, zone),
    )


def _notes(conversation: Conversation, zone: dt.tzinfo) -> tuple[Note, ...]:
    found = list(InternalNote.objects.filter(conversation=conversation).select_related("author_staff"))
    warm(found, "body_sealed")
    return tuple(
        Note(
            id=note.id,
            author=note.author_staff.name,
            body=note.unseal_text("body_sealed"),
            written=times.moment(note.created_at, zone),
            written_iso=note.created_at.isoformat(),
        )
        for note in found
    )
