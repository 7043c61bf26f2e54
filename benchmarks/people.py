"""The veterans, teams and staff of the benchmark's portal, all eligible."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import Account, AccountKind, Credential, CredentialKind, Level, VeteranRecord
from eligibility.models import (
    Association,
    CareTeam,
    Enrollment,
    Facility,
    Participation,
    Registration,
    Relation,
    StaffMember,
    TeamMembership,
    TermsAcceptance,
)
from smportal import clock

LONG_AGO = dt.date(2015, 1, 1)
HEAVY = "bench-heavy"
SEARCHER = "bench-searcher"
NURSE = "bench-nurse"
STAFF_COUNT = 6
FIRST_NAMES = ("Ana", "Ben", "Carla", "Dewayne", "Elena", "Frank", "Grace", "Hector", "Irene", "Jamal")
LAST_NAMES = ("Rivera", "Okafor", "Smith", "Nguyen", "Kowalski", "Johnson", "Begay", "Kahale", "Brown", "Garcia")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who was made: the busy team with its staff, the heavy mailbox's team, the veterans with the searching and the heavy one last."""

    busy: CareTeam
    other: CareTeam
    staff: Sequence[StaffMember]
    veterans: Sequence[VeteranRecord]


def username(number: int) -> str:
    """Return the user name of a typical veteran."""
    return f"bench-veteran-{number}"


def make_cast(veterans: int) -> Cast:
    """Make everybody: `veterans` typical ones, the searching and the heavy one. The caller has opened a transaction."""
    facility = Facility.objects.create(
        station_number="663", name="Bench VA Medical Center", time_zone="America/Los_Angeles", phone="206-555-0100"
    )
    teams = CareTeam.objects.bulk_create(
        CareTeam(
            code=f"BENCH-{number}",
            facility=facility,
            internal_name=f"PACT {number}",
            public_name=f"Primary care team {number}",
            care_type="primary_care",
        )
        for number in range(3)
    )
    staff = _make_staff(facility, teams)
    records = make_records([*(username(number) for number in range(veterans)), SEARCHER, HEAVY], facility, teams)
    return Cast(busy=teams[0], other=teams[1], staff=staff, veterans=records)


def _make_staff(facility: Facility, teams: Sequence[CareTeam]) -> list[StaffMember]:
    """Make six members of the busy team; the first one, whose pages are measured, belongs to an idle team too."""
    now = clock.now()
    accounts = Account.objects.bulk_create(
        Account(
            kind=AccountKind.STAFF,
            username=NURSE if number == 0 else f"bench-staff-{number}",
            email=f"staff{number}@example.com",
            created_at=now,
        )
        for number in range(STAFF_COUNT)
    )
    staff = StaffMember.objects.bulk_create(
        StaffMember(
            staff_id=f"B{number}",
            account=account,
            name=f"{FIRST_NAMES[number]} {LAST_NAMES[number]}",
            email=account.email,
            facility=facility,
            title="Nurse",
        )
        for number, account in enumerate(accounts)
    )
    places = [(member, team) for member in staff for team in teams[:2]]
    for member, team in [(staff[0], teams[0]), (staff[0], teams[2]), *((m, t) for m, t in places if m != staff[0])]:
        TeamMembership.objects.create(team=team, staff=member, started_at=now)
        Participation.objects.create(
            staff_id=member.staff_id, team=team, role="nurse", opted_in=True, effective_from=LONG_AGO
        )
    return staff


def make_records(
    names: Sequence[str], facility: Facility, teams: Sequence[CareTeam], *, first: int = 0
) -> list[VeteranRecord]:
    """Make veterans who are eligible with the first two teams; their ICNs are numbered from `first` on."""
    now = clock.now()
    records = VeteranRecord.objects.bulk_create(
        VeteranRecord(
            icn=f"{1_000_000_000 + number}V{number:06}",
            first_name=FIRST_NAMES[number % 10],
            last_name=f"{LAST_NAMES[number // 10 % 10]} {number}",
            match_name=name,
            birth_date=dt.date(1960, 5, 17),
            created_at=now,
            changed_at=now,
        )
        for number, name in enumerate(names, first)
    )
    accounts = Account.objects.bulk_create(
        Account(username=name, email=f"{name}@example.com", record=record, created_at=now)
        for name, record in zip(names, records, strict=True)
    )
    _make_sign_in(accounts)
    Enrollment.objects.bulk_create(
        Enrollment(record=record, status="enrolled", priority_group=3, effective_date=LONG_AGO) for record in records
    )
    Registration.objects.bulk_create(
        Registration(record=record, facility=facility, registered_on=LONG_AGO) for record in records
    )
    Association.objects.bulk_create(
        Association(record=record, team=team, relation=Relation.PRIMARY_CARE, effective_from=LONG_AGO)
        for record in records
        for team in teams[:2]
    )
    return records


def _make_sign_in(accounts: Sequence[Account]) -> None:
    now = clock.now()
    Credential.objects.bulk_create(
        Credential(
            account=account, kind=CredentialKind.MHV, subject=str(uuid.uuid4()), level=Level.PREMIUM, linked_at=now
        )
        for account in accounts
    )
    TermsAcceptance.objects.bulk_create(
        TermsAcceptance(account=account, version=settings.TERMS_VERSION, accepted_at=now) for account in accounts
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=account, email=account.email, verified=True, primary=True) for account in accounts
    )
