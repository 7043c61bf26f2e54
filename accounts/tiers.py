"""What each credential's own level proves (domain rules, section 2). Pure."""

from accounts.models import CredentialKind, Level
from smportal.tiers import Tier

_TIERS = {
    (CredentialKind.MHV, Level.BASIC): Tier.BASIC,
    (CredentialKind.MHV, Level.ADVANCED): Tier.ADVANCED,
    (CredentialKind.MHV, Level.PREMIUM): Tier.VERIFIED,
    (CredentialKind.DSLOGON, Level.DSLOGON1): Tier.BASIC,
    (CredentialKind.DSLOGON, Level.DSLOGON2): Tier.VERIFIED,
    (CredentialKind.IDME, Level.LOA1): Tier.BASIC,
    (CredentialKind.IDME, Level.LOA3): Tier.VERIFIED,
    (CredentialKind.LOGINGOV, Level.IAL1): Tier.BASIC,
    (CredentialKind.LOGINGOV, Level.IAL2): Tier.VERIFIED,
}


def tier_of(kind: str, level: str) -> Tier:
    """Return the tier that a credential of this kind at this level proves; unknown proves nothing."""
    try:
        return _TIERS.get((CredentialKind(kind), Level(level)), Tier.NONE)
    except ValueError:
        return Tier.NONE


def session_tier(kind: str, level: str, *, second_factor: bool) -> Tier:
    """Return what a session may do: My HealtheVet Premium counts as verified only with a second factor."""
    tier = tier_of(kind, level)
    if kind == CredentialKind.MHV and tier >= Tier.VERIFIED and not second_factor:
        return Tier.ADVANCED
    return tier
