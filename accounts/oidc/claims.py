"""What verified claims say: the level, the second factor, and the traits. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.matching import match_name
from accounts.models import CredentialKind, Level
from accounts.oidc.providers import Service
from accounts.sessions import Factor
from accounts.tiers import tier_of
from smportal.tiers import Tier

LEVEL_CLAIMS = ("acr", "ial")
LONGEST_NAME = 1000
# RFC 8176: a key in hardware or a smart card, and what unlocks it.
_KEYS = frozenset({"hwk", "sc"})
_UNLOCKS = frozenset({"mfa", "pin", "pwd", "fpt", "face", "iris", "retina"})


@dataclass(frozen=True, slots=True)
class Traits:
    """What a verified credential proves of a person; kept in memory for the matching only."""

    name: str = field(repr=False)
    born: dt.date = field(repr=False)
    ssn: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as a service vouches for them in this sign-in."""

    kind: CredentialKind
    issuer: str
    subject: str
    level: Level
    factor: Factor = Factor.NONE
    traits: Traits | None = None
    email: str = field(default="", repr=False)
    staff_id: str = ""

    @property
    def is_verified(self) -> bool:
        return tier_of(self.kind, self.level) >= Tier.VERIFIED


def level_of(service: Service, claims: Mapping[str, Any]) -> Level:
    """Return the level that the ID token states, the lower one where it states two.

    No statement, a value that is not in the service's table, or a list is UNKNOWN, which proves nothing.
    """
    stated = [claims[name] for name in LEVEL_CLAIMS if name in claims]
    levels = [service.levels.get(value, Level.UNKNOWN) if isinstance(value, str) else Level.UNKNOWN for value in stated]
    return min(levels, key=lambda level: tier_of(service.kind, level), default=Level.UNKNOWN)


def factor_of(claims: Mapping[str, Any]) -> Factor:
    """Return the second factor that `amr` shows (domain rules, section 2): nothing else counts as one."""
    stated = claims.get("amr")
    if not isinstance(stated, list) or not all(isinstance(value, str) for value in stated):
        return Factor.NONE
    used = frozenset(stated)
    if used & _KEYS and used & _UNLOCKS:
        return Factor.SSO_KEY
    return Factor.SSO if "mfa" in used or ("otp" in used and used & {"pwd", "pin"}) else Factor.NONE


def traits_of(service: Service, claims: Mapping[str, Any]) -> Traits | None:
    """Return the traits, or None unless there are a name, a birth date and nine digits of an SSN."""
    names = service.traits
    first, last = _text(claims.get(names.first)), _text(claims.get(names.last))
    ssn = re.sub(r"[ -]", "", _text(claims.get(names.ssn)))
    born = _date(_text(claims.get(names.born)))
    if not (first or last) or born is None or not re.fullmatch(r"[0-9]{9}", ssn):
        return None
    return Traits(match_name(first, last), born, ssn)


def email_of(claims: Mapping[str, Any]) -> str:
    """Return the address that the service has verified, "" when there is none."""
    return _text(claims.get("email")).lower() if claims.get("email_verified") is True else ""


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) and len(value) <= LONGEST_NAME else ""


def _date(text: str) -> dt.date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
