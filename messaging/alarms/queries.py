"""The alarms that a member of a team sees above the queues."""

import uuid
from collections.abc import Mapping
from typing import Final

from messaging.models import TeamAlarm
from messaging.models.alarm import AlarmReason

_WORDS: Final[Mapping[str, str]] = {
    AlarmReason.NO_MEMBERS: "has no active member, and messages are waiting.",
    AlarmReason.ALL_AWAY: "has nobody on duty: everybody is away, and messages are waiting.",
    AlarmReason.NO_PARTICIPANT: "has nobody who takes part in secure messaging, and messages are waiting.",
}


def alarms_of(team_names: Mapping[uuid.UUID, str]) -> list[tuple[str, str]]:
    """Return the open alarms of these teams: the team's name, and what it lacks."""
    rows = TeamAlarm.objects.filter(team_id__in=team_names, ended_at__isnull=True).order_by("began_at", "id")
    return [(team_names[alarm.team_id], _WORDS[alarm.reason]) for alarm in rows]
