"""What benchmarks.broadcast measures; imported once Django is set up."""

import cProfile
import pstats
import time
import uuid

from accounts.models import Account, AccountKind, VeteranRecord
from benchmarks import people
from eligibility.models import CareTeam, Facility, Participation, StaffMember, TeamMembership
from messaging.broadcasts import actions, making
from messaging.broadcasts.content import Content
from messaging.models import BroadcastRecipient
from smportal import clock
from smportal.actor import Actor, ActorKind

AIM = 80.0


def fill(veterans: int) -> tuple[Actor, uuid.UUID]:
    """Make a team with a lead and its eligible veterans; return the lead and the team."""
    now, serial = clock.now(), VeteranRecord.objects.count()
    facility = Facility.objects.get(station_number="663")
    team = CareTeam.objects.create(
        code=f"MANY-{serial}", facility=facility, internal_name="PACT Many", public_name="Primary care"
    )
    account = Account.objects.create(kind=AccountKind.STAFF, username=f"bench-lead-{serial}", created_at=now)
    lead = StaffMember.objects.create(
        staff_id=f"B{serial}", account=account, name="Lead", facility=facility, title="Nurse", is_active=True
    )
    TeamMembership.objects.create(team=team, staff=lead, is_lead=True, started_at=now)
    Participation.objects.create(
        staff_id=lead.staff_id, team=team, role="nurse", opted_in=True, effective_from=people.LONG_AGO
    )
    names = [f"bench-many-{serial + number}" for number in range(veterans)]
    people.make_records(names, facility, [team], first=serial)
    actor = Actor(kind=ActorKind.STAFF, account_id=account.id, staff_id=lead.id, second_factor=True)
    return actor, team.id


def _work() -> None:
    making.make_broadcasts(seconds=3_600)


def measure(veterans: int, *, profile: bool) -> None:
    """Fill, check, send; print the rates."""
    actor, team_id = fill(veterans)
    draft = actions.begin(actor=actor, team_id=team_id)
    content = Content("general", "Flu shots", "Come by this week. " * 20, source="associations")
    actions.save_draft(actor=actor, broadcast_id=draft.id, version=None, content=content)
    began = time.perf_counter()
    actions.check(actor=actor, broadcast_id=draft.id)
    chosen = time.perf_counter()
    _work()
    checked = time.perf_counter()
    actions.confirm(actor=actor, broadcast_id=draft.id, count=veterans)
    profiler, confirmed = cProfile.Profile(), time.perf_counter()
    if profile:
        profiler.runcall(_work)
    else:
        _work()
    took = time.perf_counter() - confirmed
    made = BroadcastRecipient.objects.filter(broadcast=draft, state="sent").count()
    print(f"{veterans:,} veterans: chosen in {chosen - began:.1f} s, checked in {checked - chosen:.1f} s")
    print(f"sent to {made:,} in {took:.1f} s: {made / took:.0f} a second (aim: at least {AIM:.0f})")
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
