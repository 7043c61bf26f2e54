"""What must follow a change in the same transaction, named by those who need it in their AppConfig.ready()."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from smportal.actor import Actor

# Called with the actor and the ids of facilities whose time zone is new, or to which a care team moved:
# deadlines of conversations there are computed again.
on_zone_changed: list[Callable[[Actor, Sequence[int]], None]] = []

# Called with the actor, the staff member's id and the teams that the person no longer belongs to, whose rows are
# locked: what was assigned to the person there goes back to the team.
on_member_left: list[Callable[[Actor, UUID, Collection[UUID]], None]] = []

# Called with the id of a locked team that is to become inactive; raises Refused while it has work.
before_team_closes: list[Callable[[UUID], None]] = []


def zone_changed(actor: Actor, facility_ids: Sequence[int]) -> None:
    """Call everybody who registered; nothing happens for no facilities."""
    if facility_ids:
        for call in on_zone_changed:
            call(actor, sorted(set(facility_ids)))


def member_left(actor: Actor, staff_id: UUID, team_ids: Collection[UUID]) -> None:
    """Call everybody who registered; nothing happens for no teams."""
    if team_ids:
        for call in on_member_left:
            call(actor, staff_id, team_ids)


def team_closes(team_id: UUID) -> None:
    """Ask everybody who registered. Raises Refused with what to do first."""
    for call in before_team_closes:
        call(team_id)
