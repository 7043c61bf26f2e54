"""A template in the text that somebody is writing: found, shown with its values in place, put in.

Where it goes is a conversation of the actor's teams, or the actor's own text that will start one.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from eligibility.models import CareTeam, StaffMember
from eligibility.queries import contact_phone
from messaging.inbox.veterans import surviving
from messaging.models import Broadcast, Conversation, Draft
from messaging.permissions import check_staff
from messaging.placing import Place, written
from messaging.reply_templates import placeholders
from messaging.reply_templates.forms import WithTemplates
from messaging.reply_templates.permissions import usable_templates
from messaging.reply_templates.queries import Row, found_in, row_of
from smportal.actor import Actor
from smportal.crypto.fields import warm
from smportal.errors import InvalidInput, NotFound

GONE: Final = "This template can’t be used here any more. Your text is kept. Choose another template."
UNCHOSEN: Final = "Choose a template first."


@dataclass(frozen=True, slots=True)
class Preview:
    """A template as it would be put in. `missing` are placeholders for which nothing is known."""

    id: uuid.UUID
    name: str
    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picker:
    """What the part of the form shows. `error` is about the choice, `words_error` about what was looked for."""

    rows: tuple[Row, ...]
    more: int
    words: str
    chosen: Preview | None = None
    error: str = ""
    words_error: str = ""
    for_many: bool = False


def picker_for(actor: Actor, place: Place, form: WithTemplates) -> Picker:
    """Return the list for a text. Raises NotFound for a place that is not the actor's."""
    where = written(actor, place)
    rows = _rows(actor, where)
    words, chosen_id = form.asked_templates()
    words_error = ""
    try:
        found = found_in(rows, words, last=lambda row: bool(row.category) and row.category != where.category)
    except InvalidInput as wrong:
        found, words_error = found_in(rows, "", last=lambda row: not row.is_active), wrong.text
    chosen, error = None, ""
    if form.wants_preview():
        row = next((row for row in rows if row.id == chosen_id), None)
        error = "" if row else GONE if chosen_id else UNCHOSEN
        chosen = _preview(actor, where, row) if row else None
    return Picker(found.rows, found.more, words, chosen, error, words_error, place.is_for_many)


def inserted(actor: Actor, place: Place, posted: QueryDict) -> QueryDict | None:
    """Return what was posted with the chosen template below its text and the list closed; None without a template.

    Raises NotFound for a place that is not the actor's.
    """
    where = written(actor, place)
    _, chosen_id = WithTemplates(posted).asked_templates()
    row = next((row for row in _rows(actor, where) if row.id == chosen_id), None)
    if row is None:
        return None
    changed = posted.copy()
    typed, text = posted.get("body", ""), _preview(actor, where, row).text
    changed["body"] = f"{typed.rstrip()}\n\n{text}" if typed.strip() else text
    for name in WithTemplates.NAMES:
        changed.pop(name, None)
    return changed


def _team_of(where: Conversation | Draft | Broadcast) -> CareTeam:
    if where.team is None:
        raise NotFound
    return where.team


def _rows(actor: Actor, where: Conversation | Draft | Broadcast) -> list[Row]:
    usable = list(usable_templates(actor, _team_of(where)).select_related("facility", "team"))
    warm(usable, "name_sealed", "body_sealed")
    return [row_of(template) for template in usable]


def _preview(actor: Actor, where: Conversation | Draft | Broadcast, row: Row) -> Preview:
    filled = placeholders.filled(row.body, _values(actor, where))
    return Preview(row.id, row.name, filled.text, filled.missing)


def _values(actor: Actor, where: Conversation | Draft | Broadcast) -> dict[str, str]:
    """Return what the placeholders stand for here; the team under the name that veterans see."""
    team, author = _team_of(where), StaffMember.objects.get(id=check_staff(actor))
    # What goes to many has no veteran to name.
    return ({} if isinstance(where, Broadcast) else _names(where)) | {
        "team": team.public_name,
        "team_phone": contact_phone(team),
        "facility": team.facility.name,
        "facility_phone": team.facility.phone,
        "my_name": author.name,
        "my_title": author.title,
    }


def _names(where: Conversation | Draft) -> dict[str, str]:
    veteran = where.record
    account = getattr(surviving(veteran), "account", None)
    return {
        "first_name": (account.preferred_name if account else "") or veteran.first_name,
        "veteran_name": veteran.full_name,
    }
