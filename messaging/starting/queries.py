"""What the page of a new conversation shows of the veteran."""

import uuid
from dataclasses import dataclass

from django.db import transaction

from eligibility import queries as eligibility_queries
from messaging.inbox.rows import last_first
from messaging.inbox.veterans import age_on
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import content_of
from messaging.models import Draft
from messaging.starting import drafts
from messaging.starting.recipients import WORDS, recipients
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Addressee:
    """The veteran to whom a draft goes, and why it cannot be sent now (empty where it can)."""

    name: str
    preferred_name: str
    age: int | None
    team: str
    facility: str
    obstacle: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft with whom it goes to. `zone` is the facility's."""

    draft: Draft
    content: DraftContent
    to: Addressee
    zone: str


def begun(actor: Actor, draft_id: uuid.UUID) -> Begun:
    """Return the actor's draft, having recorded that the veteran's name is shown. Raises NotFound.

    Somebody who has left the team no longer learns whom the text is for.
    """
    with transaction.atomic():
        draft = drafts.own_drafts(actor).select_related("record__account", "team__facility").filter(id=draft_id).first()
        if draft is None or draft.team is None or draft.team_id not in eligibility_queries.team_ids_of(actor):
            raise NotFound
        record(
            actor=actor,
            deed=Deed.LIST_SHOWN,
            subject_id=draft.record_id,
            object_kind="veterans",
            details={"records": [str(draft.record_id)]},
        )
        return Begun(draft, content_of(draft), _addressee(draft), draft.team.facility.time_zone)


def _addressee(draft: Draft) -> Addressee:
    team, veteran = draft.team, draft.record
    assert team is not None  # noqa: S101 - for the type checker: looked at by the caller
    recipient = recipients(team_id=team.id, record_ids=[veteran.id])[veteran.id]
    account = getattr(veteran, "account", None)
    return Addressee(
        name=last_first(veteran.last_name, veteran.first_name),
        preferred_name=account.preferred_name if account else "",
        age=age_on(veteran, clock.today(team.facility.zone)),
        team=team.internal_name,
        facility=team.facility.name,
        obstacle=WORDS[recipient.obstacle] if recipient.obstacle else "",
    )
