"""The alarms that a member of a team sees above the queues."""

from collections.abc import Mapping
from typing import Final

from messaging.inbox.desk import Desk
from messaging.models.alarm import AlarmReason

_WORDS: Final[Mapping[str, str]] = {
    AlarmReason.NO_MEMBERS: "has no active member, and messages are waiting.",
    AlarmReason.ALL_AWAY: "has nobody on duty: everybody is away, and messages are waiting.",
    AlarmReason.NO_PARTICIPANT: "has nobody who takes part in secure messaging, and messages are waiting.",
}


def alarms_of(desk: Desk) -> list[tuple[str, str]]:
    """Return the open alarms of a member's teams, the oldest first: the team's name, and what it lacks."""
    found = [(team.alarmed_at, team.name, team.alarm) for team in desk.teams.values() if team.alarm and team.alarmed_at]
    return [(name, _WORDS[reason]) for _, name, reason in sorted(found)]
