"""The cast as data: who can sign in to the demo, and what each of them shows. Needs no database."""

import json
from dataclasses import asdict, dataclass

from smportal.devstack.world import keyrings
from smportal.devstack.world.personas import MHV, SERVICES, STAFF_SSO, VETERANS, Persona
from smportal.devstack.world.staff import EVERYBODY, PASSWORD, StaffPersona

# The other services are sandboxes of the demo, which ask for no password.
ELSEWHERE = " Choose “{service}” on the sign-in page, then this name."


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of `bin/demo --people`; empty texts where somebody has no such thing."""

    name: str
    role: str
    sign_in: str
    username: str
    password: str
    totp_secret: str
    shows: str


def people() -> list[Member]:
    """Return everybody, those to try first at the head."""
    veterans = [_veteran(persona) for persona in VETERANS]
    return [*veterans, *(_staff(persona) for persona in EVERYBODY)]


def has_app(persona: Persona) -> bool:
    """Tell whether a veteran has an authenticator app: Premium accounts of My HealtheVet."""
    return persona.kind == MHV and persona.level == "premium"


def _veteran(persona: Persona) -> Member:
    service = f"{SERVICES[persona.kind]} ({persona.level})"
    if persona.kind != MHV:
        shows = persona.shows + "." + ELSEWHERE.format(service=SERVICES[persona.kind])
        return Member(persona.full_name, "veteran", service, persona.subject, "", "", shows)
    seed = keyrings.totp_secret(persona.key) if has_app(persona) else ""
    return Member(
        persona.full_name, "veteran", service, persona.key, keyrings.password(persona.key), seed, persona.shows
    )


def _staff(persona: StaffPersona) -> Member:
    role = persona.title
    if persona.sign_in != PASSWORD:
        service = SERVICES[STAFF_SSO]
        shows = persona.shows + "." + ELSEWHERE.format(service=service)
        return Member(persona.name, role, service, f"{STAFF_SSO}-{persona.key}", "", "", shows)
    return Member(
        persona.name,
        role,
        "Staff user name and password",
        persona.key,
        keyrings.password(persona.key),
        keyrings.totp_secret(persona.key),
        persona.shows,
    )


def as_json() -> str:
    """Return the cast as a JSON list."""
    return json.dumps([asdict(member) for member in people()], indent=2, ensure_ascii=False)


if __name__ == "__main__":
    print(as_json())
