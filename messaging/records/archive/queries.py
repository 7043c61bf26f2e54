"""How far an archive is."""

import uuid
from dataclasses import dataclass

from messaging.models import Archive, ArchiveState
from messaging.permissions import check_veteran
from smportal import clock, times
from smportal.actor import Actor


@dataclass(frozen=True, slots=True)
class Progress:
    """The latest archive as its page shows it."""

    id: uuid.UUID
    state: str
    done: int
    total: int
    until: str


def latest(actor: Actor, *, zone: str = "") -> Progress | None:
    """Return the actor's latest archive, or None when there is none to show. Raises NotFound."""
    archive = Archive.objects.filter(record_id=check_veteran(actor)).order_by("-requested_at", "-id").first()
    if archive is None or archive.state == ArchiveState.GONE:
        return None
    if archive.expires_at is not None and archive.expires_at <= clock.now():
        return None
    until = times.moment(archive.expires_at, times.viewer_zone(zone, "")) if archive.expires_at else ""
    return Progress(archive.id, archive.state, archive.done, archive.total, until)
