"""The veteran's other open conversations with the reader's teams: whoever answers one should know of the others."""

from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q

from accounts.models import VeteranRecord
from messaging.around import Around
from messaging.inbox.desk import Desk
from messaging.links import url_of_each
from messaging.models import Conversation
from messaging.models.conversation import OPEN_STATES, QUEUE_AT
from smportal import times
from smportal.audit.actions import Deed
from smportal.audit.recording import record

# More than these nobody takes in beside an answer; a search by veteran shows all.
MOST: Final = 5


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One of them; its subject shows where it is opened."""

    url: str
    team: str
    category: str
    due: str
    is_overdue: bool


def open_elsewhere(desk: Desk, opened: Conversation, around: Around) -> list[Elsewhere]:
    """Return them by due instant, on record as a list that was shown; no query where there are none.

    Those of records that were merged with the veteran's are the veteran's.
    """
    if not around.is_open_elsewhere:
        return []
    record_id = opened.record_id
    own = [each for each in (record_id, opened.record.merged_into_id) if each]
    # The records first, as a subquery: told as a condition of the conversations, all open ones of the teams were read.
    of_veteran = VeteranRecord.objects.filter(Q(id__in=own) | Q(merged_into=record_id)).values("id")
    found = desk.reach.conversations().filter(record_id__in=of_veteran, state__in=OPEN_STATES).exclude(id=opened.id)
    rows = list(found.annotate(queue_at=QUEUE_AT).order_by(F("queue_at"), "id")[:MOST])
    if not rows:
        return []
    record(
        actor=desk.actor,
        deed=Deed.LIST_SHOWN,
        subject_id=record_id,
        object_kind="queue",
        object_id="elsewhere",
        details={"conversations": [str(row.id) for row in rows]},
    )
    url_of = url_of_each("team_conversation")
    return [_row(desk, row, url_of(row.id)) for row in rows]


def _row(desk: Desk, row: Conversation, url: str) -> Elsewhere:
    team = desk.teams[row.team_id]
    zone = times.viewer_zone(desk.chosen_zone, team.zone)
    return Elsewhere(
        url=url,
        team=team.name,
        category=row.get_category_display(),
        due=times.weekday_moment(row.due_at, zone) if row.due_at else "",
        is_overdue=row.due_at is not None and row.due_at <= desk.now,
    )
