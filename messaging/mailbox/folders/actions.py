"""Making, renaming and removing own folders. Each action is one transaction."""

import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import VeteranRecord
from eligibility import queries as eligibility_queries
from messaging.mailbox.folders.names import clean_name, same
from messaging.mailbox.moving.actions import locked_folder
from messaging.models import Conversation, Folder, Place
from messaging.permissions import check_veteran
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.digests import keyed_digest
from smportal.crypto.fields import warm
from smportal.errors import Conflict, InvalidInput

# Each stands beside every page of the mailbox.
FOLDERS_MOST = 30
DIGEST_PURPOSE = "folder-name"


def create(*, actor: Actor, name: str) -> Folder:
    """Make a folder. Raises InvalidInput naming the field: a bad name, one that is there, or too many folders."""
    clean = clean_name(name)
    try:
        with transaction.atomic():
            return _create(actor, clean)
    except IntegrityError:
        raise _taken() from None


def _create(actor: Actor, name: str) -> Folder:
    record_id = check_veteran(actor)
    # One at a time for each veteran, or two at once could pass the limit together.
    VeteranRecord.objects.select_for_update(no_key=True).get(id=record_id)
    own = _own(actor)
    if len(own) >= FOLDERS_MOST:
        raise InvalidInput(
            _("You have %(most)s folders, and there can’t be more. Remove an empty one first.")
            % {"most": FOLDERS_MOST},
            code="too_many",
            field="name",
        )
    _check_free(own, name)
    folder = Folder(record_id=record_id, created_at=clock.now())
    _call(folder, name)
    folder.save(force_insert=True)
    _record(actor, folder, "made")
    return folder


def rename(*, actor: Actor, folder_id: uuid.UUID, name: str) -> Folder:
    """Give a folder another name. Raises NotFound, InvalidInput naming the field."""
    clean = clean_name(name)
    try:
        with transaction.atomic():
            folder = locked_folder(actor, folder_id)
            _check_free([each for each in _own(actor) if each.id != folder.id], clean)
            _call(folder, clean)
            folder.save(update_fields=["name_sealed", "name_digest"])
            _record(actor, folder, "renamed")
            return folder
    except IntegrityError:
        raise _taken() from None


@transaction.atomic
def remove(*, actor: Actor, folder_id: uuid.UUID) -> None:
    """Remove an empty folder. Raises NotFound, Conflict when something is in it."""
    # FOR UPDATE: nobody may be on the way into it.
    locked_folder(actor, folder_id)
    folder = Folder.objects.select_for_update().get(id=folder_id)
    own = eligibility_queries.conversation_record_ids(actor)
    inside = Conversation.objects.filter(folder=folder, record_id__in=own).count()
    if inside:
        raise Conflict(
            ngettext(
                "This folder still has %(count)d conversation. Move it somewhere else first.",
                "This folder still has %(count)d conversations. Move them somewhere else first.",
                inside,
            )
            % {"count": inside},
            code="not_empty",
        )
    # What came with a record that was merged by mistake shows in that record's inbox already.
    Conversation.objects.filter(folder=folder).update(place=Place.INBOX, folder=None)
    _record(actor, folder, "removed")
    Folder.objects.filter(id=folder.id).delete()


def _own(actor: Actor) -> list[Folder]:
    own = list(Folder.objects.filter(record_id__in=eligibility_queries.conversation_record_ids(actor)))
    warm(own, "name_sealed")
    return own


def _check_free(others: list[Folder], name: str) -> None:
    """Compare the names themselves: a digest under an older key, or of a merged record, would not tell."""
    if same(name) in {same(folder.unseal_text("name_sealed")) for folder in others}:
        raise _taken()


def _taken() -> InvalidInput:
    return InvalidInput(_("You have a folder with this name already. Choose another name."), code="taken", field="name")


def _call(folder: Folder, name: str) -> None:
    folder.seal_text("name_sealed", name)
    # The record is part of it: equal names of two veterans must not be told from the table.
    folder.name_digest = keyed_digest(DIGEST_PURPOSE, folder.record_id.bytes + same(name).encode())


def _record(actor: Actor, folder: Folder, change: str) -> None:
    record(
        actor=actor,
        deed=Deed.FOLDER_CHANGED,
        subject_id=folder.record_id,
        object_kind="folder",
        object_id=folder.id,
        details={"change": change},
    )
