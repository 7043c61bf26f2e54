"""What one decision's pure part costs: `python -m benchmarks.eligibility`. The aim is under 50 µs.

A typical veteran: three teams in three zones with three participants each, and one block.
"""

import datetime as dt
import timeit
import uuid
import zoneinfo

from eligibility.rules import (
    BlockFact,
    EnrollmentFact,
    Facts,
    ParticipationFact,
    Period,
    RegistrationFact,
    TeamFact,
    evaluate,
)
from smportal.tiers import Tier

AIM_US = 50
ALWAYS = Period(dt.date(2015, 1, 1))
ZONES = [zoneinfo.ZoneInfo(name) for name in ("America/New_York", "Pacific/Honolulu", "Pacific/Guam")]
NOW = dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)


def typical() -> Facts:
    """Return the facts of a typical veteran, who is allowed."""
    answers = (ParticipationFact(opted_in=True, period=ALWAYS),) * 3
    teams = tuple(
        TeamFact(
            id=uuid.UUID(int=number),
            facility_id=number,
            zone=zone,
            is_active=True,
            associations=(ALWAYS,),
            participations=answers,
        )
        for number, zone in enumerate(ZONES)
    )
    return Facts(
        has_record=True,
        terms_accepted=True,
        enrollments=(EnrollmentFact("enrolled", ALWAYS),),
        registrations=(RegistrationFact(ALWAYS, ZONES[0]),),
        teams=teams,
        blocks=(BlockFact(ALWAYS, ZONES[0], uuid.UUID(int=9)),),
    )


def main() -> None:
    """Print the best and the median of 30 runs of 1,000 decisions."""
    facts = typical()
    runs = sorted(timeit.repeat(lambda: evaluate(facts, Tier.VERIFIED, NOW), number=1_000, repeat=30))
    print(f"decision, pure part: best {runs[0] * 1_000:.1f} µs, median {runs[15] * 1_000:.1f} µs (aim: {AIM_US} µs)")


if __name__ == "__main__":
    main()
