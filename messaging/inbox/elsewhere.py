"""The veteran's other open conversations with the reader's teams: whoever answers one should know of the others."""

from dataclasses import dataclass

from messaging.around import Around, OpenElsewhere
from messaging.inbox.desk import Desk
from messaging.links import url_of_each
from messaging.models import Category
from smportal import times


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One of them; its subject shows where it is opened."""

    url: str
    team: str
    category: str
    due: str
    is_overdue: bool


def open_elsewhere(desk: Desk, around: Around) -> list[Elsewhere]:
    """Return what opening a conversation has put on record of the veteran's other ones, ready to show."""
    if not around.elsewhere:
        return []
    url_of = url_of_each("team_conversation")
    return [_row(desk, each, url_of(each.id)) for each in around.elsewhere]


def _row(desk: Desk, each: OpenElsewhere, url: str) -> Elsewhere:
    team = desk.teams[each.team_id]
    zone = times.viewer_zone(desk.chosen_zone, team.zone)
    return Elsewhere(
        url=url,
        team=team.name,
        category=str(Category(each.category).label),
        due=times.weekday_moment(each.due_at, zone) if each.due_at else "",
        is_overdue=each.due_at is not None and each.due_at <= desk.now,
    )
