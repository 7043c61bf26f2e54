"""Plain functions that make rows for tests. Every argument has a default that is in force at any test date.

They write rows directly: what is tested is what happens next. `make_eligible_veteran` gives somebody
who meets all six requirements; take one away to test a refusal.
"""

import datetime as dt
import itertools
import uuid

from django.conf import settings

from accounts.models import Account, AccountKind, Credential, CredentialKind, Level, VeteranRecord
from eligibility.models import (
    Association,
    Block,
    CareTeam,
    Enrollment,
    Facility,
    Participation,
    Registration,
    Relation,
    RoleGrant,
    StaffMember,
    TeamMembership,
    TermsAcceptance,
)
from messaging.models import Absence, Surrogate
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier

LONG_AGO = dt.date(2015, 1, 1)
_numbers = itertools.count(1)


def make_facility(
    station_number: str = "",
    *,
    name: str = "",
    parent: Facility | None = None,
    time_zone: str = "America/New_York",
    phone: str = "",
) -> Facility:
    """Make a facility; without a station number, the next free one."""
    number = next(_numbers)
    return Facility.objects.create(
        station_number=station_number or f"{900 + number % 100}{number // 100 or ''}",
        name=name or f"Test VA Clinic {number}",
        state="NY",
        parent=parent,
        time_zone=time_zone,
        phone=phone,
    )


def make_team(
    facility: Facility | None = None, *, code: str = "", public_name: str = "", phone: str = "", is_active: bool = True
) -> CareTeam:
    """Make a care team without members or participants."""
    number = next(_numbers)
    return CareTeam.objects.create(
        code=code or f"TEAM-{number}",
        facility=facility or make_facility(),
        internal_name=f"PACT {number}",
        public_name=public_name or f"Primary care team {number}",
        care_type="primary_care",
        phone=phone,
        is_active=is_active,
    )


def make_record(
    *, icn: str = "", merged_into: VeteranRecord | None = None, deceased: bool = False, identity_theft: bool = False
) -> VeteranRecord:
    """Make a veteran record in good standing."""
    number = next(_numbers)
    now = clock.now()
    return VeteranRecord.objects.create(
        icn=icn or f"{1_000_000_000 + number}V{number:06}",
        first_name="Alex",
        last_name=f"Test{number}",
        match_name=f"alextest{number}",
        birth_date=dt.date(1960, 5, 17),
        merged_into=merged_into,
        deceased=deceased,
        identity_theft=identity_theft,
        created_at=now,
        changed_at=now,
    )


def make_account(
    record: VeteranRecord | None = None,
    *,
    kind: str = AccountKind.VETERAN,
    level: str | None = Level.PREMIUM,
    username: str = "",
) -> Account:
    """Make an account, with a My HealtheVet credential of `level` unless that is None or it is staff's."""
    number = next(_numbers)
    now = clock.now()
    account = Account.objects.create(
        kind=kind,
        username=username or f"person{number}",
        email=f"person{number}@example.com",
        record=record,
        created_at=now,
        password="!",
    )
    if level is not None and kind == AccountKind.VETERAN:
        Credential.objects.create(
            account=account, kind=CredentialKind.MHV, subject=str(account.id), level=level, linked_at=now
        )
    return account


def make_staff(
    *teams: CareTeam, name: str = "", facility: Facility | None = None, leads: bool = False, is_active: bool = True
) -> StaffMember:
    """Make a staff member with an account, a member (or triage lead) of the teams; no participation."""
    number = next(_numbers)
    staff = StaffMember.objects.create(
        staff_id=f"S{number:05}",
        account=make_account(kind=AccountKind.STAFF),
        name=name or f"Staff Person {number}",
        email=f"staff{number}@example.com",
        facility=facility or (teams[0].facility if teams else make_facility()),
        title="Nurse",
        is_active=is_active,
    )
    for team in teams:
        add_member(staff, team, is_lead=leads)
    return staff


def add_member(staff: StaffMember, team: CareTeam, *, is_lead: bool = False) -> TeamMembership:
    """Make a staff member a member of a team from now."""
    return TeamMembership.objects.create(team=team, staff=staff, is_lead=is_lead, started_at=clock.now())


def make_absence(staff: StaffMember, surrogate: StaffMember, *teams: CareTeam) -> Absence:
    """Make a staff member away from today for a week; the surrogate stands in in these teams."""
    today = clock.today(staff.facility.zone)
    absence = Absence.objects.create(
        staff=staff, first_date=today, last_date=today + dt.timedelta(days=7), entered_at=clock.now()
    )
    for team in teams:
        Surrogate.objects.create(absence=absence, team=team, surrogate=surrogate)
    return absence


def make_administrator(facility: Facility | None = None, *, role: str = "administrator") -> Account:
    """Make a staff account that holds a role at a facility, or nationally without one."""
    account = make_account(kind=AccountKind.STAFF)
    RoleGrant.objects.create(account=account, role=role, facility=facility, granted_at=clock.now())
    return account


def enroll(
    record: VeteranRecord, *, status: str = "enrolled", start: dt.date = LONG_AGO, end: dt.date | None = None
) -> Enrollment:
    """Give a record an enrollment period."""
    return Enrollment.objects.create(
        record=record, status=status, priority_group=3, effective_date=start, stated_end_date=end, end_date=end
    )


def register(
    record: VeteranRecord, facility: Facility, *, start: dt.date = LONG_AGO, end: dt.date | None = None
) -> Registration:
    """Register a record at a facility."""
    return Registration.objects.create(
        record=record, facility=facility, registered_on=start, stated_ended_on=end, ended_on=end
    )


def associate(
    record: VeteranRecord,
    team: CareTeam,
    *,
    relation: str = Relation.PRIMARY_CARE,
    start: dt.date = LONG_AGO,
    end: dt.date | None = None,
) -> Association:
    """Let a veteran write to a team."""
    return Association.objects.create(
        record=record, team=team, relation=relation, effective_from=start, stated_until=end, effective_until=end
    )


def participate(
    staff: StaffMember | str,
    team: CareTeam,
    *,
    opted_in: bool = True,
    start: dt.date = LONG_AGO,
    end: dt.date | None = None,
    role: str = "provider",
) -> Participation:
    """Record that somebody takes part in secure messaging with a team; a text is a staff_id not yet loaded."""
    return Participation.objects.create(
        staff_id=staff if isinstance(staff, str) else staff.staff_id,
        team=team,
        role=role,
        opted_in=opted_in,
        effective_from=start,
        stated_until=end,
        effective_until=end,
    )


def accept_terms(account: Account, *, version: str = "") -> TermsAcceptance:
    """Accept the terms of use, in their current version unless another is named."""
    return TermsAcceptance.objects.create(
        account=account, version=version or settings.TERMS_VERSION, accepted_at=clock.now()
    )


def block(
    record: VeteranRecord,
    *,
    facility: Facility | None = None,
    team: CareTeam | None = None,
    start: dt.date = LONG_AGO,
    end: dt.date | None = None,
) -> Block:
    """Block a veteran from one team or one facility."""
    made = Block(
        id=uuid.uuid4(),
        record=record,
        facility=facility,
        team=team,
        effective_from=start,
        effective_until=end,
        created_at=clock.now(),
    )
    made.seal_text("reason_sealed", "Threatening language")
    made.save()
    return made


def make_eligible_veteran(team: CareTeam | None = None) -> tuple[Account, VeteranRecord, CareTeam]:
    """Make somebody who may write to `team` (or to a new one), and whatever the team lacks for it."""
    team = team or make_team()
    if not team.participations.exists():
        participate(make_staff(team), team)
    record = make_record()
    enroll(record)
    register(record, team.facility)
    associate(record, team)
    account = make_account(record)
    accept_terms(account)
    return account, record, team


def actor_for(account: Account, *, tier: Tier | None = None, second_factor: bool = True) -> Actor:
    """Return who acts in a request of this account: verified for veterans unless told otherwise."""
    staff = StaffMember.objects.filter(account=account, is_active=True).first()
    veteran = account.kind == AccountKind.VETERAN
    grants = RoleGrant.objects.filter(account=account, revoked_at__isnull=True)
    return Actor(
        kind=ActorKind.VETERAN if veteran else ActorKind.STAFF,
        account_id=account.id,
        record_id=account.record_id,
        staff_id=staff.id if staff else None,
        tier=int(tier if tier is not None else (Tier.VERIFIED if veteran else Tier.NONE)),
        second_factor=second_factor,
        roles=frozenset(grants.values_list("role", "facility_id")),
        request_id="test-request",
    )


def staff_actor(staff: StaffMember) -> Actor:
    """Return who acts in a request of this staff member."""
    if staff.account is None:
        message = "this staff member has no account"
        raise ValueError(message)
    return actor_for(staff.account)
