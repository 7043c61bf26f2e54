"""Comparing typed traits with the master index. Whoever types them learns one bit: connected, or not."""

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import actions, attempts
from accounts.models import Account, Level, VeteranRecord
from accounts.oidc import notices
from accounts.oidc.actions import holder_of
from accounts.oidc.claims import Traits
from accounts.oidc.matching import candidates
from accounts.traits.queries import Standing, standing_of
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, Refused

# Domain rules, section 2.
TRIES_A_DAY = 5
DAY_SECONDS = 86_400
# Stands in for a record where none was found, so that every answer asks the database the same things.
NOBODY = uuid.UUID(int=0)


def connect(*, actor: Actor, traits: Traits, keep_session: str | None = None) -> bool:
    """Connect the actor's Basic account to the one record that the traits match, which makes it Advanced.

    Return False when there is none, several, a locked one, or one that another account holds: the
    caller answers all of these alike; only the audit trail knows which. Ends the account's sessions
    but `keep_session` (a session key). Raises Refused: too_many_tries, or cannot_connect for an
    account that has a record or proves itself elsewhere.
    """
    if standing_of(actor) is not Standing.MAY_TRY:
        raise Refused(_("This account can’t be connected this way."), code="cannot_connect")
    _count(actor)
    with transaction.atomic():
        reason = _connect(actor, traits, keep_session)
        _audit(actor, reason)
    return reason == "matched"


def _count(actor: Actor) -> None:
    """Count the try for good, before anything is compared: what fails later still was one."""
    if not attempts.consume(f"traits:{actor.account_id}", most=TRIES_A_DAY, seconds=DAY_SECONDS):
        _audit(actor, "too_many_tries")
        raise Refused(_("You’ve tried 5 times today. Try again tomorrow."), code="too_many_tries")


def _connect(actor: Actor, traits: Traits, keep_session: str | None) -> str:
    """Return how the comparison ended, having linked the record when it is "matched"."""
    found = candidates(traits)
    # Whoever signs up for the same record waits here; the record comes before any account, as in a sign-in.
    match = VeteranRecord.objects.select_for_update(no_key=True).filter(pk=min(found, default=NOBODY)).first()
    holder = holder_of(match or VeteranRecord(pk=NOBODY))
    account = Account.objects.get(pk=actor.account_id or NOBODY)
    if match is None:
        return "no_match"
    if len(found) > 1:
        return "several_matches"
    if match.is_locked:
        return "deceased" if match.deceased else "identity_theft"
    if holder is not None:
        return "taken"
    try:
        with transaction.atomic():
            actions.link_record(
                actor=actor, account=account, record_linked=match, reason="typed_traits", keep_session=keep_session
            )
    except Conflict:
        return "taken"
    actions.set_level(
        actor=actor, account=account, level=Level.ADVANCED, reason="typed_traits", keep_session=keep_session
    )
    notices.record_linked(account)
    return "matched"


def _audit(actor: Actor, reason: str) -> None:
    record(actor=actor, deed=Deed.TRAITS_COMPARED, object_kind="account", object_id=actor.account_id, reason=reason)
