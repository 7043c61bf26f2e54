"""Moving conversations and marking them read. Each action is one transaction: for all that are named, or none.

Locks are taken in one order, the folder first and then the conversations by id, so that two of these
never wait for each other in a circle.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from eligibility import queries as eligibility_queries
from messaging.mailbox.moving.spots import INBOX, Spot
from messaging.models import Conversation, Folder, Place
from messaging.permissions import check_veteran, visible_conversations
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

# A page shows 25; more than this was not chosen by hand.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Moved:
    """One conversation that was moved: what an undo needs to know."""

    id: uuid.UUID
    before: Spot
    after: Spot


def spot_of(conversation: Conversation) -> Spot:
    """Return where the veteran keeps a conversation."""
    return Spot(Place(conversation.place), conversation.folder_id)


def own_spot(actor: Actor, conversation_id: uuid.UUID) -> Spot:
    """Return where the veteran keeps an own conversation. Raises NotFound."""
    check_veteran(actor)
    conversation = visible_conversations(actor).filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return spot_of(conversation)


@transaction.atomic
def move(*, actor: Actor, conversation_ids: Collection[uuid.UUID], target: Spot) -> list[Moved]:
    """Move whole conversations, and return those that were elsewhere before.

    Raises NotFound when any of them, or the folder, is not the veteran's; InvalidInput for none or too many.
    """
    if target.folder_id is not None:
        locked_folder(actor, target.folder_id)
    conversations = _locked(actor, conversation_ids)
    moved = [Moved(each.id, spot_of(each), target) for each in conversations if spot_of(each) != target]
    _put(actor, conversations, moved)
    return moved


@transaction.atomic
def undo(*, actor: Actor, moved: Sequence[Moved]) -> int:
    """Put back what a move moved, and return how many that were.

    What was moved again since stays where it is; what came from a folder that is gone goes to the inbox.
    Raises NotFound when any of them is not the veteran's.
    """
    folder_ids = {each.before.folder_id for each in moved if each.before.folder_id}
    own = _own_folders(actor).filter(id__in=folder_ids).order_by("id").select_for_update(no_key=True)
    there = {folder.id for folder in own}
    conversations = {each.id: each for each in _locked(actor, [each.id for each in moved])}
    back = [
        Moved(each.id, each.after, each.before if each.before.folder_id in {None, *there} else INBOX)
        for each in moved
        if spot_of(conversations[each.id]) == each.after
    ]
    _put(actor, list(conversations.values()), back)
    return len(back)


@transaction.atomic
def set_read(*, actor: Actor, conversation_ids: Collection[uuid.UUID], read: bool) -> int:
    """Mark own conversations read or unread, and return how many that changes. Raises as `move` does."""
    changing = [each.id for each in _locked(actor, conversation_ids) if each.veteran_unread == read]
    Conversation.objects.filter(id__in=changing).update(veteran_unread=not read)
    return len(changing)


def receive(conversation: Conversation) -> None:
    """A message from the team: unread, and back in the inbox out of the trash. The caller holds and saves it.

    In an own folder it stays, and counts there: the veteran said where this belongs (docs/mailbox.md).
    """
    conversation.veteran_unread = True
    if conversation.place == Place.TRASH:
        conversation.place = Place.INBOX


def check_number(conversation_ids: Collection[uuid.UUID]) -> None:
    """Raise InvalidInput when nothing is selected, or more than a page could hold."""
    if not conversation_ids:
        raise InvalidInput(_("Select at least one conversation first"), code="nothing_selected", field="conversation")
    if len(conversation_ids) > AT_ONCE:
        text = _("Select at most %(most)s conversations at once") % {"most": AT_ONCE}
        raise InvalidInput(text, code="too_many", field="conversation")


def _locked(actor: Actor, conversation_ids: Collection[uuid.UUID]) -> list[Conversation]:
    check_veteran(actor)
    wanted = set(conversation_ids)
    check_number(wanted)
    own = visible_conversations(actor).select_for_update(of=("self",)).filter(id__in=wanted).order_by("id")
    found = list(own)
    if len(found) != len(wanted):
        raise NotFound
    return found


def _own_folders(actor: Actor) -> QuerySet[Folder]:
    check_veteran(actor)
    return Folder.objects.filter(record_id__in=eligibility_queries.conversation_record_ids(actor))


def locked_folder(actor: Actor, folder_id: uuid.UUID) -> Folder:
    """Return an own folder, which cannot be removed until the transaction ends. Raises NotFound."""
    folder = _own_folders(actor).filter(id=folder_id).select_for_update(no_key=True).first()
    if folder is None:
        raise NotFound
    return folder


def _put(actor: Actor, conversations: Sequence[Conversation], moved: Sequence[Moved]) -> None:
    owners = {each.id: each.record_id for each in conversations}
    by_target: dict[Spot, list[uuid.UUID]] = defaultdict(list)
    for each in moved:
        by_target[each.after].append(each.id)
        record(
            actor=actor,
            deed=Deed.CONVERSATION_MOVED,
            subject_id=owners[each.id],
            object_kind="conversation",
            object_id=each.id,
            details={"from": str(each.before), "to": str(each.after)},
        )
    for target, ids in sorted(by_target.items(), key=lambda entry: str(entry[0])):
        Conversation.objects.filter(id__in=ids).update(place=target.place, folder_id=target.folder_id)
