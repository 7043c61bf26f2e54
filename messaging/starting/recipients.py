"""Whom a care team may start a conversation with: its veterans, who are in good standing.

A team's veterans are those with an association in force and those who have written with it before. Of anybody
else it learns nothing, not even that there is such a person.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from eligibility.reaching import Obstacle, Standing, standings
from messaging.models import Conversation

# For the person at the screen; the letter of each is in docs/starting.md.
WORDS = {
    Obstacle.UNKNOWN: "This is no veteran of your team: there is no assignment to it, and no earlier conversation.",
    Obstacle.DECEASED: "This veteran is recorded as deceased, so no message can be sent.",
    Obstacle.IDENTITY_THEFT: "This veteran’s record is locked because of suspected identity theft, so no message can "
    "be sent. Nobody can sign in to it until that is settled.",
    Obstacle.TEAM_INACTIVE: "Your team is not active, so it can’t start conversations.",
    Obstacle.NO_PROVIDER: "Nobody on your team takes part in secure messaging now, so the veteran could not reply.",
    Obstacle.BLOCKED: "This veteran is blocked from your team or its facility and could not reply. You can still "
    "answer in a conversation that exists. For anything new, please call.",
    Obstacle.NOT_ENROLLED: "This veteran is not enrolled in VA health care now and could not reply. Please call.",
    Obstacle.NOT_REGISTERED: "This veteran is not registered at a VA health facility now and could not reply. "
    "Please call.",
    Obstacle.NO_ACCOUNT: "This veteran has not signed up for secure messaging, so nobody would read this. Please call.",
    Obstacle.NOT_VERIFIED: "This veteran’s account is not verified, so they could not read this. Please call.",
}
# The same in a few words, for lists and spreadsheets.
SHORT = {
    Obstacle.UNKNOWN: "Not a veteran of this team",
    Obstacle.DECEASED: "Recorded as deceased",
    Obstacle.IDENTITY_THEFT: "Record locked (identity theft)",
    Obstacle.TEAM_INACTIVE: "Team not active",
    Obstacle.NO_PROVIDER: "Nobody on the team takes part",
    Obstacle.BLOCKED: "Blocked",
    Obstacle.NOT_ENROLLED: "Not enrolled",
    Obstacle.NOT_REGISTERED: "Not registered at a facility",
    Obstacle.NO_ACCOUNT: "Not signed up",
    Obstacle.NOT_VERIFIED: "Account not verified",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One veteran as the team may write to them, or not. `record_id` is the one that survives merges."""

    record_id: uuid.UUID
    account_ids: tuple[uuid.UUID, ...]
    obstacle: Obstacle | None


def recipients(
    *, team_id: uuid.UUID, record_ids: Collection[uuid.UUID], lock: bool = False
) -> dict[uuid.UUID, Recipient]:
    """Return who is behind each of these records, for the team; `lock` as in `standings`, within a transaction.

    What does not exist is nobody of the team, like anybody else's veteran.
    """
    found = standings(team_id=team_id, record_ids=record_ids, lock=lock)
    strangers = [standing for standing in found.values() if not standing.is_associated]
    known = _wrote_before(team_id, strangers)
    return {
        given: _recipient(found.get(given), given, is_known=given in found and found[given].record_id in known)
        for given in record_ids
    }


def _recipient(standing: Standing | None, given: uuid.UUID, *, is_known: bool) -> Recipient:
    if standing is None:
        return Recipient(given, (), Obstacle.UNKNOWN)
    if not standing.is_associated and not is_known:
        return Recipient(standing.record_id, (), Obstacle.UNKNOWN)
    return Recipient(standing.record_id, standing.account_ids, standing.obstacle)


def _wrote_before(team_id: uuid.UUID, strangers: Collection[Standing]) -> set[uuid.UUID]:
    """Return the survivors among these with whom, under any of their records, the team has a conversation."""
    survivor_of = {member: standing.record_id for standing in strangers for member in standing.family}
    if not survivor_of:
        return set()
    rows = Conversation.objects.filter(team_id=team_id, record_id__in=list(survivor_of)).order_by()
    return {survivor_of[record_id] for record_id in rows.values_list("record_id", flat=True).distinct()}
