"""What may lie around an opened conversation, and mostly does not: one statement tells what a page has to ask for.

Like the marks on the conversation itself (`has_attachment`, `was_handed_over`), for what changes too often to be kept
there. Whoever shows one more such thing adds a line here instead of a statement to every page.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from messaging.models import Conversation, Side


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
    # Whether the veteran has another open conversation with one of the reader's teams.
    is_open_elsewhere: bool


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
    EXISTS (SELECT FROM messaging_personalsignature WHERE account_id = %(account)s),
    EXISTS (SELECT FROM messaging_conversation c WHERE c.team_id = ANY(%(teams)s) AND c.id <> %(id)s
        AND c.state IN ('new', 'in_progress') AND c.record_id IN (
            SELECT %(record)s UNION SELECT id FROM accounts_veteranrecord WHERE merged_into_id = %(record)s
            UNION SELECT merged_into_id FROM accounts_veteranrecord WHERE id = %(record)s))
"""


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
        "teams": list(team_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, parameters)
        since, withdrawals, *marks = cursor.fetchone()
    return Around(since, tuple(withdrawals), *marks)
