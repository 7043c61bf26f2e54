"""What a conversation's page shows of the team's answer that is being written."""

import datetime as dt
import uuid
from dataclasses import dataclass

from messaging.answering import rows
from messaging.around import Around
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import content_of
from messaging.models import Conversation, Draft
from smportal import times
from smportal.crypto.fields import warm


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer as the page's form starts with it. `by` and `saved` are empty while there is none."""

    draft_id: uuid.UUID
    version: int
    content: DraftContent
    by: str = ""
    saved: str = ""
    is_own: bool = False
    has_put_away: bool = False


@dataclass(frozen=True, slots=True)
class PutAway:
    """A text that another one took the place of, or that was given up."""

    id: uuid.UUID
    by: str
    body: str
    when: str


def answer_of(opened: Conversation, account_id: uuid.UUID | None, *, zone: dt.tzinfo, around: Around) -> Answer:
    """Return the answer of a conversation that its reader has opened; no query where there is none."""
    draft = rows.current(opened.id) if around.has_draft else None
    if draft is None:
        return Answer(uuid.uuid4(), 0, DraftContent(), has_put_away=around.has_put_away)
    return Answer(
        draft.id,
        draft.version,
        content_of(draft),
        by=rows.writer_of(draft),
        saved=times.moment(draft.updated_at, zone),
        is_own=draft.author_id == account_id,
        has_put_away=around.has_put_away,
    )


def put_away_of(opened: Conversation, *, zone: dt.tzinfo) -> list[PutAway]:
    """Return the texts of an opened conversation that were put away, the last first."""
    found = rows.put_away_of(opened.id)
    warm(found, "body_sealed")
    return [
        PutAway(draft.id, rows.writer_of(draft), content_of(draft).body, times.moment(_when(draft), zone))
        for draft in found
    ]


def _when(draft: Draft) -> dt.datetime:
    return draft.deleted_at or draft.updated_at
