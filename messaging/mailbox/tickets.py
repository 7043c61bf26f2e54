"""Tickets: what a form carries so that it can be kept although its session has ended meanwhile.

A ticket names account, draft, conversation and session, signed under a salt of its own. It lets
nobody in and sends nothing: it only allows a text to be kept as its account's draft, when a limit ended
exactly that session less than 12 hours ago (domain rules, section 4).
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from accounts import ended
from accounts.models import Account, AccountKind
from accounts.tiers import tier_of
from eligibility.middleware import surviving
from messaging.web import actor_of
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier

SALT = "messaging.mailbox.ticket"
FIELD = "ticket"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says. `session` is the keyed digest of the session's key."""

    account_id: uuid.UUID
    draft_id: uuid.UUID
    conversation_id: uuid.UUID | None
    session: str


def issue(request: HttpRequest, draft_id: object, conversation_id: uuid.UUID | None = None) -> str:
    """Return a ticket for the form that this request's page shows; empty where nobody has signed in."""
    actor, key = actor_of(request), request.session.session_key
    if actor.account_id is None or not key:
        return ""
    said = [
        actor.account_id.hex,
        str(draft_id),
        str(conversation_id or ""),
        ended.digest_of(key),
        int(clock.now().timestamp()),
    ]
    return Signer(salt=SALT).sign_object(said)


def read(signed: str) -> Ticket | None:
    """Return what a ticket says, or None for one that is forged, malformed or older than 12 hours."""
    try:
        account, draft, conversation, session, issued = Signer(salt=SALT).unsign_object(signed)
        age = clock.now().timestamp() - issued
        if not 0 <= age <= settings.SESSION_ABSOLUTE_SECONDS:
            return None
        return Ticket(uuid.UUID(account), uuid.UUID(draft), uuid.UUID(conversation) if conversation else None, session)
    except (BadSignature, ValueError, TypeError):
        return None


def writer(ticket: Ticket, request: HttpRequest) -> Actor | None:
    """Return who wrote the form of this ticket, or None when its session was not ended by a limit.

    Work without a session uses the account's highest tier (domain rules, section 2).
    """
    if not ended.by_limit(ticket.account_id, ticket.session):
        return None
    accounts = Account.objects.select_related("record__merged_into", "staff_member")
    account = accounts.filter(id=ticket.account_id, is_active=True).first()
    if account is not None and account.kind == AccountKind.STAFF:
        return _staff(account, actor_of(request))
    if account is None or account.record is None:
        return None
    record = surviving(account.record)
    if account.record.is_locked or record.is_locked:
        return None
    held = account.credentials.filter(unlinked_at__isnull=True).values_list("kind", "level")
    now = actor_of(request)
    return Actor(
        kind=ActorKind.VETERAN,
        account_id=account.id,
        record_id=record.id,
        tier=max((tier_of(kind, level) for kind, level in held), default=Tier.NONE),
        address=now.address,
        request_id=now.request_id,
    )


def _staff(account: Account, now: Actor) -> Actor | None:
    """Return a member whose session ended; only sessions with a second factor are given staff's forms."""
    member = getattr(account, "staff_member", None)
    if member is None or not member.is_active:
        return None
    return Actor(
        kind=ActorKind.STAFF,
        account_id=account.id,
        staff_id=member.id,
        second_factor=True,
        address=now.address,
        request_id=now.request_id,
    )
