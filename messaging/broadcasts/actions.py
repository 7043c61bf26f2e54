"""What a triage lead does with a broadcast. The work itself is making.py's, in the background."""

import uuid
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.db.models import Count

from eligibility.models import CareTeam, Facility, Relation
from messaging.broadcasts.choosing import choose
from messaging.broadcasts.content import Content, content_of, text_of
from messaging.broadcasts.making import end
from messaging.broadcasts.permissions import check_leads, visible_broadcasts
from messaging.library import cards
from messaging.mailbox.drafts import DRAFT_MOST, DraftChangedElsewhere
from messaging.models import Broadcast, BroadcastRecipient, BroadcastState, Category, RecipientState, Source
from messaging.permissions import check_staff
from messaging.text import normalised
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, InvalidInput, NotFound, Refused

LIST_MOST = 1_000_000


@transaction.atomic
def begin(*, actor: Actor, team_id: uuid.UUID) -> Broadcast:
    """Return the actor's draft for a team that the actor leads, begun now unless there is one. Raises NotFound."""
    staff_id = check_staff(actor)
    if actor.account_id is None or team_id not in check_leads(actor):
        raise NotFound
    own = Broadcast.objects.filter(team_id=team_id, author_staff_id=staff_id, state=BroadcastState.DRAFT)
    if standing := own.first():
        return standing
    now = clock.now()
    made = Broadcast(
        team_id=team_id,
        facility_id=CareTeam.objects.values_list("facility_id", flat=True).get(id=team_id),
        author_id=actor.account_id,
        author_staff_id=staff_id,
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        # Begun twice at once.
        return own.get()
    return made


def locked(actor: Actor, broadcast_id: uuid.UUID) -> Broadcast:
    """Return a broadcast of a team that the actor leads, locked. Raises NotFound."""
    visible = visible_broadcasts(actor).select_for_update(of=("self",))
    found = visible.select_related("team__facility", "facility", "registered_at").filter(id=broadcast_id).first()
    if found is None:
        raise NotFound
    return found


def _own(actor: Actor, broadcast_id: uuid.UUID) -> Broadcast:
    """Return one of the actor's own, locked: only its author changes or sends it."""
    found = locked(actor, broadcast_id)
    if found.author_id != actor.account_id:
        raise NotFound
    return found


@transaction.atomic
def save_draft(*, actor: Actor, broadcast_id: uuid.UUID, version: int | None, content: Content) -> Broadcast:
    """Keep what was typed, and return the draft with its new version.

    Raises NotFound, Conflict when it is no draft any more, DraftChangedElsewhere when another tab saved since
    `version`, InvalidInput for what cannot be kept.
    """
    draft = _own(actor, broadcast_id)
    if draft.state != BroadcastState.DRAFT:
        raise Conflict("This text is being sent, or was sent already. Nothing was changed.", code="already_sent")
    if _says(draft, content):
        # Nothing new: a save that comes late, after the form's own, must not make that page's version old.
        return draft
    if version is not None and draft.version != version:
        raise DraftChangedElsewhere
    _fill(draft, content)
    return draft


def keep(*, actor: Actor, broadcast_id: uuid.UUID, version: int | None, content: Content) -> Broadcast:
    """Save what came after its session had ended; beside another tab's newer text. Raises as `save_draft`."""
    try:
        return save_draft(actor=actor, broadcast_id=broadcast_id, version=version, content=content)
    except DraftChangedElsewhere:
        held = content_of(visible_broadcasts(actor).select_related("facility").get(id=broadcast_id))
        both = replace(held, body=f"{held.body}\n\n{content.body}".strip(), icns=None)
        return save_draft(actor=actor, broadcast_id=broadcast_id, version=None, content=both)


def _says(draft: Broadcast, content: Content) -> bool:
    held = content_of(draft)
    icns = held.icns if content.icns is None else content.icns
    return replace(content, icns=icns, body=_lines(content.body)) == replace(held, body=_lines(held.body))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _fill(draft: Broadcast, content: Content) -> None:
    subject = normalised(content.subject, field="subject", label="A subject")
    body = normalised(content.body, field="body", label="A message")
    if len(subject) > DRAFT_MOST or len(body) > DRAFT_MOST:
        raise InvalidInput("This is too long to keep as a draft.", code="too_long", field="body")
    draft.category = content.category if content.category in Category.values else ""
    draft.seal_text("subject_sealed", subject)
    draft.seal_text("body_sealed", body)
    draft.seal_text("links_sealed", " ".join(map(str, content.links)))
    draft.source = content.source if content.source in Source.values else Source.LIST
    draft.relation = content.relation if content.relation in Relation.values else ""
    draft.registered_at = Facility.objects.filter(id=content.registered_at).first() if content.registered_at else None
    if content.icns is not None:
        icns = normalised(content.icns, field="icns", label="The list")
        if len(icns) > LIST_MOST:
            raise InvalidInput("This list is too long.", code="too_long", field="icns")
        draft.seal_text("list_sealed", icns)
    draft.version += 1
    draft.updated_at = clock.now()
    draft.save()


@transaction.atomic
def check(*, actor: Actor, broadcast_id: uuid.UUID) -> Broadcast:
    """Have it looked up who can get a draft; nothing is sent yet.

    Raises NotFound, Conflict when it is no draft any more, InvalidInput naming the field for a text that could not
    be sent, and for nobody or too many veterans.
    """
    draft = _own(actor, broadcast_id)
    if draft.state != BroadcastState.DRAFT:
        raise Conflict("This text is being sent, or was sent already. Nothing was changed.", code="already_sent")
    text_of(draft)
    cards.chosen(content_of(draft).links)
    choose(draft)
    draft.state, draft.updated_at = BroadcastState.CHECKING, clock.now()
    draft.save(update_fields=["state", "updated_at", "repeated"])
    return draft


@transaction.atomic
def edit(*, actor: Actor, broadcast_id: uuid.UUID) -> Broadcast:
    """Go back to the text of one that is not being sent yet. Raises NotFound, Conflict, Refused for a second draft."""
    found = _own(actor, broadcast_id)
    if found.state not in {BroadcastState.CHECKING, BroadcastState.READY, BroadcastState.DRAFT}:
        raise Conflict("This text is being sent, or was sent already. Nothing was changed.", code="already_sent")
    others = Broadcast.objects.filter(team_id=found.team_id, author_staff_id=found.author_staff_id).exclude(id=found.id)
    if others.filter(state=BroadcastState.DRAFT).exists():
        raise Refused("You have begun another text for this team. Send or delete that one first.", code="two_drafts")
    BroadcastRecipient.objects.filter(broadcast=found).delete()
    found.state, found.updated_at = BroadcastState.DRAFT, clock.now()
    found.save(update_fields=["state", "updated_at"])
    return found


@transaction.atomic
def delete(*, actor: Actor, broadcast_id: uuid.UUID) -> None:
    """Delete one that was never sent to anybody; that it was there stays on record. Raises NotFound, Conflict."""
    found = _own(actor, broadcast_id)
    if found.state not in {BroadcastState.DRAFT, BroadcastState.CHECKING, BroadcastState.READY}:
        raise Conflict("This text was sent, so it stays on record.", code="already_sent")
    broadcast_id, team_id, was = found.id, found.team_id, found.state
    found.delete()
    record(
        actor=actor,
        deed=Deed.DRAFT_DELETED,
        object_kind="broadcast",
        object_id=broadcast_id,
        details={"team": str(team_id), "was": was},
    )


def confirm(*, actor: Actor, broadcast_id: uuid.UUID, count: int) -> Broadcast:
    """Send to the veterans whom the page named: `count` is how many these were. Confirmed twice, it is sent once.

    Its links are sealed as they are now: everybody gets the same, whatever becomes of the library meanwhile. Raises NotFound;
    Conflict when it is not ready, or the number is another now; InvalidInput for a link that is no longer in the library;
    Refused while the team is sending another one.
    """
    try:
        with transaction.atomic():
            return _confirm(actor, broadcast_id, count)
    except IntegrityError:
        raise Refused(
            "Your team is sending another text to many veterans right now. Wait until it’s done, then send this one.",
            code="another_sending",
        ) from None


def _confirm(actor: Actor, broadcast_id: uuid.UUID, count: int) -> Broadcast:
    found = _own(actor, broadcast_id)
    if found.confirmed_at is not None:
        return found
    if found.state != BroadcastState.READY:
        raise Conflict("Check first who can get this message.", code="not_ready")
    states = dict(
        BroadcastRecipient.objects.filter(broadcast=found)
        .order_by()
        .values_list("state")
        .annotate(number=Count("id"))
        .values_list("state", "number")
    )
    pending = states.get(RecipientState.PENDING, 0)
    if pending != count or not pending:
        raise Conflict("The number of veterans has changed. Look at the page again, then confirm.", code="other_number")
    now = clock.now()
    cards.seal(found, cards.chosen(content_of(found).links))
    found.state, found.confirmed_at, found.updated_at, found.list_sealed = BroadcastState.SENDING, now, now, None
    found.save(update_fields=["state", "confirmed_at", "updated_at", "list_sealed", "cards_sealed"])
    record(
        actor=actor,
        deed=Deed.BROADCAST_CONFIRMED,
        object_kind="broadcast",
        object_id=found.id,
        reason=found.source,
        details={
            "team": str(found.team_id),
            "recipients": pending,
            "left_out": states.get(RecipientState.LEFT_OUT, 0),
            "relation": found.relation,
            "registered_at": found.registered_at_id,
        },
    )
    return found


@transaction.atomic
def stop(*, actor: Actor, broadcast_id: uuid.UUID) -> Broadcast:
    """Stop one that is being sent: whoever has not got it does not get it. Any lead of the team may.

    Waits for the batch that is being made. Raises NotFound, Conflict when it is not being sent.
    """
    found = locked(actor, broadcast_id)
    if found.state == BroadcastState.STOPPED:
        return found
    if found.state != BroadcastState.SENDING:
        raise Conflict("This text is not being sent now. Nothing was changed.", code="not_sending")
    end(actor, found, BroadcastState.STOPPED, reason="stopped")
    return found
