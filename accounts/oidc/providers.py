"""The four services: how each names levels and people, and which of them this installation has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import CredentialKind, Level
from smportal.settings.oidc import Client

_NIST = "http://idmanagement.gov/ns/assurance"
_LOGINGOV = {
    f"{_NIST}/ial/1": Level.IAL1,
    f"{_NIST}/ial/2": Level.IAL2,
    "urn:acr.login.gov:auth-only": Level.IAL1,
    "urn:acr.login.gov:verified": Level.IAL2,
    "urn:acr.login.gov:verified-facial-match-required": Level.IAL2,
}
_IDME = {
    f"{_NIST}/loa/1": Level.LOA1,
    f"{_NIST}/loa/1/vets": Level.LOA1,
    f"{_NIST}/ial/1": Level.LOA1,
    f"{_NIST}/loa/3": Level.LOA3,
    f"{_NIST}/loa/3/vets": Level.LOA3,
    f"{_NIST}/ial/2": Level.LOA3,
    f"{_NIST}/ial/2/aal/2": Level.LOA3,
}
# Somebody at level 1 who verified the identity online during this sign-in counts as level 2.
_DSLOGON = {
    "1": Level.DSLOGON1,
    "2": Level.DSLOGON2,
    f"{_NIST}/loa/1": Level.DSLOGON1,
    f"{_NIST}/loa/3": Level.DSLOGON2,
    f"{_NIST}/ial/2": Level.DSLOGON2,
}


@dataclass(frozen=True, slots=True)
class TraitNames:
    """What a service calls a person's traits."""

    first: str = "given_name"
    last: str = "family_name"
    born: str = "birthdate"
    ssn: str = "social_security_number"


@dataclass(frozen=True, slots=True)
class Service:
    """What is the same at every installation: exact level values; anything else is unknown."""

    kind: CredentialKind
    levels: Mapping[str, Level] = field(default_factory=dict)
    traits: TraitNames = TraitNames()


SERVICES = {
    "dslogon": Service(
        CredentialKind.DSLOGON,
        _DSLOGON,
        TraitNames("dslogon_fname", "dslogon_lname", "dslogon_birth_date", "dslogon_idvalue"),
    ),
    "idme": Service(CredentialKind.IDME, _IDME, TraitNames("fname", "lname", "birth_date", "social")),
    "logingov": Service(CredentialKind.LOGINGOV, _LOGINGOV),
    "staffsso": Service(CredentialKind.STAFF),
}


@dataclass(frozen=True, slots=True)
class Provider:
    """One service as this installation uses it."""

    slug: str
    service: Service
    client: Client

    @property
    def kind(self) -> CredentialKind:
        return self.service.kind

    @property
    def name(self) -> str:
        """The service's name as people know it."""
        return str(self.service.kind.label)

    @property
    def is_for_staff(self) -> bool:
        return self.kind == CredentialKind.STAFF


def find(slug: str) -> Provider | None:
    """Return the service, or None when this installation does not have it."""
    client = settings.OIDC_PROVIDERS.get(slug)
    return Provider(slug, SERVICES[slug], client) if client and slug in SERVICES else None


def of_kind(kind: str) -> Provider | None:
    """Return the service that issues credentials of a kind, or None when it is not offered."""
    return next((found for slug in SERVICES if (found := find(slug)) and found.kind == kind), None)
