"""The people who work there (staff.csv): 25 on care teams, five who keep watch. Nobody here is real."""

import csv
from dataclasses import dataclass
from pathlib import Path

CLERK = "clerk"
PASSWORD = "password"  # noqa: S105 - a way to sign in
ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class StaffPersona:
    """Somebody on the staff. `role` (as `by` in the texts) is "" for those who are on no care team.

    `grants` are pairs of a role and a station ("" = everywhere). `sign_in` is PASSWORD or "sso".
    """

    key: str
    name: str
    title: str
    station: str
    role: str
    teams: tuple[str, ...]
    leads: tuple[str, ...]
    grants: tuple[tuple[str, str], ...]
    sign_in: str
    shows: str

    @property
    def email(self) -> str:
        """An address that no mail server can deliver to."""
        return f"{self.key}@example.test"

    @property
    def staff_id(self) -> str:
        """The key of the staff feed."""
        return f"S-{self.key.replace('.', '-')}"


def _person(row: dict[str, str]) -> StaffPersona:
    teams, leads, grants = (tuple(filter(None, row[name].split(";"))) for name in ("teams", "leads", "grants"))
    pairs = tuple((role, station) for role, _, station in (grant.partition("@") for grant in grants))
    return StaffPersona(
        row["key"],
        row["name"],
        row["title"],
        row["station"],
        row["role"],
        teams,
        leads,
        pairs,
        row["sign_in"],
        row["shows"],
    )


def _read() -> tuple[StaffPersona, ...]:
    with Path(__file__).with_name("staff.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_person(row) for row in csv.DictReader(file))


EVERYBODY = _read()
