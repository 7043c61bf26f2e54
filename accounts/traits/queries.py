"""Whether an account may be connected by typed traits."""

import enum

from accounts.models import Account, CredentialKind
from accounts.tiers import tier_of
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier


class Standing(enum.Enum):
    """What the page about connecting has to offer to somebody."""

    MAY_TRY = "a My HealtheVet account below Premium, without a record"
    CONNECTED = "the account has a record"
    ELSEWHERE = "another service proves who this is"


def standing_of(actor: Actor) -> Standing:
    """Return where the account that acts stands."""
    account = Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None
    if account is None or actor.kind is not ActorKind.VETERAN:
        return Standing.ELSEWHERE
    if account.record_id is not None:
        return Standing.CONNECTED
    own = account.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).first()
    if own is None or tier_of(own.kind, own.level) >= Tier.VERIFIED:
        return Standing.ELSEWHERE
    return Standing.MAY_TRY


def is_below_premium(actor: Actor) -> bool:
    """Tell whether the account's own credential may still rise."""
    found = Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None
    own = found.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).first() if found else None
    return own is not None and tier_of(own.kind, own.level) < Tier.VERIFIED
