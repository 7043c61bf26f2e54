"""Which values are taken, in which form, and which set their row aside."""

import pytest

from accounts.models import VeteranRecord
from eligibility.feeds.errors import FeedRefused
from eligibility.models import Enrollment, Facility, FeedLoad, QuarantinedRow
from tests.eligibility.feeds.helpers import HEADERS, ICN, Counts, counts, load, load_bytes, reasons

pytestmark = pytest.mark.django_db

GOOD = {
    "facilities": "402,Togus,ME,,America/New_York",
    "veterans": f"{ICN},Ann,,Lee,1950-02-03,666-12-3456,no,no",
    "enrollment": f"{ICN},enrolled,1,2020-01-01,",
    "participation": "S1,PACT-1,nurse,yes,2020-01-01,",
    "associations": f"{ICN},PACT-1,clinic,2020-01-01,",
    "staff": "S1,Nia,nia@example.test,663,RN,yes,,",
    "care_teams": "T-1,663,Int,Pub,,",
    "registration": f"{ICN},663,2020-01-01,",
}


def swapped(kind: str, column: str, value: str) -> str:
    names, values = HEADERS[kind].split(","), GOOD[kind].split(",")
    values[names.index(column)] = value
    return ",".join(values)


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("facilities", "station_number", "40"),
        ("facilities", "station_number", "4021234"),
        ("facilities", "station_number", "٤٠٢"),
        ("facilities", "station_number", ""),
        ("facilities", "time_zone", "Mars/Base"),
        ("facilities", "time_zone", ""),
        ("facilities", "time_zone", "../../etc/passwd"),
        ("facilities", "name", "  "),
        ("facilities", "name", "A\x00B"),
        ("facilities", "name", "A\tB"),
        ("facilities", "name", "A\x85B"),
        ("facilities", "name", "x" * 1_001),
        ("facilities", "name", '"A\nB"'),
        ("veterans", "icn", "100000000V000001"),
        ("veterans", "icn", "1000000001X000001"),
        ("veterans", "ssn", "66612345"),
        ("veterans", "ssn", "666-123456-"),
        ("veterans", "ssn", "test1:" + "ab" * 32),
        ("veterans", "deceased", "maybe"),
        ("veterans", "deceased", ""),
        ("veterans", "birth_date", "1950-2-3"),
        ("enrollment", "effective_date", ""),
        ("enrollment", "effective_date", "2021-02-29"),
        ("enrollment", "effective_date", "01/02/2020"),
        ("enrollment", "effective_date", "20200101"),
        ("enrollment", "effective_date", "\uff12\uff10\uff12\uff10-01-01"),
        ("enrollment", "effective_date", "0000-01-01"),
        ("enrollment", "end_date", "2019-12-31"),
        ("enrollment", "status", "verified"),
        ("enrollment", "priority_group", "9"),
        ("enrollment", "priority_group", "0"),
        ("participation", "opted_in", "1"),
        ("participation", "care_team_code", "A B"),
        ("participation", "staff_id", "x" * 41),
        ("associations", "relation", "friend"),
        ("staff", "email", "nobody"),
        ("staff", "care_team_codes", "PACT-1;A B"),
    ],
)
def test_a_bad_value_sets_its_row_aside(world: None, kind: str, column: str, value: str) -> None:
    feed = load(kind, swapped(kind, column, value))
    assert counts(feed) == Counts(quarantined=1)
    ((line, reason),) = reasons(feed)
    assert line == 2
    assert value not in reason or len(value) < 2


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("facilities", "station_number", " 589A4 "),
        ("facilities", "name", "x" * 1_000),
        ("facilities", "name", "\u00a0Ünïcode 🏥\u3000"),
        ("veterans", "icn", "1000000009v000009"),
        ("veterans", "ssn", "666123456"),
        ("veterans", "ssn", ""),
        ("veterans", "last_name", ""),
        ("veterans", "first_name", "é" * 1_000),
        ("enrollment", "status", "PENDING"),
        ("enrollment", "priority_group", ""),
        ("enrollment", "end_date", "9999-12-31"),
        ("enrollment", "end_date", "2020-01-01"),
        ("participation", "opted_in", "YES"),
        ("associations", "relation", "Primary_Care"),
        ("staff", "email", ""),
        ("staff", "lead_of", " PACT-1 ; PACT-2;"),
    ],
)
def test_a_good_value_is_taken(world: None, kind: str, column: str, value: str) -> None:
    row = swapped(kind, column, value)
    assert counts(load(kind, row)).quarantined == 0
    assert counts(load(kind, row)) == Counts(unchanged=1)


def test_both_names_empty_is_set_aside() -> None:
    assert counts(load("veterans", f"{ICN},,M,,1950-02-03,,no,no")) == Counts(quarantined=1)


def test_headers_are_read_without_case_in_any_order_and_extra_columns_ignored() -> None:
    header = ' TIME_ZONE ,"Parent_Station",state,name,Comment,Station_Number,'
    feed = load("facilities", f"America/New_York,,ME,Togus,{'y' * 5_000},402,z", header=header)
    assert counts(feed) == Counts(created=1)
    assert Facility.objects.get().name == "Togus"


def test_a_bad_row_never_stops_the_file_and_names_its_line() -> None:
    content = (
        b"\xef\xbb\xbfstation_number,name,state,parent_station,time_zone\r\n"
        b'100,"Two\r\nlines",ME,,America/New_York\r\n'
        b"\r\n"
        b"101,Not UTF-8 \xff,ME,,America/New_York\r\n"
        b"102,Surplus,ME,,America/New_York,x\r\n"
        b"103,Short,ME,\r\n"
        b'104,Open "quote,ME,,America/New_York\r\n'
        b"105," + b"x" * 200_000 + b",ME,,America/New_York\r\n"
        b"106,Good,ME,,America/New_York\r\n"
    )
    feed = load_bytes("facilities", content)
    assert reasons(feed) == [
        (2, "a value has a control character"),
        (5, "the row is not UTF-8"),
        (6, "the row has more values than the header"),
        (7, "the row has fewer values than the header"),
        (8, "the quotes do not match"),
        (9, "the row is too long"),
    ]
    assert counts(feed) == Counts(created=1, quarantined=6)


def test_a_header_alone_is_a_file_of_no_rows() -> None:
    assert counts(load("facilities")) == Counts()


def test_a_row_set_aside_is_sealed_without_its_ssn() -> None:
    load("veterans", f"{ICN},Ann,666-98-7654,Lee,1950-13-03,666-12-3456,no,no")
    row = QuarantinedRow.objects.get()
    sealed = bytes(row.row_sealed or b"")
    kept = row.unseal_text("row_sealed")
    assert b"Ann" not in sealed
    assert "Ann" in kept
    for ssn in ("666-12-3456", "666123456", "666-98-7654"):
        assert ssn not in kept
    assert not VeteranRecord.objects.exists()


def test_a_row_that_cannot_be_parsed_keeps_line_reason_and_hash_only() -> None:
    load("veterans", f"{ICN},Ann,,Lee,1950-01-03,666-12-3456,no,no,surplus")
    row = QuarantinedRow.objects.get()
    assert (row.line, row.row_sealed, len(row.row_sha256)) == (2, None, 64)


def test_two_records_may_share_an_ssn() -> None:
    rows = (f"{ICN},Ann,,Lee,,666123456,no,no", "1000000002V000002,Bo,,Lee,,666-12-3456,no,no")
    assert counts(load("veterans", *rows)) == Counts(created=2)
    assert len({bytes(record.ssn_digest or b"") for record in VeteranRecord.objects.all()}) == 1


def test_nine_nine_nine_nine_is_an_end_and_not_open(world: None) -> None:
    load("enrollment", f"{ICN},enrolled,1,2020-01-01,9999-12-31")
    assert counts(load("enrollment", f"{ICN},enrolled,1,2021-01-01,")) == Counts(quarantined=1)
    assert Enrollment.objects.get().end_date is not None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"station_number,name,state,time_zone\n402,T,ME,America/New_York\n", "lacks parent_station"),
        (b"name,station_number,NAME,state,parent_station,time_zone\n", "repeats name"),
        (b"station_number,name,state,parent_station,time_zone\xff\n", "not UTF-8"),
        ("station_number,name,state,parent_station,time_zone\n".encode("utf-16"), "not UTF-8"),
        (b'"station_number,name\n', "quotes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, reason: str) -> None:
    with pytest.raises(FeedRefused, match=reason):
        load_bytes("facilities", content)
    assert not FeedLoad.objects.exists()
