"""The lists of drafts: those to go on with, and those deleted in the last thirty days."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from messaging import keyset
from messaging.keyset import Cursor, Page
from messaging.mailbox.queries import Mailbox
from messaging.models import Draft, Side
from smportal import clock, times
from smportal.crypto.fields import warm


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft in a list."""

    id: uuid.UUID
    conversation_id: uuid.UUID | None
    subject: str
    team: str
    saved: str
    deleted: str


def drafts_page(mailbox: Mailbox, cursor: Cursor | None, *, zone: str = "") -> Page[DraftRow]:
    """Return 25 drafts, the last saved first."""
    scopes = [scope.filter(deleted_at__isnull=True) for scope in _own(mailbox)]
    return _rows(keyset.fetch(scopes, field="updated_at", descending=True, cursor=cursor), zone)


def deleted_page(mailbox: Mailbox, cursor: Cursor | None, *, zone: str = "") -> Page[DraftRow]:
    """Return 25 deleted drafts, the last deleted first."""
    scopes = [scope.filter(deleted_at__isnull=False) for scope in _own(mailbox)]
    return _rows(keyset.fetch(scopes, field="deleted_at", descending=True, cursor=cursor), zone)


def _own(mailbox: Mailbox) -> list[QuerySet[Draft]]:
    base = Draft.objects.filter(side=Side.VETERAN).select_related("team__facility", "conversation__team__facility")
    return [base.filter(record_id=record_id) for record_id in mailbox.record_ids]


def _rows(page: Page[Draft], zone: str) -> Page[DraftRow]:
    warm(page.rows, "subject_sealed")
    warm([draft.conversation for draft in page.rows if draft.conversation], "subject_sealed")
    now = clock.now()
    return keyset.mapped(page, lambda draft: _row(draft, zone, now))


def _row(draft: Draft, chosen_zone: str, now: dt.datetime) -> DraftRow:
    team = draft.conversation.team if draft.conversation else draft.team
    zone = times.viewer_zone(chosen_zone, team.facility.time_zone if team else "")
    if draft.conversation:
        subject = _("Reply: %(subject)s") % {"subject": draft.conversation.unseal_text("subject_sealed")}
    else:
        subject = draft.unseal_text("subject_sealed") or _("No subject yet")
    return DraftRow(
        id=draft.id,
        conversation_id=draft.conversation_id,
        subject=subject,
        team=team.public_name if team else _("No care team chosen yet"),
        saved=times.short(draft.updated_at, zone, now),
        deleted=times.short(draft.deleted_at, zone, now) if draft.deleted_at else "",
    )
