"""What an archive would hold, how far one is, and which one may be fetched."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat

from eligibility import queries as eligibility_queries
from messaging.models import Archive, ArchiveState, Attachment, AttachmentState, Conversation
from messaging.permissions import check_veteran
from smportal import clock, times
from smportal.actor import Actor
from smportal.errors import NotFound

GIB = 1024**3
# From here on a page says that it takes a while, and above the second that not every disk can hold it.
LARGE, HUGE = GIB, 4 * GIB


@dataclass(frozen=True, slots=True)
class Overview:
    """What an archive that is asked for now would hold; documents are small beside files."""

    record_ids: tuple[uuid.UUID, ...]
    conversations: int
    files: int
    size: int

    @property
    def size_text(self) -> str:
        """Return the files' size in words."""
        return filesizeformat(self.size)

    @property
    def is_large(self) -> bool:
        """Whether fetching it takes a while on a slow connection."""
        return self.size >= LARGE

    @property
    def is_huge(self) -> bool:
        """Whether some disks, such as many USB sticks, cannot hold a file of this size."""
        return self.size >= HUGE


def overview(actor: Actor) -> Overview:
    """Return what there is to take along. Raises NotFound for anybody but a verified veteran."""
    check_veteran(actor)
    record_ids = tuple(eligibility_queries.conversation_record_ids(actor))
    if not record_ids:
        # The record is locked: nothing of it is to be read.
        raise NotFound
    files = Attachment.objects.filter(
        record_id__in=record_ids,
        message__isnull=False,
        message__sent_in_error__isnull=True,
        state=AttachmentState.READY,
    ).aggregate(count=Count("id"), size=Sum("size"))
    conversations = Conversation.objects.filter(record_id__in=record_ids, created_at__lte=clock.now()).count()
    return Overview(record_ids, conversations, files["count"], files["size"] or 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """The latest archive as its page shows it."""

    id: uuid.UUID
    state: str
    done: int
    total: int
    files_done: int
    files_total: int
    until: str

    @property
    def step(self) -> int:
        """Return how many pieces are done; files that became ready meanwhile do not run over the end."""
        return self.done + min(self.files_done, self.files_total)

    @property
    def steps(self) -> int:
        """Return how many pieces there are."""
        return self.total + self.files_total


def _zone(actor: Actor, chosen: str) -> dt.tzinfo:
    """Return the chosen zone, else that of the facility where the veteran is registered: it is of no one team."""
    if chosen or actor.account_id is None:
        return times.viewer_zone(chosen, "")
    home = eligibility_queries.home_zones([actor.account_id])
    return times.viewer_zone("", home.get(actor.account_id, ""))


def latest(actor: Actor, *, zone: str = "") -> Progress | None:
    """Return the actor's latest archive, or None when there is none to show. Raises NotFound."""
    archive = Archive.objects.filter(record_id=check_veteran(actor)).order_by("-requested_at", "-id").first()
    if archive is None or archive.state == ArchiveState.GONE:
        return None
    if archive.expires_at is not None and archive.expires_at <= clock.now():
        return None
    until = times.moment(archive.expires_at, _zone(actor, zone)) if archive.expires_at else ""
    return Progress(
        id=archive.id,
        state=archive.state,
        done=archive.done,
        total=archive.total,
        files_done=archive.files_done,
        files_total=archive.files_total,
        until=until,
    )


def own_ready(actor: Actor, archive_id: uuid.UUID, *, lock: bool = False) -> Archive:
    """Return an own archive that can be fetched. Raises NotFound.

    Only while all that is in it may still be read: not after a record of it was locked or taken apart.
    """
    found = Archive.objects.select_for_update() if lock else Archive.objects
    archive = found.filter(
        id=archive_id, record_id=check_veteran(actor), state=ArchiveState.READY, expires_at__gt=clock.now()
    ).first()
    readable = eligibility_queries.conversation_record_ids(actor)
    if archive is None or not set(archive.record_ids) <= set(readable):
        raise NotFound
    return archive
