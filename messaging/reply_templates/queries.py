"""The templates that somebody sees, as pages list them. Names are sealed, so sorting and searching is done here."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from messaging.models import Category, ReplyTemplate, TemplateLevel
from messaging.reply_templates.actions import wording_of
from messaging.reply_templates.permissions import reach_of, visible_templates
from messaging.search import terms
from messaging.search.folding import fold
from smportal.actor import Actor
from smportal.crypto.fields import warm
from smportal.errors import NotFound

# Long lists are searched, not read.
MOST_SHOWN: Final = 50
_ORDER: Final[dict[str, int]] = {level: place for place, level in enumerate(TemplateLevel.values)}


@dataclass(frozen=True, slots=True)
class Row:
    """One template in a list. `holder` says whose it is; `is_mine_to_change` leads to its form."""

    id: uuid.UUID
    name: str
    level: str
    holder: str
    category: str
    category_label: str
    body: str
    is_active: bool
    is_mine_to_change: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Templates by whose they are and by name. `more` are left out: a word finds them."""

    rows: tuple[Row, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """One template with whose it is, who changed it last, and whether the reader may change it."""

    template: ReplyTemplate
    holder: str
    changed_by: str
    may_change: bool


def listed(actor: Actor, *, words: str = "") -> Listed:
    """Return what the actor sees, those out of use last. Raises NotFound, InvalidInput (field `words`)."""
    reach = reach_of(actor)
    found = list(visible_templates(reach).select_related("facility", "team"))
    warm(found, "name_sealed", "body_sealed")
    rows = [row_of(template, is_mine_to_change=reach.may_change(template)) for template in found]
    return found_in(rows, words, last=lambda row: not row.is_active)


def opened(actor: Actor, template_id: uuid.UUID) -> Opened:
    """Return one of them. Raises NotFound."""
    reach = reach_of(actor)
    found = visible_templates(reach).select_related("facility", "team", "changed_by__staff_member")
    template = found.filter(id=template_id).first()
    if template is None:
        raise NotFound
    member = getattr(template.changed_by, "staff_member", None)
    return Opened(
        template, holder_of(template), member.name if member else "An administrator", reach.may_change(template)
    )


def row_of(template: ReplyTemplate, *, is_mine_to_change: bool = False) -> Row:
    """Return a template, selected with its facility and team, as a row."""
    wording = wording_of(template)
    return Row(
        id=template.id,
        name=wording.name,
        level=template.level,
        holder=holder_of(template),
        category=wording.category,
        category_label=str(Category(wording.category).label) if wording.category else "",
        body=wording.body,
        is_active=wording.is_active,
        is_mine_to_change=is_mine_to_change,
    )


def holder_of(template: ReplyTemplate) -> str:
    """Return whose a template is, in words."""
    if template.level == TemplateLevel.OWN:
        return "Only me"
    return template.team.internal_name if template.team else template.facility.name


def found_in(rows: Iterable[Row], words: str, *, last: Callable[[Row], bool]) -> Listed:
    """Return the rows that have all the words: those with the words in their name first, those that are `last` last.

    Raises InvalidInput (field `words`).
    """
    wanted = terms.parse(words)
    hits = [row for row in rows if _has(f"{row.name} {row.body}", wanted)]
    hits.sort(key=lambda row: (last(row), not _has(row.name, wanted), _ORDER[row.level], fold(row.name), str(row.id)))
    return Listed(tuple(hits[:MOST_SHOWN]), max(0, len(hits) - MOST_SHOWN))


def _has(text: str, wanted: Iterable[terms.Term]) -> bool:
    folded = fold(text)
    return all(term.is_in(folded) for term in wanted)
