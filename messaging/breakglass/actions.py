"""Breaking the glass, and judging that it was broken."""

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.db import transaction

from accounts import attempts
from accounts.models import Account
from eligibility import queries as eligibility_queries
from eligibility.models import Role, StaffMember
from messaging.breakglass.officers import officers_to_tell
from messaging.breakglass.proof import Proof
from messaging.breakglass.queries import check_administrator, reviewable
from messaging.models import BreakGlassUse, Conversation, NotificationKind, Verdict
from messaging.notifications.actions import notify
from messaging.reviewing import Review
from messaging.text import clean_text
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, Refused

logger = logging.getLogger(__name__)

TRIES = 10
HOUR_SECONDS = 3_600
REASON_LEAST, REASON_MOST = 10, 1_000
NUMBER_DIGITS = 10


def break_glass(*, actor: Actor, number: str, reason: str, proof: Proof) -> BreakGlassUse:
    """Open one conversation for the actor's account, in this session, for 30 minutes; the privacy officers are told.

    Raises NotFound for whoever is no administrator, Refused (stale_factor, too_many_tries), and
    InvalidInput for `number` and `reason`. A number that does not exist and one that lies outside of
    the actor's facilities get the same answer; only the audit trail knows which.
    """
    account_id = check_administrator(actor)
    if not proof.is_fresh:
        raise Refused("Confirm that it’s you once more, then send this form again.", code="stale_factor")
    wanted = _number(number)
    reason = _reason(reason)
    _count(actor)
    with transaction.atomic():
        use = _open(actor, wanted, _Request(account_id, reason, proof.signed_in_at))
    if use is None:
        _record_refusal(actor, wanted)
        raise InvalidInput(
            "We can’t open a conversation with this number. Check the number, and that it belongs to your facility.",
            code="not_openable",
            field="number",
        )
    return use


def _number(typed: str) -> int:
    digits = "".join(typed.split()).replace("-", "")
    if len(digits) != NUMBER_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise InvalidInput("Enter the 10 digits of the message number.", code="not_a_number", field="number")
    return int(digits)


def _reason(typed: str) -> str:
    reason = clean_text(typed, field="reason", label="Reason", most=REASON_MOST)
    if len(reason.strip()) < REASON_LEAST:
        raise InvalidInput(f"Enter a reason of {REASON_LEAST} characters or more.", code="too_short", field="reason")
    return reason


def _count(actor: Actor) -> None:
    """Count the try for good, before anything is looked up: what fails later still was one."""
    if not attempts.consume(f"break-glass:{actor.account_id}", most=TRIES, seconds=HOUR_SECONDS):
        record(actor=actor, deed=Deed.DENIED, object_kind="break_glass", reason="too_many_tries")
        raise Refused(f"You’ve tried {TRIES} times this hour. Try again in an hour.", code="too_many_tries")


@dataclass(frozen=True, slots=True)
class _Request:
    account_id: uuid.UUID
    reason: str
    signed_in_at: dt.datetime


def _open(actor: Actor, number: int, asked: _Request) -> BreakGlassUse | None:
    conversation = Conversation.objects.select_related("team").filter(number=number).first()
    scope = eligibility_queries.scope_of(actor, Role.ADMINISTRATOR)
    if conversation is None or not scope.covers(conversation.team.facility_id):
        return None
    use = BreakGlassUse(
        account_id=asked.account_id,
        account_name=_name_of(asked.account_id),
        conversation=conversation,
        record_id=conversation.record_id,
        facility_id=conversation.team.facility_id,
        signed_in_at=asked.signed_in_at,
        opened_at=clock.now(),
    )
    use.seal_text("reason_sealed", asked.reason)
    use.save(force_insert=True)
    told = officers_to_tell(use.facility_id, but=use.account_id)
    if not told:
        logger.error("security alert: no privacy officer to tell of break glass", extra={"event": "nobody_to_tell"})
    notify(kind=NotificationKind.BREAK_GLASS, recipient_ids=told, cause_id=use.id, conversation_id=conversation.id)
    record(
        actor=actor,
        deed=Deed.BROKE_GLASS,
        subject_id=use.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        details={"use": str(use.id), "told": len(told)},
    )
    return use


def _name_of(account_id: uuid.UUID) -> str:
    name = StaffMember.objects.filter(account_id=account_id).values_list("name", flat=True).first()
    return name or Account.objects.values_list("username", flat=True).get(id=account_id)


def _record_refusal(actor: Actor, number: int) -> None:
    found = Conversation.objects.filter(number=number).values_list("id", "record_id").first()
    conversation_id, record_id = found or (None, None)
    record(
        actor=actor,
        deed=Deed.DENIED,
        subject_id=record_id,
        object_kind="conversation",
        object_id=conversation_id,
        reason="break_glass",
        details={"exists": found is not None},
    )


REVIEW = Review(
    deed=Deed.BREAK_GLASS_REVIEWED,
    object_kind="break_glass_use",
    verdicts=Verdict.values,
    needs_note=Verdict.NOT_APPROPRIATE,
    nothing_chosen="Choose what you found.",
    own="Another person must review this: it’s your own use.",
)


def review(*, actor: Actor, row_id: uuid.UUID, verdict: str, note: str) -> BreakGlassUse:
    """Judge a use as its facility's privacy officer. Raises what Review.judge does."""
    return REVIEW.judge(reviewable(actor), row_id, actor=actor, verdict=verdict, note=note)
