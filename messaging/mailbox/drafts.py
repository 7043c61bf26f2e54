"""Keeping what a veteran has typed: drafts may be partial, and no save overwrites another one unseen."""

import dataclasses
import secrets
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from eligibility.models import Association, CareTeam
from eligibility.queries import conversation_record_ids
from messaging import guided as guided_forms
from messaging.attachments import actions as files
from messaging.attachments.queries import has_files
from messaging.guided import Guided
from messaging.mailbox import taking_along
from messaging.mailbox.content import DraftContent
from messaging.models import Category, Conversation, Draft, Side
from messaging.permissions import check_veteran, visible_conversations
from messaging.posting import AlreadySent
from messaging.signing import LEGAL_NAME_MOST, LegalSignature
from messaging.text import BODY_MOST, SUBJECT_MOST, normalised
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.envelope import SealingKey, sealing_key
from smportal.errors import Conflict, InvalidInput, NotFound

# A draft may be longer than a message, so that somebody can paste first and shorten then.
DRAFT_MOST = 4 * BODY_MOST
# Leaves room to count on from it in the column and in the form.
FIRST_VERSION_MOST = 1_000_000_000
LEGAL_NAME_KEPT = 4 * LEGAL_NAME_MOST


class DraftChangedElsewhere(Conflict):
    """Another tab or device saved this draft since this page was opened; nothing was overwritten."""

    code = "draft_changed"

    def __init__(self) -> None:
        super().__init__(
            _("This draft was changed in another tab or on another device. Your text is still on this page.")
        )


def own_draft(actor: Actor, draft_id: uuid.UUID, *, lock: bool = False) -> Draft | None:
    """Return the veteran's own draft, or None when there is no draft of that id.

    Raises NotFound when there is one and it is somebody else's.
    """
    record_id = check_veteran(actor)
    # OF self: the joined team row must not be locked, or every draft of a team would wait.
    drafts = Draft.objects.select_for_update(of=("self",)) if lock else Draft.objects
    draft = drafts.filter(id=draft_id).first()
    if draft is None or (draft.side == Side.VETERAN and draft.record_id == record_id):
        return draft
    # A reply in a conversation of a record that was merged into the veteran's belongs to that record.
    if draft.side != Side.VETERAN or draft.record_id not in conversation_record_ids(actor):
        raise NotFound
    return draft


def save_draft(
    *,
    actor: Actor,
    draft_id: uuid.UUID,
    version: int,
    content: DraftContent,
    conversation_id: uuid.UUID | None = None,
) -> Draft | None:
    """Keep what was typed and return the draft with its new version; an empty one is not kept (None).

    `version` is the one that the page was opened with, 0 for a new draft. Raises
    DraftChangedElsewhere when it is no longer the current one, NotFound for a draft or
    conversation that is not the veteran's, InvalidInput for characters that cannot be kept.
    """
    try:
        with transaction.atomic():
            return _save(actor, draft_id, version, content, conversation_id)
    except IntegrityError:
        # Two pages began the same draft, or the conversation's one reply, at the same moment.
        raise DraftChangedElsewhere from None


def _save(
    actor: Actor, draft_id: uuid.UUID, version: int, content: DraftContent, conversation_id: uuid.UUID | None
) -> Draft | None:
    record_id = check_veteran(actor)
    draft = own_draft(actor, draft_id, lock=True)
    if draft is None:
        _check_never_sent(draft_id)
        draft = _new_draft(actor, record_id, draft_id, conversation_id)
    check_current(draft if draft.version else None, version, content)
    # One that refers to an earlier conversation is more than its text: emptied, it is still that.
    bare = draft.continues_id is None and content.is_empty
    if bare and not has_files(draft_id):
        discard(actor, draft)
        return None
    fill(draft, content)
    return draft


def check_current(draft: Draft | None, version: int | None, content: DraftContent) -> None:
    """Raise DraftChangedElsewhere when the draft holds another text than this, saved after `version`."""
    if draft is not None and version is not None and draft.version != version and not _says(draft, content):
        raise DraftChangedElsewhere


def keep(
    *,
    actor: Actor,
    draft_id: uuid.UUID,
    version: int,
    content: DraftContent,
    conversation_id: uuid.UUID | None = None,
) -> Draft | None:
    """Save, or keep the text as a draft of its own where this one was changed or sent meanwhile.

    Return None when there is nothing to keep. Raises what `save_draft` raises, but Conflict.
    """
    try:
        return save_draft(
            actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id
        )
    except Conflict:
        return keep_copy(actor=actor, content=content, conversation_id=conversation_id, like=draft_id)


@transaction.atomic
def keep_copy(
    *,
    actor: Actor,
    content: DraftContent,
    conversation_id: uuid.UUID | None = None,
    like: uuid.UUID | None = None,
) -> Draft | None:
    """Keep a text as a new message's draft: a reply's goes to the same team, under the same subject.

    What the draft `like` refers to, and its files, go along; a reply's refers to its conversation.
    Return None when there is nothing to keep. Raises as `save_draft` does.
    """
    files = [] if like is None else list(taking_along.files_of_draft(actor, like))
    if not content.body.strip() and not files and conversation_id is not None:
        return None
    conversation = _conversation(actor, conversation_id)
    if conversation is not None:
        content = dataclasses.replace(
            content,
            team_id=conversation.team_id,
            category=conversation.category,
            subject=conversation.unseal_text("subject_sealed"),
        )
    draft = save_draft(actor=actor, draft_id=uuid.uuid4(), version=0, content=content)
    if draft is not None and conversation is not None:
        taking_along.refer(draft, taking_along.RefersTo(conversation.id))
    elif draft is not None and like is not None:
        taking_along.refer(draft, taking_along.refers_to(actor, like))
    if draft is not None:
        taking_along.add_files(actor, draft, files)
    return draft


def _check_never_sent(draft_id: uuid.UUID) -> None:
    from messaging.models import Message

    if Message.objects.filter(draft_id=draft_id).exists():
        raise AlreadySent(_("This message was sent already. You can find it under Sent."))


def _new_draft(actor: Actor, record_id: uuid.UUID, draft_id: uuid.UUID, conversation_id: uuid.UUID | None) -> Draft:
    account_id = actor.account_id
    if account_id is None:
        raise NotFound
    now = clock.now()
    conversation = _conversation(actor, conversation_id)
    # A reply has one draft per conversation: a second page that starts one meets the first.
    begun = Draft.objects.filter(conversation=conversation, side=Side.VETERAN, deleted_at__isnull=True)
    if conversation and begun.exists():
        raise DraftChangedElsewhere
    return Draft(
        id=draft_id,
        side=Side.VETERAN,
        author_id=account_id,
        record_id=conversation.record_id if conversation else record_id,
        conversation=conversation,
        version=0,
        created_at=now,
        updated_at=now,
    )


def _conversation(actor: Actor, conversation_id: uuid.UUID | None) -> Conversation | None:
    if conversation_id is None:
        return None
    conversation = visible_conversations(actor).filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


def _says(draft: Draft, content: DraftContent) -> bool:
    return content.plain() == content_of(draft).plain()


def content_of(draft: Draft) -> DraftContent:
    """Return what a draft holds. Raises UnsealError when its text does not open."""
    return DraftContent(
        team_id=draft.team_id,
        category=draft.category,
        subject=draft.unseal_text("subject_sealed"),
        body=draft.unseal_text("body_sealed"),
        guided=Guided.unpacked(draft.unseal_text("guided_sealed")),
        with_signature=draft.with_signature,
        legal=LegalSignature(draft.unseal_text("legal_name_sealed"), draft.legal_certified),
        links=tuple(uuid.UUID(each) for each in draft.unseal_text("links_sealed").split()),
    )


def zone_of(draft: Draft) -> str:
    """Return the zone of the facility that a draft goes to, empty while no team is chosen."""
    if draft.conversation_id is not None:
        replies = Conversation.objects.filter(id=draft.conversation_id)
        return replies.values_list("team__facility__time_zone", flat=True).first() or ""
    if draft.team_id is None:
        return ""
    return CareTeam.objects.filter(id=draft.team_id).values_list("facility__time_zone", flat=True).first() or ""


def fill(draft: Draft, content: DraftContent) -> None:
    """Put a text into a locked draft and save it as the next version. Raises InvalidInput.

    What the draft says already stays that version: a late save of the same words is no news to another tab.
    """
    if content.category and content.category not in Category.values:
        raise InvalidInput(_("Choose a category from the list"), code="unknown_category", field="category")
    subject = normalised(content.subject, field="subject", label=_("A subject"))
    body = normalised(content.body, field="body", label=_("A message"))
    guided = guided_forms.kept(content.guided)
    legal_name = normalised(content.legal.name, field="legal_name", label=_("Full name"))[:LEGAL_NAME_KEPT]
    if len(subject) > SUBJECT_MOST * 4 or len(body) > DRAFT_MOST:
        raise InvalidInput(
            _("This is too long to keep as a draft. Shorten it to at most {most:,} characters.").format(
                most=DRAFT_MOST
            ),
            code="too_long",
            field="body",
        )
    adding = draft.version == 0
    legal = LegalSignature(legal_name, content.legal.certified)
    team_id = _own_team(draft, content.team_id)
    said = DraftContent(team_id, content.category, subject, body, guided, content.with_signature, legal, content.links)
    if not adding and draft.deleted_at is None and content_of(draft) == said:
        return
    draft.team_id, draft.category = team_id, content.category
    key = sealing_key(draft.sealing_owner())
    draft.seal_text("subject_sealed", subject, key=key)
    draft.seal_text("body_sealed", body, key=key)
    _seal_or_clear(draft, "guided_sealed", guided.packed(), key)
    _seal_or_clear(draft, "legal_name_sealed", legal_name, key)
    _seal_or_clear(draft, "links_sealed", " ".join(map(str, content.links)), key)
    draft.with_signature, draft.legal_certified = content.with_signature, content.legal.certified
    # A draft that was emptied, so deleted, and begun again must not meet an old page's version by chance.
    draft.version = draft.version + 1 if draft.version else 1 + secrets.randbelow(FIRST_VERSION_MOST)
    draft.updated_at = clock.now()
    # Somebody goes on writing in a page that was open when the draft was deleted: it is wanted again.
    draft.deleted_at = None
    draft.save(force_insert=adding, force_update=not adding)


def _seal_or_clear(draft: Draft, column: str, value: str, key: SealingKey) -> None:
    """Seal what few drafts have; nothing costs nothing."""
    if value:
        draft.seal_text(column, value, key=key)
    else:
        setattr(draft, column, None)


def _own_team(draft: Draft, team_id: uuid.UUID | None) -> uuid.UUID | None:
    """Keep a team that is or was the veteran's; of any other a draft must not even tell that it exists."""
    if team_id is None or draft.team_id == team_id:
        return team_id
    own = Q(record_id=draft.record_id) | Q(record__merged_from=draft.record_id)
    known = Association.objects.filter(own, team_id=team_id).exists()
    return team_id if known else None


@transaction.atomic
def choose_team(*, actor: Actor, draft_id: uuid.UUID, team_id: uuid.UUID) -> Draft:
    """Address an own draft to another team and leave its text alone; pages open on it are told at their next save.

    Raises NotFound for a draft or a team that is not the veteran's.
    """
    draft = own_draft(actor, draft_id, lock=True)
    if draft is None or draft.deleted_at or draft.conversation_id is not None or _own_team(draft, team_id) is None:
        raise NotFound
    draft.team_id, draft.version, draft.updated_at = team_id, draft.version + 1, clock.now()
    draft.save(update_fields=["team", "version", "updated_at"])
    return draft


def discard(actor: Actor, draft: Draft) -> None:
    """Remove a locked draft, if it was ever stored, with its audit row."""
    if draft.version > 0:
        record(
            actor=actor, deed=Deed.DRAFT_DELETED, subject_id=draft.record_id, object_kind="draft", object_id=draft.id
        )
        Draft.objects.filter(id=draft.id).delete()
        files.discard(actor=actor, draft_id=draft.id)
