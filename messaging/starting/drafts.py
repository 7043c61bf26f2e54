"""What a member has written to a veteran before it is sent: kept as it is typed, one for each team and veteran.

It begins when the veteran is chosen, so it always has one, and is sealed under that veteran's key. It is its
author's alone; a reply's draft, which the team shares, is another matter.
"""

import uuid
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from eligibility import queries as eligibility_queries
from eligibility.reaching import Obstacle
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import DraftChangedElsewhere, check_current, content_of, discard, fill
from messaging.models import Draft, Message, Side
from messaging.permissions import check_staff
from messaging.starting.recipients import recipients
from smportal import clock
from smportal.actor import Actor
from smportal.crypto.fields import warm
from smportal.errors import Conflict, NotFound

MOST_LISTED = 20


def begin(*, actor: Actor, team_id: uuid.UUID, record_id: uuid.UUID) -> Draft:
    """Return the actor's text to a veteran of a team, begun now unless there is one. Raises NotFound.

    Somebody whose record was merged is written to under the one that survives.
    """
    check_staff(actor)
    if actor.account_id is None or team_id not in eligibility_queries.team_ids_of(actor):
        raise NotFound
    recipient = recipients(team_id=team_id, record_ids=[record_id])[record_id]
    if recipient.obstacle is Obstacle.UNKNOWN:
        raise NotFound
    own = own_drafts(actor).filter(team_id=team_id, record_id=recipient.record_id)
    if standing := own.first():
        return standing
    now = clock.now()
    draft = Draft(
        id=uuid.uuid4(),
        side=Side.STAFF,
        author_id=actor.account_id,
        record_id=recipient.record_id,
        team_id=team_id,
        version=1,
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        # Chosen twice at once.
        return own.get()
    return draft


def own_drafts(actor: Actor) -> "QuerySet[Draft]":
    """Return what the actor has begun to write to veterans, and not sent."""
    return Draft.objects.filter(
        side=Side.STAFF, author_id=actor.account_id, conversation__isnull=True, deleted_at__isnull=True
    )


def own_draft(actor: Actor, draft_id: uuid.UUID, *, lock: bool = False) -> Draft | None:
    """Return one of them, or None."""
    check_staff(actor)
    drafts = own_drafts(actor)
    return (drafts.select_for_update(of=("self",)) if lock else drafts).filter(id=draft_id).first()


def team_of(actor: Actor, draft_id: uuid.UUID) -> uuid.UUID:
    """Return the team that a draft of the actor's, sent or not, is written for. Raises NotFound."""
    if draft := own_draft(actor, draft_id):
        team_id = draft.team_id
    else:
        sent = sent_from(actor, draft_id)
        team_id = sent.conversation.team_id if sent else None
    if team_id is None:
        raise NotFound
    return team_id


@transaction.atomic
def save_draft(*, actor: Actor, draft_id: uuid.UUID, version: int | None, content: DraftContent) -> Draft:
    """Keep what was typed, and return the draft with its new version.

    Raises NotFound for a draft that is not the actor's, Conflict for one that was sent, DraftChangedElsewhere
    when another tab saved another text since `version`, InvalidInput for characters that cannot be kept.
    """
    draft = own_draft(actor, draft_id, lock=True)
    if draft is None:
        if sent_from(actor, draft_id) is not None:
            raise Conflict("This message was sent already.", code="already_sent")
        raise NotFound
    # Team and veteran were chosen for good when it began.
    whole = replace(content, team_id=draft.team_id)
    if content_of(draft).plain() == whole.plain():
        # Nothing new: a save that comes late, after the form's own, must not make that page's version old.
        return draft
    check_current(draft, version, whole)
    fill(draft, whole)
    return draft


def keep(*, actor: Actor, draft_id: uuid.UUID, version: int | None, content: DraftContent) -> Draft:
    """Save what came after its session had ended; beside another tab's newer text if there is one. Raises as `save_draft`."""
    try:
        return save_draft(actor=actor, draft_id=draft_id, version=version, content=content)
    except DraftChangedElsewhere:
        standing = own_draft(actor, draft_id)
        if standing is None:
            raise NotFound from None
        newer = content_of(standing)
        both = replace(newer, body=f"{newer.body}\n\n{content.body}".strip())
        return save_draft(actor=actor, draft_id=draft_id, version=standing.version, content=both)


def sent_from(actor: Actor, draft_id: uuid.UUID) -> Message | None:
    """Return the message that a draft of the actor's became."""
    return Message.objects.filter(draft_id=draft_id, author_account_id=actor.account_id, side=Side.STAFF).first()


@transaction.atomic
def delete(*, actor: Actor, draft_id: uuid.UUID) -> None:
    """Delete an unsent text with its files. Raises NotFound."""
    draft = own_draft(actor, draft_id, lock=True)
    if draft is None:
        raise NotFound
    discard(actor, draft)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A text that waits to be sent, as a list shows it."""

    id: uuid.UUID
    veteran: str
    team: str
    subject: str


def unfinished(actor: Actor) -> list[Unfinished]:
    """Return the actor's texts to veterans of teams that are still the actor's, the latest first."""
    own = own_drafts(actor).filter(team_id__in=eligibility_queries.team_ids_of(actor), body_sealed__isnull=False)
    rows = list(own.select_related("record", "team").order_by("-updated_at", "-id")[:MOST_LISTED])
    warm(rows, "subject_sealed", "body_sealed")
    return [
        Unfinished(
            row.id,
            row.record.full_name,
            row.team.internal_name if row.team else "",
            row.unseal_text("subject_sealed") or "No subject yet",
        )
        for row in rows
        if not content_of(row).is_empty
    ]
