"""Five facilities in five time zones and their care teams. Phone numbers are 555-01xx, which nobody has."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
# The public list of all facilities, where somebody has put it beside the project; else our own short one.
ALL_FACILITIES = ROOT.parent / "shared" / "data" / "va_facilities.csv"
OWN_FACILITIES = Path(__file__).with_name("facilities.csv")

PORTLAND, BOSTON, DENVER, SAN_JUAN, HONOLULU = "648", "523", "554", "672", "459"
PHONES = {
    PORTLAND: "503-555-0100",
    BOSTON: "617-555-0100",
    DENVER: "303-555-0100",
    SAN_JUAN: "787-555-0100",
    HONOLULU: "808-555-0100",
}


@dataclass(frozen=True, slots=True)
class Team:
    """A care team: `internal` is what staff call it, `public` what veterans read."""

    code: str
    station: str
    care_type: str
    internal: str
    public: str
    phone: str
    opted_in: bool = True


TEAMS = (
    Team("PDX-PACT-BLUE3", PORTLAND, "primary_care", "PDX PACT Blue 3", "Primary care, Blue team 3", "503-555-0113"),
    Team("PDX-PACT-GRN1", PORTLAND, "primary_care", "PDX PACT Green 1", "Primary care, Green team 1", "503-555-0111"),
    Team("PDX-MHC-2", PORTLAND, "mental_health", "PDX MHC 2 OPT", "Mental health clinic", "503-555-0122"),
    Team(
        "PDX-CARD-1", PORTLAND, "cardiology", "PDX CARD FELLOWS/DEVICE", "Heart care and device clinic", "503-555-0131"
    ),
    Team("PDX-PHARM-A", PORTLAND, "pharmacy", "PDX PHARM CLIN A", "Pharmacy questions and refills", "503-555-0141"),
    Team("PDX-WHC-1", PORTLAND, "womens_health", "PDX WH PACT 1", "Women’s health clinic", "503-555-0151"),
    Team("PDX-DERM-1", PORTLAND, "dermatology", "PDX DERM/TELEDERM", "Skin care clinic", "503-555-0161"),
    Team("PDX-ROI", PORTLAND, "release_of_information", "PDX HIMS ROI", "Medical records office", "503-555-0171"),
    Team("BOS-PACT-HARB2", BOSTON, "primary_care", "JP PACT Harbor 2", "Primary care, Harbor team 2", "617-555-0112"),
    # Its one provider has not agreed to take part, so nobody can write to it.
    Team(
        "BOS-PACT-HARB5",
        BOSTON,
        "primary_care",
        "JP PACT Harbor 5",
        "Primary care, Harbor team 5",
        "617-555-0115",
        opted_in=False,
    ),
    Team("BOS-ENDO-1", BOSTON, "endocrinology", "JP ENDO/DM 1", "Diabetes and hormone clinic", "617-555-0121"),
    Team("BOS-AUD-1", BOSTON, "audiology", "JP AUD HEARING AIDS", "Hearing care", "617-555-0131"),
    Team("BOS-PHARM-1", BOSTON, "pharmacy", "JP PHARM CLIN", "Pharmacy questions and refills", "617-555-0141"),
    Team("DEN-PACT-ASPEN", DENVER, "primary_care", "DEN PACT Aspen 1", "Primary care, Aspen team", "303-555-0111"),
    Team("DEN-PT-1", DENVER, "physical_therapy", "DEN PM&R PT 1", "Physical therapy", "303-555-0121"),
    Team("DEN-SW-1", DENVER, "social_work", "DEN SW/CSP", "Social work and caregiver support", "303-555-0131"),
    Team("SJU-PACT-CEIBA", SAN_JUAN, "primary_care", "SJU PACT Ceiba 1", "Primary care, Ceiba team", "787-555-0111"),
    Team("SJU-MH-1", SAN_JUAN, "mental_health", "SJU MH OPT 1", "Mental health clinic", "787-555-0121"),
    Team("SJU-PHARM-1", SAN_JUAN, "pharmacy", "SJU PHARM CLIN", "Pharmacy questions and refills", "787-555-0141"),
    Team("HNL-PACT-KOA1", HONOLULU, "primary_care", "HNL PACT Koa 1", "Primary care, Koa team", "808-555-0111"),
    Team("HNL-MH-1", HONOLULU, "mental_health", "HNL MH/TELE", "Mental health clinic", "808-555-0121"),
)


def facility_rows() -> Iterator[dict[str, str]]:
    """Yield the rows of the facilities feed, with phone numbers for the five that the story is about."""
    source = ALL_FACILITIES if ALL_FACILITIES.exists() else OWN_FACILITIES
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, "phone": PHONES.get(row["station_number"], "")}
