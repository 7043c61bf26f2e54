"""Entering, changing and ending an absence. Each action is one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Final

from django.db import IntegrityError, transaction

from eligibility.holds import hold_member
from eligibility.models import StaffMember, TeamMembership
from messaging.models import Absence, NotificationKind, Surrogate
from messaging.models.absence import AbsenceNote
from messaging.notifications.actions import notify
from messaging.permissions import check_staff
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, InvalidInput, NotFound

# A slip of the year must not hand somebody's work to others for a decade.
MOST_DAYS: Final = 366


def zone_of(staff: StaffMember) -> dt.tzinfo:
    """Return the zone in which a person's dates are meant: the chosen one, else that of the facility."""
    return times.viewer_zone(staff.account.time_zone if staff.account else "", staff.facility.time_zone)


@transaction.atomic
def save_absence(
    *,
    actor: Actor,
    absence_id: uuid.UUID,
    first_date: dt.date,
    last_date: dt.date,
    note: str = "",
    surrogates: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> Absence:
    """Enter an own absence under an id that the page made, or change the one that has it.

    Dates are whole days in the actor's own zone, both inclusive. `surrogates` names, by team, another member of that
    team; a team that is not in it has nobody, and takes the work itself. Whoever is new in it, or has other dates,
    is told by email. Raises InvalidInput naming the field ("team_<id>" for a surrogate), NotFound for what is
    somebody else's, Conflict for one that is over.
    """
    staff = _locked(check_staff(actor))
    absence = Absence.objects.select_for_update().filter(id=absence_id).first()
    if absence is not None and absence.staff_id != staff.id:
        raise NotFound
    if absence is not None and absence.ended_at is not None:
        raise Conflict("This absence has ended, so it can’t be changed. Enter a new one.", code="ended")
    _check_dates(staff, first_date, last_date, absence)
    _check_note(note)
    chosen = _checked_surrogates(staff, surrogates or {})
    is_new = absence is None
    absence = absence or Absence(id=absence_id, staff=staff, entered_at=clock.now(), entered_by_id=actor.account_id)
    moved = is_new or (absence.first_date, absence.last_date) != (first_date, last_date)
    absence.first_date, absence.last_date, absence.note = first_date, last_date, note
    _save(absence, is_new=is_new)
    _set_surrogates(absence, chosen, tell_all=moved)
    _audit(actor, absence, "entered" if is_new else "changed", chosen)
    return absence


@transaction.atomic
def enter_for(
    *,
    actor: Actor,
    staff_id: uuid.UUID,
    absence_id: uuid.UUID,
    first_date: dt.date,
    last_date: dt.date,
    note: str = "",
    surrogates: Mapping[uuid.UUID, uuid.UUID] | None = None,
) -> Absence:
    """Enter an absence for a member of a team that the actor leads, who can't do it: somebody is ill.

    As `save_absence`, but only once for each `absence_id`, with surrogates in led teams alone, and the member is told
    too. From then on it is the member's own, to change or end. Raises NotFound for anybody else, InvalidInput.
    """
    led = led_teams_of(actor, staff_id)
    staff = _locked(staff_id)
    earlier = Absence.objects.filter(id=absence_id, staff=staff, entered_by_id=actor.account_id).first()
    if earlier is not None:
        return earlier
    if not led or Absence.objects.filter(id=absence_id).exists():
        raise NotFound
    _check_dates(staff, first_date, last_date, None, own=False)
    _check_note(note)
    chosen = _checked_surrogates(staff, surrogates or {}, within=led)
    absence = Absence(
        id=absence_id,
        staff=staff,
        first_date=first_date,
        last_date=last_date,
        note=note,
        entered_at=clock.now(),
        entered_by_id=actor.account_id,
    )
    _save(absence, is_new=True)
    _set_surrogates(absence, chosen, tell_all=True)
    _audit(actor, absence, "entered", chosen)
    if staff.account_id is not None:
        notify(kind=NotificationKind.ABSENCE_ENTERED, recipient_ids=[staff.account_id], cause_id=absence.id)
    return absence


def led_teams_of(actor: Actor, staff_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the teams that the actor leads now and somebody else is an active member of."""
    if staff_id == check_staff(actor):
        return set()
    standing = TeamMembership.objects.filter(ended_at=None, staff__is_active=True, team__is_active=True)
    theirs = standing.filter(staff_id=staff_id).values("team_id")
    led = standing.filter(staff_id=check_staff(actor), is_lead=True, team_id__in=theirs)
    return set(led.values_list("team_id", flat=True))


@transaction.atomic
def end_entered(*, actor: Actor, absence_id: uuid.UUID) -> Absence:
    """End an absence that a lead entered, by a lead of the member; ending it again changes nothing. Raises NotFound."""
    absence = Absence.objects.select_for_update(of=("self",)).select_related("staff").filter(id=absence_id).first()
    if absence is None or absence.entered_by_id == absence.staff.account_id:
        raise NotFound
    if not led_teams_of(actor, absence.staff_id):
        raise NotFound
    return _ended(actor, absence)


@transaction.atomic
def end_absence(*, actor: Actor, absence_id: uuid.UUID) -> Absence:
    """End an own absence now, or call it off before it begins; ending it again changes nothing. Raises NotFound."""
    staff_id = check_staff(actor)
    absence = Absence.objects.select_for_update().filter(id=absence_id, staff_id=staff_id).first()
    if absence is None:
        raise NotFound
    return _ended(actor, absence)


def _ended(actor: Actor, absence: Absence) -> Absence:
    if absence.ended_at is None:
        absence.ended_at = clock.now()
        absence.save(update_fields=["ended_at"])
        _audit(actor, absence, "ended", {})
    return absence


def _locked(staff_id: uuid.UUID) -> StaffMember:
    """Return an active member's row, locked: two absences entered at once must see each other."""
    found = StaffMember.objects.select_related("account", "facility").select_for_update(of=("self",), no_key=True)
    staff = found.filter(id=staff_id, is_active=True).first()
    if staff is None:
        raise NotFound
    return staff


def _check_dates(
    staff: StaffMember, first: dt.date, last: dt.date, absence: Absence | None, *, own: bool = True
) -> None:
    today = clock.today(zone_of(staff))
    if last < first:
        raise InvalidInput("The last day can’t be before the first day", code="order", field="last_date")
    if first < today and (absence is None or first != absence.first_date):
        raise InvalidInput("The first day can’t be in the past. Enter today or a later day.", field="first_date")
    if last < today:
        raise InvalidInput(
            "The last day can’t be in the past. If you are back, choose “I’m back: end it now”.", field="last_date"
        )
    if (first - today).days > MOST_DAYS:
        raise InvalidInput("The first day can be at most a year from now. Check the year.", field="first_date")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput("An absence can be one year long at most. Check the year.", field="last_date")
    others = Absence.objects.filter(staff=staff, ended_at=None, first_date__lte=last, last_date__gte=first)
    if absence is not None:
        others = others.exclude(id=absence.id)
    other = others.first()
    if other is not None:
        raise InvalidInput(
            f"{'You are' if own else 'This person is'} away from {times.day(other.first_date)} to {times.day(other.last_date)} already. "
            "Change that absence, or enter other days.",
            code="overlap",
            field="first_date",
        )


def _check_note(note: str) -> None:
    if note and note not in AbsenceNote.values:
        raise InvalidInput("Choose from the list what colleagues see", code="note", field="note")


def _checked_surrogates(
    staff: StaffMember, wanted: Mapping[uuid.UUID, uuid.UUID], *, within: Collection[uuid.UUID] | None = None
) -> dict[uuid.UUID, uuid.UUID]:
    own = set(
        TeamMembership.objects.filter(staff=staff, ended_at=None, team_id__in=wanted).values_list("team_id", flat=True)
    )
    for team_id, surrogate_id in sorted(wanted.items()):
        allowed = team_id in own and (within is None or team_id in within)
        if not allowed or surrogate_id == staff.id or not hold_member(surrogate_id, team_id):
            raise InvalidInput("Choose another member of this team", code="surrogate", field=f"team_{team_id}")
    return dict(wanted)


def _save(absence: Absence, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            absence.save(force_insert=is_new)
    except IntegrityError as error:
        # The same form posted twice at the same moment: the other one has entered it.
        raise Conflict("This absence was saved a moment ago. Look at the list.", code="saved_already") from error


def _set_surrogates(absence: Absence, chosen: Mapping[uuid.UUID, uuid.UUID], *, tell_all: bool) -> None:
    """Make the rows say what was chosen, and tell by email whoever is named anew."""
    standing = {row.team_id: row for row in absence.surrogates.all()}
    told = []
    for team_id, row in standing.items():
        if tell_all or chosen.get(team_id) != row.surrogate_id:
            row.delete()
    for team_id, surrogate_id in chosen.items():
        kept = standing.get(team_id)
        if tell_all or kept is None or kept.surrogate_id != surrogate_id:
            told.append(Surrogate.objects.create(absence=absence, team_id=team_id, surrogate_id=surrogate_id))
    accounts = dict(
        StaffMember.objects.filter(id__in=[row.surrogate_id for row in told]).values_list("id", "account_id")
    )
    # One email a person, however many teams.
    for row in {row.surrogate_id: row for row in told}.values():
        account_id = accounts.get(row.surrogate_id)
        if account_id is not None:
            notify(kind=NotificationKind.SURROGATE, recipient_ids=[account_id], cause_id=row.id)


def _audit(actor: Actor, absence: Absence, change: str, chosen: Mapping[uuid.UUID, uuid.UUID]) -> None:
    record(
        actor=actor,
        deed=Deed.ABSENCE_CHANGED,
        object_kind="absence",
        object_id=absence.id,
        details={
            "change": change,
            "staff": str(absence.staff_id),
            "first_date": absence.first_date.isoformat(),
            "last_date": absence.last_date.isoformat(),
            "note": absence.note,
            "surrogates": [f"{team_id} {surrogate_id}" for team_id, surrogate_id in sorted(chosen.items())],
        },
    )
