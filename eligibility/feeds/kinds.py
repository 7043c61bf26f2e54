"""The eight kinds of feed: their columns, keys and rules within one row (domain rules, section 10)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from eligibility.feeds import values as read
from eligibility.feeds.errors import BadRow
from eligibility.feeds.values import CONTROL, LONGEST_VALUE, Reading
from eligibility.models import Enrollment, Relation

Values = dict[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of feed. `key` columns name the row; those of `subject` whose rows are judged together."""

    name: str
    title: str
    columns: Mapping[str, Reading]
    key: tuple[str, ...]
    subject: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    period: tuple[str, str] | None = None
    check: Callable[[Values], None] | None = None
    # The column that names another row of the same kind, which may come later in the file.
    link: str = ""
    needed: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needed", frozenset(self.columns) - self.optional)

    def read(self, raw: Mapping[str, str]) -> Values:
        """Return the row's values in their settled form. Raises BadRow."""
        values = {}
        for name, text in raw.items():
            if len(text) > LONGEST_VALUE:
                raise BadRow("a value is longer than 1,000 characters")
            if CONTROL.search(text):
                raise BadRow("a value has a control character")
            values[name] = self.columns[name](text)
        if self.period and values[self.period[1]] and values[self.period[1]] < values[self.period[0]]:
            raise BadRow("the end is before the start")
        if self.check:
            self.check(values)
        return values

    def key_of(self, values: Values) -> str:
        """The key as one text; "|" is in none of its parts."""
        return "|".join(values[name] for name in self.key)

    def subject_of(self, values: Values) -> str:
        """The subject as one text."""
        return "|".join(values[name] for name in self.subject)


def _facility(values: Values) -> None:
    # A station that is its own parent has none.
    if values["parent_station"] == values["station_number"]:
        values["parent_station"] = ""


def _veteran(values: Values) -> None:
    if not values["first_name"] and not values["last_name"]:
        raise BadRow("first and last name are both empty")
    if values.get("merged_into") == values["icn"]:
        raise BadRow("the record is merged into itself")


def _staff(values: Values) -> None:
    # Whoever leads a team belongs to it.
    codes = {*values["care_team_codes"].split(";"), *values["lead_of"].split(";")} - {""}
    values["care_team_codes"] = ";".join(sorted(codes))


_PRIORITY = read.one_of("the priority group", *"12345678")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "facilities",
            "Facilities",
            {
                "station_number": read.station,
                "name": read.required("the name"),
                "state": read.anything,
                "parent_station": read.optional(read.station),
                "time_zone": read.time_zone,
                "phone": read.anything,
            },
            key=("station_number",),
            subject=("station_number",),
            optional=frozenset({"phone"}),
            check=_facility,
            link="parent_station",
        ),
        Kind(
            "veterans",
            "Veterans (master index)",
            {
                "icn": read.icn,
                "first_name": read.anything,
                "middle_name": read.anything,
                "last_name": read.anything,
                "birth_date": read.end_date,
                "ssn": read.ssn,
                "deceased": read.yes_no,
                "identity_theft": read.yes_no,
                "merged_into": read.optional(read.icn),
            },
            key=("icn",),
            subject=("icn",),
            optional=frozenset({"merged_into"}),
            check=_veteran,
            link="merged_into",
        ),
        Kind(
            "enrollment",
            "Enrollment",
            {
                "icn": read.icn,
                "status": read.one_of("the status", *Enrollment.Status.values),
                "priority_group": read.optional(_PRIORITY),
                "effective_date": read.date,
                "end_date": read.end_date,
            },
            key=("icn", "effective_date"),
            subject=("icn",),
            period=("effective_date", "end_date"),
        ),
        Kind(
            "registration",
            "Registration",
            {
                "icn": read.icn,
                "station_number": read.station,
                "registered_on": read.date,
                "ended_on": read.end_date,
            },
            key=("icn", "station_number", "registered_on"),
            subject=("icn", "station_number"),
            period=("registered_on", "ended_on"),
        ),
        Kind(
            "care_teams",
            "Care teams",
            {
                "code": read.code,
                "station_number": read.station,
                "internal_name": read.required("the internal name"),
                "public_name": read.required("the public name"),
                "care_type": read.anything,
                "phone": read.anything,
            },
            key=("code",),
            subject=("code",),
        ),
        Kind(
            "participation",
            "Participation",
            {
                "staff_id": read.code,
                "care_team_code": read.code,
                "role": read.lower,
                "opted_in": read.yes_no,
                "effective_from": read.date,
                "effective_until": read.end_date,
            },
            key=("staff_id", "care_team_code", "effective_from"),
            subject=("staff_id", "care_team_code"),
            period=("effective_from", "effective_until"),
        ),
        Kind(
            "associations",
            "Associations",
            {
                "icn": read.icn,
                "care_team_code": read.code,
                "relation": read.one_of("the relation", *Relation.values),
                "effective_from": read.date,
                "effective_until": read.end_date,
            },
            key=("icn", "care_team_code", "relation", "effective_from"),
            subject=("icn", "care_team_code", "relation"),
            period=("effective_from", "effective_until"),
        ),
        Kind(
            "staff",
            "Staff",
            {
                "staff_id": read.code,
                "name": read.required("the name"),
                "email": read.email,
                "station_number": read.station,
                "title": read.anything,
                "active": read.yes_no,
                "care_team_codes": read.code_list,
                "lead_of": read.code_list,
            },
            key=("staff_id",),
            subject=("staff_id",),
            check=_staff,
        ),
    )
}

__all__ = ["KINDS", "Kind", "Values"]
