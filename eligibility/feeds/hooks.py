"""What must follow a feed in the same transaction, named by those who need it in their AppConfig.ready()."""

from collections.abc import Callable, Sequence

from smportal.actor import Actor

# Called with the actor and the ids of facilities whose time zone is new, or to which a care team moved:
# deadlines of conversations there are computed again.
on_zone_changed: list[Callable[[Actor, Sequence[int]], None]] = []


def zone_changed(actor: Actor, facility_ids: Sequence[int]) -> None:
    """Call everybody who registered; nothing happens for no facilities."""
    if facility_ids:
        for call in on_zone_changed:
            call(actor, sorted(set(facility_ids)))
