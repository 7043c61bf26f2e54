"""Who may know of which uses, and what the page of one says."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from eligibility.models import Role
from messaging.breakglass.officers import to_judge
from messaging.models import BreakGlassUse
from smportal import clock, times
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound


def may_break_glass(actor: Actor) -> bool:
    """Tell whether the actor administers some facility, with a second factor."""
    return actor.kind is ActorKind.STAFF and actor.second_factor and actor.has_role(Role.ADMINISTRATOR)


def check_administrator(actor: Actor) -> uuid.UUID:
    """Return the administrator's account id. Raises NotFound for anybody who administers nothing."""
    if not may_break_glass(actor) or actor.account_id is None:
        raise NotFound
    return actor.account_id


def reviewable(actor: Actor) -> QuerySet[BreakGlassUse]:
    """Return the uses at facilities whose privacy officer the actor is; own ones too, which others must review."""
    return to_judge(actor, BreakGlassUse.objects.all())


def visible_uses(actor: Actor) -> QuerySet[BreakGlassUse]:
    """Return what the actor's list shows: an administrator's own uses, and those to review."""
    shown = Q(id__in=reviewable(actor).values("id"))
    if may_break_glass(actor):
        shown |= Q(account_id=actor.account_id)
    return BreakGlassUse.objects.filter(shown)


@dataclass(frozen=True, slots=True)
class UseView:
    """One use as its page shows it."""

    id: uuid.UUID
    who: str
    facility: str
    conversation_id: uuid.UUID
    opened: str
    until: str
    reason: str
    verdict: str
    note: str
    reviewed: str
    reviewer: str
    is_own: bool
    is_running: bool
    may_review: bool


def read_use(*, actor: Actor, use_id: uuid.UUID, zone: str = "") -> UseView:
    """Return one use with its reason, having recorded that the actor read it. Raises NotFound.

    No audit row, no reason: both are in one transaction. `zone` is the one that the viewer chose.
    """
    with transaction.atomic():
        use = visible_uses(actor).select_related("facility", "reviewed_by").filter(id=use_id).first()
        if use is None:
            raise NotFound
        record(
            actor=actor,
            deed=Deed.BREAK_GLASS_READ,
            subject_id=use.record_id,
            object_kind="break_glass_use",
            object_id=use.id,
        )
        return _use_view(actor, use, times.viewer_zone(zone, use.facility.time_zone))


def _use_view(actor: Actor, use: BreakGlassUse, zone: dt.tzinfo) -> UseView:
    is_own = use.account_id == actor.account_id
    return UseView(
        id=use.id,
        who=use.account_name,
        facility=str(use.facility),
        conversation_id=use.conversation_id,
        opened=times.moment(use.opened_at, zone),
        until=times.moment(use.ends_at, zone),
        reason=use.unseal_text("reason_sealed"),
        verdict=use.get_verdict_display(),
        note=use.unseal_text("review_note_sealed"),
        reviewed=times.moment(use.reviewed_at, zone) if use.reviewed_at else "",
        reviewer=use.reviewed_by.username if use.reviewed_by else "",
        is_own=is_own,
        is_running=is_own and may_break_glass(actor) and clock.now() < use.ends_at,
        may_review=not is_own and use.reviewed_at is None and reviewable(actor).filter(id=use.id).exists(),
    )
