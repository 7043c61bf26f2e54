"""Each kind: what its rows create, correct and leave alone."""

import datetime as dt
from pathlib import Path

import pytest

from accounts.models import VeteranRecord
from eligibility.models import CareTeam, Enrollment, Facility
from smportal.audit.models import AuditEvent
from smportal.crypto.digests import ssn_digest
from tests.eligibility.feeds.helpers import HEADERS, ICN, ICN2, ICN3, Counts, counts, load, reasons

pytestmark = pytest.mark.django_db


def test_facilities_are_created_corrected_and_left_alone() -> None:
    first = ("402,Togus,ME,402,America/New_York", "402GA,Caribou,ME,402,America/New_York")
    assert counts(load("facilities", *first)) == Counts(created=2)
    assert counts(load("facilities", *first)) == Counts(unchanged=2)
    assert counts(load("facilities", "402GA,Caribou Clinic,ME,402,America/New_York")) == Counts(changed=1)
    togus, caribou = Facility.objects.order_by("station_number")
    assert togus.parent is None
    assert (caribou.name, caribou.parent) == ("Caribou Clinic", togus)


def test_a_parent_may_come_later_in_the_file() -> None:
    feed = load(
        "facilities",
        "100AB,Grandchild,ME,100AA,America/New_York",
        "100AA,Child,ME,100,America/New_York",
        "100,Top,ME,100,America/New_York",
        "200AA,Orphan,ME,200,America/New_York",
        "300AA,Below an orphan,ME,200AA,America/New_York",
        batch=1,
    )
    assert counts(feed) == Counts(created=3, quarantined=2)
    assert reasons(feed) == [(5, "the parent station is unknown"), (6, "the parent station is unknown")]
    assert Facility.objects.get(station_number="100AB").parent == Facility.objects.get(station_number="100AA")


def test_parents_in_a_circle_are_set_aside_and_the_rest_is_loaded() -> None:
    load("facilities", "100,A,ME,,America/New_York", "200,B,ME,100,America/New_York")
    feed = load("facilities", "100,A,ME,200,America/New_York", "300,C,ME,100,America/New_York")
    assert reasons(feed) == [(2, "the parent stations form a circle")]
    assert counts(feed) == Counts(created=1, quarantined=1)
    # Turning the pair round within one file is no circle, in either order of its rows.
    turned = ("100,A,ME,200,America/New_York", "200,B,ME,,America/New_York")
    assert counts(load("facilities", *turned)) == Counts(changed=2)
    assert counts(load("facilities", *reversed(turned))) == Counts(unchanged=2)


def test_phones_stay_without_their_column_and_go_with_an_empty_value() -> None:
    with_phone = HEADERS["facilities"] + ",phone"
    load("facilities", "402,Togus,ME,,America/New_York,207-555-0100", header=with_phone)
    load("facilities", "402,Togus VA,ME,,America/New_York")
    assert Facility.objects.get().phone == "207-555-0100"
    assert counts(load("facilities", "402,Togus VA,ME,,America/New_York,", header=with_phone)) == Counts(changed=1)
    assert Facility.objects.get().phone == ""


def test_a_veterans_ssn_is_stored_as_its_digest_only() -> None:
    feed = load("veterans", f"{ICN.lower()}, Zoë ,Q,O’Neill,1950-02-03,666-12-3456,NO,Yes")
    assert counts(feed) == Counts(created=1)
    record = VeteranRecord.objects.get(icn=ICN)
    assert (record.ssn_pepper, bytes(record.ssn_digest or b"")) == ssn_digest("666123456")
    assert (record.first_name, record.match_name, record.identity_theft) == ("Zoë", "zoe|oneill", True)
    assert not AuditEvent.objects.filter(details__icontains="666").exists()
    assert not AuditEvent.objects.filter(details__icontains="zo").exists()


def test_a_merged_record_may_come_before_its_survivor() -> None:
    header = HEADERS["veterans"] + ",merged_into"
    rows = (f"{ICN},Ann,,Lee,,,no,no,{ICN2}", f"{ICN2},Ann,,Lee,,,no,no,", f"{ICN3},Al,,Lee,,,no,no,9999999999V999999")
    feed = load("veterans", *rows, header=header)
    assert counts(feed) == Counts(created=2, quarantined=1)
    assert VeteranRecord.objects.get(icn=ICN).merged_into == VeteranRecord.objects.get(icn=ICN2)
    # A file without the column leaves it.
    assert counts(load("veterans", f"{ICN},Ann,,Lee,,,no,no")) == Counts(unchanged=1)


def test_a_care_team_needs_a_known_station(world: None) -> None:
    feed = load("care_teams", "X-1,999,Int,Pub,,", "PACT-1,663GA,PACT one,Primary care 1,primary_care,206-555-0101")
    assert counts(feed) == Counts(changed=1, quarantined=1)
    assert reasons(feed) == [(2, "the station number is unknown")]
    assert CareTeam.objects.get(code="PACT-1").facility.station_number == "663GA"


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("enrollment", f"{ICN3},enrolled,1,2020-01-01,"),
        ("registration", f"{ICN},999,2020-01-01,"),
        ("registration", f"{ICN3},663,2020-01-01,"),
        ("participation", "S1,NONE,nurse,yes,2020-01-01,"),
        ("associations", f"{ICN},NONE,clinic,2020-01-01,"),
        ("staff", "S1,Nia,,999,,yes,,"),
        ("staff", "S1,Nia,,663,,yes,NONE,"),
        ("staff", "S1,Nia,,663,,yes,,NONE"),
    ],
)
def test_what_names_something_unknown_is_set_aside(world: None, kind: str, row: str) -> None:
    assert counts(load(kind, row)) == Counts(quarantined=1)


def test_a_fact_is_audited_with_its_veteran_old_and_new(world: None) -> None:
    load("enrollment", f"{ICN},Enrolled,3,2020-01-01,")
    load("enrollment", f"{ICN},cancelled,3,2020-01-01,2024-05-06")
    assert Enrollment.objects.get().end_date == dt.date(2024, 5, 6)
    newest, *_ = AuditEvent.objects.filter(deed="fact_changed", object_kind="enrollment")
    assert newest.subject_id == VeteranRecord.objects.get(icn=ICN).id
    assert newest.details == {
        "old_status": "enrolled",
        "new_status": "cancelled",
        "old_stated_end_date": None,
        "new_stated_end_date": "2024-05-06",
        "old_end_date": None,
        "new_end_date": "2024-05-06",
    }


def test_the_real_list_of_facilities_loads_whole_in_any_order() -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "va_facilities.csv"
    # The project works without the list; then the same is asked of a small one of the same shape.
    lines = path.read_text().splitlines() if path.is_file() else [HEADERS["facilities"], *SMALL_LIST]
    header, *rows = lines
    assert counts(load("facilities", *reversed(rows), header=header)) == Counts(created=len(rows))
    assert counts(load("facilities", *rows, header=header)) == Counts(unchanged=len(rows))


SMALL_LIST = (
    "402GA,Caribou VA Clinic,ME,402,America/New_York",
    "402,Togus VA Medical Center,ME,402,America/New_York",
    "358,Manila VA Clinic,PI,358,Asia/Manila",
)
