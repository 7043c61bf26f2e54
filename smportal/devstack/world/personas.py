"""Thirty veterans (veterans.csv): every way to sign in, every answer of the checklist. Nobody here is real.

The sandbox sign-in services read this file as well: issuer, subject, level and traits of a persona
are what such a service vouches for. SSNs begin with 9, which no real one does.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

MHV, DSLOGON, IDME, LOGINGOV, STAFF_SSO = "mhv", "dslogon", "idme", "logingov", "staffsso"
SERVICES = {
    MHV: "My HealtheVet",
    DSLOGON: "DS Logon",
    IDME: "ID.me",
    LOGINGOV: "Login.gov",
    STAFF_SSO: "VA staff sign-in",
}
# Names of sandboxes, not addresses: `.test` leads nowhere (RFC 2606).
ISSUERS = {
    DSLOGON: "https://dslogon.example.test/",
    IDME: "https://idme.example.test/",
    LOGINGOV: "https://logingov.example.test/",
    STAFF_SSO: "https://staff.example.test/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A veteran.

    `failing` is the code of the one requirement that is not met, "" for somebody who may write;
    `block_code` that of the blocks, which may leave teams to write to. `blocked` names teams,
    stations ("@554"), or all ("*"). `until_days`: wrote last at least so many days ago, because
    something changed since. `eras` and `spanish` say which of the texts could be theirs.
    """

    number: int
    key: str
    first: str
    middle: str
    last: str
    born: str
    sex: str
    eras: tuple[str, ...]
    spanish: bool
    station: str
    pact: str
    kind: str
    level: str
    in_index: bool
    is_linked: bool
    writes: bool
    until_days: int
    failing: str
    blocked: tuple[str, ...]
    block_code: str
    shows: str

    @property
    def icn(self) -> str:
        """Ten digits, V, six digits."""
        return f"{1_012_900_000 + self.number * 37}V{710_000 + self.number * 211}"

    @property
    def old_icn(self) -> str:
        """The record that was merged into `icn`, for the one person who has two."""
        return f"{1_012_800_000 + self.number * 37}V{720_000 + self.number * 211}"

    @property
    def ssn(self) -> str:
        """Nine digits that were never given to anybody."""
        return f"9{self.number:02}70{4000 + self.number * 13}"

    @property
    def email(self) -> str:
        """An address that no mail server can deliver to."""
        return f"{self.key}@example.test"

    @property
    def subject(self) -> str:
        """What the sign-in service calls this person."""
        return f"{self.kind}-{self.key}"

    @property
    def full_name(self) -> str:
        """First and last name; either may be missing."""
        return " ".join(part for part in (self.first, self.last) if part)


BIG_MAILBOX = "harold.jenkins"
MERGED, DECEASED, FLAGGED, ENDED = "sean.oconnor", "clarence.whitmore", "nadia.petrov", "dwight.boudreaux"
# Of whom a note is in the demo's health record, and whom that does not know.
SAVED, STRANGER = "denise.kowalski", "patricia.lindgren"


def _persona(row: dict[str, str]) -> Persona:
    flags = {name: row[name] == "yes" for name in ("spanish", "in_index", "is_linked", "writes")}
    lists = {name: tuple(filter(None, row[name].split(";"))) for name in ("eras", "blocked")}
    numbers = {name: int(row[name]) for name in ("number", "until_days")}
    return Persona(**{**row, **flags, **lists, **numbers})  # type: ignore[arg-type]


def _read() -> tuple[Persona, ...]:
    with Path(__file__).with_name("veterans.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_persona(row) for row in csv.DictReader(file))


VETERANS = _read()
# A note about this person is refused, and is to be dealt with.
NOT_IN_RECORD = next(person.icn for person in VETERANS if person.key == STRANGER)
