"""What stands newly in a queue since its page was shown: told by a number, and only shown when somebody asks."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Final

from django.db.models import Q

from messaging.inbox.desk import Desk
from messaging.inbox.queries import Queue, end_of_day
from messaging.models import Conversation, Side
from messaging.models.conversation import OPEN_STATES

# More than this since somebody looked is a queue to begin anew.
MOST: Final = 500


def news_ids(desk: Desk, queue: Queue, since: dt.datetime, *, by_assignee: bool = False) -> tuple[uuid.UUID, ...]:
    """Return open conversations that may stand newly in a queue since an instant, whichever queue they are in now.

    `by_assignee` says that the queue is narrowed by who has it. One statement of a few short ranges; what the actor
    did is no news to the actor.
    """
    own = Conversation.objects.filter(team_id__in=desk.teams, state__in=OPEN_STATES).order_by()
    parts = [own.filter(each).values_list("id", flat=True)[:MOST] for each in _ways(desk, queue, since, by_assignee)]
    return tuple(set(parts[0].union(*parts[1:], all=True)))


def _ways(desk: Desk, queue: Queue, since: dt.datetime, by_assignee: bool) -> Iterator[Q]:
    """Yield the ways into a queue: each is the range of an index."""
    own = desk.actor.staff_id
    yield Q(last_message_at__gt=since, last_from=Side.VETERAN)
    yield Q(came_at__gt=since) & ~Q(came_by_id=own)
    if by_assignee or queue in {Queue.MINE, Queue.UNASSIGNED}:
        yield Q(assigned_at__gt=since) & ~Q(assigned_by_id=own)
    if queue is Queue.OVERDUE:
        yield Q(due_at__gt=since, due_at__lte=desk.now)
    if queue is Queue.DUE_TODAY and (midnight := end_of_day(since, desk.zone)) <= desk.now:
        yield Q(due_at__gte=midnight, due_at__lt=end_of_day(desk.now, desk.zone))
