"""Who acts for whom: the chain of surrogates, and the dates in every zone."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eligibility.models import StaffMember
from messaging.absence.cover import Away, Cover, cover_of
from messaging.models import Absence, Surrogate
from smportal import clock
from tests import factories

TEAM = uuid.UUID(int=1)
PEOPLE = [uuid.UUID(int=100 + each) for each in range(5)]
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is slow, not wrong
@given(
    away=st.sets(st.sampled_from(PEOPLE)),
    named=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
)
def test_whoever_acts_is_there_and_nobody_acts_only_where_every_surrogate_is_away(
    away: set[uuid.UUID], named: dict[uuid.UUID, uuid.UUID]
) -> None:
    cover = Cover(
        away={each: Away("Somebody", dt.date(2026, 12, 3)) for each in away},
        surrogates={(TEAM, absent): each for absent, each in named.items()},
        absent={TEAM: sorted(away)},
    )
    for person in PEOPLE:
        reached = [person]
        while reached[-1] in away and reached[-1] in named and named[reached[-1]] not in reached:
            reached.append(named[reached[-1]])
        acting = cover.acting(TEAM, person)
        # The first one on the way who is there; a circle or an end with nobody leaves it to the team.
        assert acting == next((each for each in reached if each not in away), None)
        assert (acting is None) == (set(reached) <= away)
    taken = [each for person in PEOPLE for each in cover.stands_in_for(TEAM, person)]
    assert sorted([*taken, *cover.uncovered(TEAM)]) == sorted(away), "everybody's work is somebody's or the team's"


def test_two_who_name_each_other_and_are_both_away_leave_the_work_to_the_team() -> None:
    one, other = PEOPLE[:2]
    both = Cover(
        away={each: Away("Somebody", dt.date(2026, 12, 3)) for each in (one, other)},
        surrogates={(TEAM, one): other, (TEAM, other): one},
        absent={TEAM: [one, other]},
    )
    assert both.acting(TEAM, one) is None
    assert both.uncovered(TEAM) == [one, other]


def absent(staff: StaffMember, first: dt.date, last: dt.date, **others: object) -> Absence:
    return Absence.objects.create(staff=staff, first_date=first, last_date=last, entered_at=clock.now(), **others)


ZONES = [
    # (facility's, chosen, the one that counts); with clocks that change on the first or after the last day
    ("America/New_York", "", "America/New_York"),
    ("America/New_York", "Pacific/Honolulu", "Pacific/Honolulu"),
    ("Asia/Manila", "", "Asia/Manila"),
    ("Asia/Manila", "America/Los_Angeles", "America/Los_Angeles"),
    ("Pacific/Pago_Pago", "", "Pacific/Pago_Pago"),
    ("America/Puerto_Rico", "", "America/Puerto_Rico"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("facility_zone", "chosen", "zone"), ZONES)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (dt.date(2026, 3, 8), dt.date(2026, 3, 8)),
        (dt.date(2026, 10, 31), dt.date(2026, 11, 1)),
        (dt.date(2026, 12, 31), dt.date(2027, 1, 1)),
    ],
)
def test_an_absence_is_whole_local_days_in_the_persons_own_zone(
    facility_zone: str, chosen: str, zone: str, first: dt.date, last: dt.date
) -> None:
    team = factories.make_team(facility=factories.make_facility(time_zone=facility_zone))
    lee = factories.make_staff(team)
    assert lee.account is not None
    lee.account.time_zone = chosen
    lee.account.save()
    absent(lee, first, last)
    begins = dt.datetime.combine(first, dt.time(), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    ends = dt.datetime.combine(last + DAY, dt.time(), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    looks = {begins - SECOND: False, begins: True, ends - SECOND: True, ends: False}
    assert {at: lee.id in cover_of([team.id], at=at).away for at in looks} == looks


@pytest.mark.django_db
def test_a_surrogate_counts_while_an_active_member_of_the_team_who_may_sign_in() -> None:
    team = factories.make_team()
    lee, kim = factories.make_staff(team), factories.make_staff(team)
    away = absent(lee, dt.date(2026, 3, 2), dt.date(2026, 3, 6))
    Surrogate.objects.create(absence=away, team=team, surrogate=kim)
    noon = dt.datetime(2026, 3, 3, 17, tzinfo=dt.UTC)
    assert cover_of([team.id], at=noon).acting(team.id, lee.id) == kim.id
    assert kim.account is not None
    kim.account.is_active = False
    kim.account.save()
    assert cover_of([team.id], at=noon).acting(team.id, lee.id) is None
    kim.account.is_active = True
    kim.account.save()
    kim.memberships.update(ended_at=noon)
    assert cover_of([team.id], at=noon).acting(team.id, lee.id) is None
    kim.memberships.update(ended_at=None)
    StaffMember.objects.filter(id=kim.id).update(is_active=False)
    assert cover_of([team.id], at=noon).acting(team.id, lee.id) is None


@pytest.mark.django_db
def test_overlapping_absences_go_on_along_the_surrogates_day_by_day() -> None:
    team = factories.make_team()
    lee, kim, ana = (factories.make_staff(team, name=name) for name in ("Lee", "Kim", "Ana"))
    first = absent(lee, dt.date(2026, 3, 2), dt.date(2026, 3, 6))
    Surrogate.objects.create(absence=first, team=team, surrogate=kim)
    second = absent(kim, dt.date(2026, 3, 4), dt.date(2026, 3, 5))
    Surrogate.objects.create(absence=second, team=team, surrogate=ana)
    third = absent(ana, dt.date(2026, 3, 5), dt.date(2026, 3, 5))
    Surrogate.objects.create(absence=third, team=team, surrogate=lee)
    names = {lee.id: "Lee", kim.id: "Kim", ana.id: "Ana", None: "the team"}
    acting = [
        names[cover_of([team.id], at=dt.datetime(2026, 3, day, 17, tzinfo=dt.UTC)).acting(team.id, lee.id)]
        for day in range(1, 8)
    ]
    assert acting == ["Lee", "Kim", "Kim", "Ana", "the team", "Kim", "Lee"]


@pytest.mark.django_db
def test_a_surrogate_of_one_team_is_none_of_another() -> None:
    one = factories.make_team()
    other = factories.make_team(facility=one.facility)
    lee, kim = factories.make_staff(one, other), factories.make_staff(one, other)
    away = absent(lee, dt.date(2026, 3, 2), dt.date(2026, 3, 6))
    Surrogate.objects.create(absence=away, team=one, surrogate=kim)
    cover = cover_of([one.id, other.id], at=dt.datetime(2026, 3, 3, 17, tzinfo=dt.UTC))
    assert cover.acting(one.id, lee.id) == kim.id
    assert cover.acting(other.id, lee.id) is None
    assert (cover.stands_in_for(one.id, kim.id), cover.uncovered(other.id)) == ([lee.id], [lee.id])
