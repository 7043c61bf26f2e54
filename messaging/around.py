"""What may lie around an opened conversation, and mostly does not: one statement tells what a page has to ask for.

Like the marks on the conversation itself (`has_attachment`, `was_handed_over`), for what changes too often to be kept
there. Whoever shows one more such thing adds a line here instead of a statement to every page.
"""

import datetime as dt
import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from messaging.models import Conversation, Side
from smportal.prepared import prepared_cursor

# More other conversations of a veteran than these nobody takes in beside an answer; a search by veteran shows all.
MOST_ELSEWHERE: Final = 5


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """Another open conversation of the veteran's with one of the reader's teams."""

    id: uuid.UUID
    team_id: uuid.UUID
    category: str
    due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Around:
    """What there is to show beside the messages of one conversation, for one side."""

    # When the open clock started, None where no answer is due.
    waits_since: dt.datetime | None
    # When the veteran said that no answer is needed any more, the first time first.
    withdrawals: tuple[dt.datetime, ...]
    # Whether another conversation goes on with this one.
    is_continued: bool
    has_notes: bool
    # Of an answer that is not sent: the draft of this side, and its files.
    has_draft: bool
    has_unsent_files: bool
    # Texts of this side that another one took the place of, or that were given up.
    has_put_away: bool
    # Whether the reader ends messages with a signature of their own.
    has_signature: bool
    # The veteran's other open conversations with the reader's teams, by due instant: showing them is a disclosure.
    elsewhere: tuple[OpenElsewhere, ...]


_AROUND = """
SELECT
    (SELECT min(started_at) FROM messaging_obligation WHERE conversation_id = %(id)s AND ended_at IS NULL),
    ARRAY(SELECT ended_at FROM messaging_obligation
        WHERE conversation_id = %(id)s AND "end" = 'withdrawn' AND ended_at IS NOT NULL ORDER BY ended_at),
    EXISTS (SELECT FROM messaging_conversation WHERE continues_id = %(id)s),
    EXISTS (SELECT FROM messaging_internalnote WHERE conversation_id = %(id)s),
    EXISTS (SELECT FROM messaging_draft WHERE conversation_id = %(id)s AND side = %(side)s AND deleted_at IS NULL),
    EXISTS (SELECT FROM messaging_attachment
        WHERE conversation_id = %(id)s AND side = %(side)s AND record_id = %(record)s AND message_id IS NULL),
    EXISTS (SELECT FROM messaging_draft WHERE conversation_id = %(id)s AND side = %(side)s AND deleted_at IS NOT NULL),
    EXISTS (SELECT FROM messaging_personalsignature WHERE account_id = %(account)s)
"""

# For staff one column more. The records first: told as a condition of the conversations, all open ones of the teams are
# read.
_WITH_ELSEWHERE = f"""{_AROUND}, (
    SELECT json_agg(json_build_array(e.id, e.team_id, e.category, e.due_at) ORDER BY e.at, e.id)::text FROM (
        SELECT c.id, c.team_id, c.category, c.due_at, coalesce(c.due_at, c.last_message_at) AS at
        FROM messaging_conversation c
        WHERE c.record_id = ANY(ARRAY(
            SELECT %(record)s::uuid UNION SELECT id FROM accounts_veteranrecord WHERE merged_into_id = %(record)s
            UNION SELECT merged_into_id FROM accounts_veteranrecord WHERE id = %(record)s
        )) AND c.state IN ('new', 'in_progress') AND c.team_id = ANY(%(teams)s) AND c.id <> %(id)s
        ORDER BY at, c.id LIMIT {MOST_ELSEWHERE}
    ) AS e
)"""  # noqa: S608 - constants only; every value is a parameter


def around(
    conversation: Conversation,
    side: Side,
    *,
    account_id: uuid.UUID | None = None,
    team_ids: Collection[uuid.UUID] = (),
) -> Around:
    """Return what lies around a disclosed conversation for one side; account and teams are the reader's."""
    parameters: dict[str, uuid.UUID | str | list[uuid.UUID] | None] = {
        "id": conversation.id,
        "record": conversation.record_id,
        "side": side.value,
        "account": account_id,
    }
    statement = _AROUND
    if side is Side.STAFF:
        statement, parameters = _WITH_ELSEWHERE, {**parameters, "teams": list(team_ids)}
    with prepared_cursor() as cursor:
        cursor.execute(statement, parameters)
        since, withdrawals, *marks = cursor.fetchone()
    others = json.loads(marks.pop() or "[]") if side is Side.STAFF else []
    marks.append(tuple(map(_elsewhere, others)))
    return Around(since, tuple(withdrawals), *marks)


def _elsewhere(row: tuple[str, str, str, str | None]) -> OpenElsewhere:
    key, team, category, due = row
    return OpenElsewhere(uuid.UUID(key), uuid.UUID(team), category, dt.datetime.fromisoformat(due) if due else None)
