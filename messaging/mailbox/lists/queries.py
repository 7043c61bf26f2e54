"""One page of a list of conversations.

Dates and names are formatted here, once per row: template filters cost more than the query. Every
order and filter keeps to index ranges (messaging/models/conversation.py names each index).
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging import keyset
from messaging.keyset import Cursor, Page
from messaging.links import url_of_each
from messaging.mailbox.lists.filters import Chosen, Sort
from messaging.mailbox.queries import Mailbox, status_text
from messaging.models import Conversation, Place
from smportal import clock, times
from smportal.crypto.fields import warm


@dataclass(frozen=True, slots=True)
class ListRow:
    """One conversation in a list. `receipt` is empty but on the Sent list."""

    id: uuid.UUID
    url: str
    subject: str
    team: str
    when: str
    when_iso: str
    unread: bool
    receipt: str
    status: str
    is_late: bool
    size: str
    in_trash: bool
    has_attachment: bool


@dataclass(frozen=True, slots=True)
class Team:
    """A team that the veteran has conversations with."""

    id: uuid.UUID
    name: str


# Goes from one team to the next in the index instead of reading every conversation.
_TEAMS = """
WITH RECURSIVE step(record_id, team_id) AS (
    SELECT own.record_id, (
        SELECT team_id FROM messaging_conversation WHERE record_id = own.record_id ORDER BY team_id LIMIT 1
    ) FROM unnest(%s::uuid[]) AS own(record_id)
    UNION ALL
    SELECT step.record_id, (
        SELECT next.team_id FROM messaging_conversation AS next
        WHERE next.record_id = step.record_id AND next.team_id > step.team_id ORDER BY next.team_id LIMIT 1
    ) FROM step WHERE step.team_id IS NOT NULL
)
SELECT DISTINCT team.id, team.public_name FROM step JOIN eligibility_careteam AS team ON team.id = step.team_id
"""


def teams_of(mailbox: Mailbox) -> list[Team]:
    """Return the teams of the veteran's conversations by name."""
    with connection.cursor() as cursor:
        cursor.execute(_TEAMS, [list(mailbox.record_ids)])
        found = [Team(team_id, name) for team_id, name in cursor.fetchall()]
    return sorted(found, key=lambda team: (team.name.casefold(), team.id))


def place_page(
    mailbox: Mailbox,
    place: Place,
    chosen: Chosen,
    cursor: Cursor | None,
    *,
    zone: str = "",
    strays: Sequence[uuid.UUID] = (),
) -> Page[ListRow]:
    """Return 25 conversations of the inbox (with what lies in `strays`) or the trash."""
    scopes = [scope.filter(place=place) for scope in _own(mailbox)]
    scopes += [scope.filter(folder_id=folder_id) for scope in _own(mailbox) for folder_id in strays]
    return _page(mailbox, scopes, chosen, cursor, zone)


def folder_page(
    mailbox: Mailbox, folder_id: uuid.UUID, chosen: Chosen, cursor: Cursor | None, *, zone: str = ""
) -> Page[ListRow]:
    """Return 25 conversations of an own folder."""
    scopes = [_rows_of().filter(folder_id=folder_id, record_id__in=mailbox.record_ids)]
    return _page(mailbox, scopes, chosen, cursor, zone)


def sent_page(mailbox: Mailbox, chosen: Chosen, cursor: Cursor | None, *, zone: str = "") -> Page[ListRow]:
    """Return 25 conversations that the veteran wrote in, by the own last message, with their receipts."""
    scopes = [scope.filter(last_sent_at__isnull=False) for scope in _own(mailbox)]
    return _page(mailbox, scopes, chosen, cursor, zone, field="last_sent_at")


def _rows_of() -> QuerySet[Conversation]:
    return Conversation.objects.annotate(team_name=F("team__public_name"), zone=F("team__facility__time_zone"))


def _own(mailbox: Mailbox) -> list[QuerySet[Conversation]]:
    """Return one scope per record, so that each is a single index range."""
    return [_rows_of().filter(record_id=record_id) for record_id in mailbox.record_ids]


def _page(
    mailbox: Mailbox,
    scopes: list[QuerySet[Conversation]],
    chosen: Chosen,
    cursor: Cursor | None,
    zone: str,
    *,
    field: str = "last_message_at",
) -> Page[ListRow]:
    condition = chosen.condition(field, times.viewer_zone(zone, ""))
    narrowed = [scope.filter(condition) for scope in scopes]
    if chosen.sort.is_by_team:
        teams = teams_of(mailbox)
        names = teams if chosen.sort is Sort.TEAM else teams[::-1]
        groups = [(team.id, [scope.filter(team_id=team.id) for scope in narrowed]) for team in names]
        page = keyset.fetch_grouped(groups, field=field, group="team_id", cursor=cursor)
    else:
        page = keyset.fetch(narrowed, field=field, descending=chosen.sort is not Sort.OLDEST, cursor=cursor)
    return _rows(page, field, zone)


def _rows(page: Page[Conversation], field: str, zone: str) -> Page[ListRow]:
    warm(page.rows, "subject_sealed")
    now, url_of = clock.now(), url_of_each("mailbox_conversation")
    receipts = _openings([row.id for row in page.rows]) if field == "last_sent_at" else None
    return keyset.mapped(page, lambda row: _row(row, url_of(row.id), getattr(row, field), zone, now, receipts))


def _row(
    row: Conversation,
    url: str,
    at: dt.datetime,
    chosen_zone: str,
    now: dt.datetime,
    receipts: dict[uuid.UUID, dt.datetime] | None,
) -> ListRow:
    zone = times.viewer_zone(chosen_zone, row.zone)  # type: ignore[attr-defined]
    status, count = status_text(row, zone, now), row.message_count
    receipt = "" if receipts is None else _receipt(receipts.get(row.id), zone, now)
    return ListRow(
        id=row.id,
        url=url,
        subject=row.unseal_text("subject_sealed"),
        team=row.team_name,  # type: ignore[attr-defined]
        when=times.short(at, zone, now),
        when_iso=at.isoformat(),
        unread=row.veteran_unread,
        receipt=receipt,
        # "Delivered" is what the receipt says already.
        status="" if status == receipt else status,
        is_late=row.due_at is not None and row.due_at <= now,
        size=ngettext("%(count)d message", "%(count)d messages", count) % {"count": count} if count > 1 else "",
        in_trash=row.place == Place.TRASH,
        has_attachment=row.has_attachment,
    )


def _receipt(opened: dt.datetime | None, zone: dt.tzinfo, now: dt.datetime) -> str:
    if opened is None:
        return _("Delivered")
    return _("Opened by your care team on %(when)s") % {"when": times.moment_soon(opened, zone, now)}


# The own last message of each conversation by one index entry, and who opened it first.
_OPENINGS = """
SELECT conversation.id, opening.opened_at
FROM unnest(%s::uuid[]) AS conversation(id)
CROSS JOIN LATERAL (
    SELECT id FROM messaging_message
    WHERE conversation_id = conversation.id AND side = 'veteran' ORDER BY sent_at DESC, id DESC LIMIT 1
) AS latest
CROSS JOIN LATERAL (
    SELECT min(opened_at) AS opened_at FROM messaging_messageopening WHERE message_id = latest.id
) AS opening
WHERE opening.opened_at IS NOT NULL
"""


def _openings(conversation_ids: list[uuid.UUID]) -> dict[uuid.UUID, dt.datetime]:
    """Return when the team first opened the veteran's last message in each conversation."""
    with connection.cursor() as cursor:
        cursor.execute(_OPENINGS, [conversation_ids])
        return dict(cursor.fetchall())
