"""Applies the staff feed: people, their teams, and what ends when they leave one.

Activity and teams are compared with what the feed said before (StaffMember.stated_teams), not with
what is in force: a membership that an administrator gave or took by hand outlives tonight's file.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from accounts.actions import disable_account
from eligibility import hooks
from eligibility.feeds.applying import Outcome, facilities_by_station, iso, lock_teams, teams_by_code
from eligibility.feeds.kinds import Values
from eligibility.feeds.masters import Columns, Comparison
from eligibility.feeds.staging import StagedRow
from eligibility.models import Participation, StaffMember, TeamMembership
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event

LEFT = "no"
# The teams of somebody, and whether they lead each.
Teams = dict[str, bool]


def apply_staff(actor: Actor, rows: Sequence[StagedRow]) -> Outcome:
    """Apply a batch of staff."""
    outcome = Outcome()
    facilities = facilities_by_station(row.values["station_number"] for row in rows)
    teams = teams_by_code(code for row in rows for code in row.values["care_team_codes"].split(";"))
    stored = StaffMember.objects.select_related("account").in_bulk([row.subject for row in rows], field_name="staff_id")
    compared: Comparison[StaffMember] = Comparison(outcome)
    stated: list[tuple[StaffMember, str | None, str]] = []
    for row in rows:
        if row.values["station_number"] not in facilities:
            outcome.refuse(row, "the station number is unknown")
        elif any(code not in teams for code in row.values["care_team_codes"].split(";") if code):
            outcome.refuse(row, "a care team is unknown")
        else:
            known = stored.get(row.subject)
            before, now = known.stated_teams if known else None, _stated(row.values)
            member = known or StaffMember(staff_id=row.subject)
            compared.add(known, member, _columns(row.values, facilities, member, changed=before != now))
            if before != now:
                stated.append((member, before, now))
    compared.save(StaffMember.objects, ("name", "email", "facility", "title", "is_active", "stated_teams"))
    for member, details in compared.everything():
        outcome.events.append(Event(Deed.FACT_CHANGED, None, "staff_member", member.pk, details=details))
    for member, before, now in stated:
        _follow(actor, member, before, now, teams, outcome)
    return outcome


def _stated(values: Values) -> str:
    return f"{values['care_team_codes']}|{values['lead_of']}" if values["active"] == "yes" else LEFT


def _columns(values: Values, facilities: dict[str, int], member: StaffMember, *, changed: bool) -> Columns:
    columns: Columns = {name: values[name] for name in ("name", "email", "title")}
    columns["facility_id"] = facilities[values["station_number"]]
    if changed:
        columns["stated_teams"] = _stated(values)
        # Who was deactivated by hand stays so until the feed says something new about their activity.
        if (member.stated_teams == LEFT) != (values["active"] == "no") or member.stated_teams is None:
            columns["is_active"] = values["active"] == "yes"
    return columns


def _parse(stated: str | None) -> Teams:
    if stated is None or stated == LEFT:
        return {}
    codes, _, leads = stated.partition("|")
    return {code: code in leads.split(";") for code in codes.split(";") if code}


def _follow(
    actor: Actor, member: StaffMember, before: str | None, now: str, teams: dict[str, UUID], outcome: Outcome
) -> None:
    """Do what follows from a new statement of somebody's teams."""
    old, new = _parse(before), _parse(now)
    if now == LEFT:
        end_memberships(actor, member, None, outcome)
        if member.account is not None and member.account.is_active:
            disable_account(actor=actor, account=member.account, reason="staff_feed_inactive")
        return
    gone = teams_by_code(old.keys() - new.keys())
    if gone:
        end_memberships(actor, member, list(gone.values()), outcome)
    if member.is_active:
        for code, leads in new.items():
            if old.get(code) is not leads:
                _join(member, teams[code], leads, outcome)


def _join(member: StaffMember, team_id: UUID, leads: bool, outcome: Outcome) -> None:
    membership, created = TeamMembership.objects.get_or_create(
        staff=member, team_id=team_id, ended_at=None, defaults={"is_lead": leads, "started_at": clock.now()}
    )
    if created or membership.is_lead != leads:
        membership.is_lead = leads
        membership.save(update_fields=["is_lead"])
        outcome.events.append(_membership_event(membership, {"created": created, "new_is_lead": leads}))


def end_memberships(actor: Actor, member: StaffMember, team_ids: list[UUID] | None, outcome: Outcome) -> None:
    """End somebody's memberships, of all teams for None, and their participation with them."""
    memberships = TeamMembership.objects.filter(staff=member, ended_at__isnull=True)
    participations = Participation.objects.filter(staff_id=member.staff_id).select_related("team__facility")
    if team_ids is not None:
        memberships = memberships.filter(team_id__in=team_ids)
        participations = participations.filter(team_id__in=team_ids)
    lock_teams([*memberships.values_list("team_id", flat=True), *participations.values_list("team_id", flat=True)])
    ended = list(memberships)
    for membership in ended:
        membership.ended_at = clock.now()
        membership.save(update_fields=["ended_at"])
        outcome.events.append(_membership_event(membership, {"ended": True}))
    for participation in participations:
        _end(participation, outcome)
    hooks.member_left(actor, member.id, [membership.team_id for membership in ended])


def _end(participation: Participation, outcome: Outcome) -> None:
    """End it at once: yesterday was its last day, or the day before it would have begun."""
    yesterday = clock.today(participation.team.facility.zone) - dt.timedelta(days=1)
    end = max(yesterday, participation.effective_from - dt.timedelta(days=1))
    old = participation.effective_until
    if old is not None and old <= end:
        return
    participation.effective_until = end
    participation.save(update_fields=["effective_until"])
    details = {"staff_id": participation.staff_id, "team_id": str(participation.team_id)}
    details |= {"old_effective_until": iso(old), "new_effective_until": iso(end)}
    outcome.events.append(
        Event(Deed.FACT_CHANGED, None, "participation", participation.pk, "membership_ended", details)
    )


def _membership_event(membership: TeamMembership, details: Columns) -> Event:
    about = {"staff": str(membership.staff_id), "team": str(membership.team_id)}
    return Event(Deed.MEMBERSHIP_CHANGED, None, "membership", membership.pk, details=about | details)
