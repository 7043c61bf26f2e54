"""Who can sign in at which sandbox, and what it says of them. Nobody here is real."""

from dataclasses import dataclass
from typing import Any

from smportal.devstack.world.personas import DSLOGON, IDME, LOGINGOV, STAFF_SSO, VETERANS, Persona
from smportal.devstack.world.staff import EVERYBODY

_NIST = "http://idmanagement.gov/ns/assurance"
# Each service's own words for its levels, the verified one last.
LEVELS = {
    DSLOGON: {"1": "1", "2": "2"},
    IDME: {"loa1": f"{_NIST}/loa/1", "loa3": f"{_NIST}/loa/3"},
    LOGINGOV: {"ial1": f"{_NIST}/ial/1", "ial2": f"{_NIST}/ial/2"},
    STAFF_SSO: {"password": "", "mfa": ""},
}
LABELS = {
    "1": "Level 1 (Basic)",
    "2": "Level 2 (Premium)",
    "loa1": "LOA1: not verified",
    "loa3": "LOA3: verified",
    "ial1": "IAL1: not verified",
    "ial2": "IAL2: verified",
    "password": "password only",
    "mfa": "password and second step",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of the page: somebody at a level."""

    key: str
    level: str
    name: str
    shows: str

    @property
    def label(self) -> str:
        """Return the level in the service's words."""
        return LABELS[self.level]


def choices(slug: str, *, wants_verified: bool) -> tuple[list[Choice], list[Choice]]:
    """Return the service's own people, and the others of the cast as somebody new to it.

    Where a verified identity is asked for, those who have none can verify it now.
    """
    basic, verified = LEVELS[slug]
    if slug == STAFF_SSO:
        staff = [(person.key, person.name, person.title, person.sign_in == "sso") for person in EVERYBODY]
        levels = (verified, basic)
        own = [Choice(key, level, name, shows) for key, name, shows, sso in staff if sso for level in levels]
        return own, [Choice(key, verified, name, shows) for key, name, shows, sso in staff if not sso]
    own = []
    for person in (person for person in VETERANS if person.kind == slug):
        own.append(Choice(person.key, person.level, person.full_name, person.shows))
        if person.level == basic and wants_verified:
            own.append(Choice(person.key, verified, person.full_name, "Verifies the identity now"))
    others = [Choice(p.key, verified, p.full_name, p.shows) for p in VETERANS if p.kind != slug]
    return own, others


def claims(slug: str, key: str, level: str) -> dict[str, Any]:
    """Return what the service says of somebody at a level. Raises KeyError for an unknown person or level."""
    stated = LEVELS[slug][level]
    if slug == STAFF_SSO:
        staff = next((person for person in EVERYBODY if person.key == key), None)
        if staff is None:
            raise KeyError(key)
        used = ["pwd", "otp", "mfa"] if level == "mfa" else ["pwd"]
        return {"sub": f"{slug}-{key}", "employee_id": staff.staff_id, "amr": used}
    person = next((person for person in VETERANS if person.key == key), None)
    if person is None:
        raise KeyError(key)
    is_verified = list(LEVELS[slug]).index(level) == 1
    said = {"sub": f"{slug}-{key}", "acr": stated, "email": person.email, "email_verified": True}
    return said | (_traits(slug, person) if is_verified else {})


def _traits(slug: str, person: Persona) -> dict[str, Any]:
    names = {
        DSLOGON: ("dslogon_fname", "dslogon_lname", "dslogon_birth_date", "dslogon_idvalue"),
        IDME: ("fname", "lname", "birth_date", "social"),
        LOGINGOV: ("given_name", "family_name", "birthdate", "social_security_number"),
    }[slug]
    ssn = person.ssn if slug == DSLOGON else f"{person.ssn[:3]}-{person.ssn[3:5]}-{person.ssn[5:]}"
    return dict(zip(names, (person.first, person.last, person.born, ssn), strict=True))
