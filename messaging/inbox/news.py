"""What has come to the actor's teams since a page was shown: told by a number, and only shown when somebody asks."""

import datetime as dt
import uuid
from typing import Final

from django.db.models import QuerySet

from messaging.inbox.desk import Desk
from messaging.models import Conversation, HandOver, Notification, NotificationKind, Side

# More than this since somebody looked is a queue to begin anew.
MOST: Final = 500


def news_ids(desk: Desk, since: dt.datetime) -> tuple[uuid.UUID, ...]:
    """Return the conversations, in whatever state, that came since: written in by the veteran, handed over, assigned.

    One statement of three short ranges; what the actor did is no news to the actor.
    """
    written = Conversation.objects.filter(team_id__in=desk.teams, last_message_at__gt=since, last_from=Side.VETERAN)
    given = HandOver.objects.filter(to_team_id__in=desk.teams, handed_at__gt=since)
    assigned = Notification.objects.filter(
        recipient_id=desk.actor.account_id,
        created_at__gt=since,
        kind=NotificationKind.ASSIGNED,
        conversation_id__isnull=False,
    )
    parts: list[QuerySet[Conversation, uuid.UUID]] = [
        written.order_by().values_list("id", flat=True),
        given.exclude(by_staff_id=desk.actor.staff_id).order_by().values_list("conversation_id", flat=True),  # type: ignore[list-item]
        assigned.order_by().values_list("conversation_id", flat=True),  # type: ignore[list-item]
    ]
    return tuple(parts[0].union(*parts[1:])[:MOST])
