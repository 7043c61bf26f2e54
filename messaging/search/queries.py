"""One page of results: found, on record, and ready to show. Both sides' searches end here."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import transaction
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.keyset import Cursor
from messaging.models import SavedSearch
from messaging.search import slots
from messaging.search.criteria import Criteria
from messaging.search.folding import fold
from messaging.search.marking import AFTER, marked, snippet
from messaging.search.permissions import owner_of
from messaging.search.scanning import Hit, Look, Openers, Scan, Text, scan
from messaging.search.terms import Term
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound

Row = TypeVar("Row")
# How many messages of one conversation are looked through for the piece that is shown.
MOST_EXCERPTED = 200


def criteria_of(actor: Actor, search_id: uuid.UUID) -> Criteria:
    """Return what a search of the actor's own asks for. Raises NotFound, also when it has run out."""
    account_id, record_id = owner_of(actor)
    search = SavedSearch.objects.filter(id=search_id, account_id=account_id, record_id=record_id).first()
    if search is None:
        raise NotFound
    return Criteria.from_json(search.unseal_text("criteria_sealed"))


@dataclass(frozen=True, slots=True)
class Results(Generic[Row]):
    """One page of results.

    `before` is how many conversations the pages before it showed; `after` where the next page goes on, None
    when everything has been looked through; `looked_back` says how far a page came whose time was up.
    """

    rows: Sequence[Row]
    before: int
    after: Cursor | None
    looked_back: str = ""

    @property
    def shown(self) -> int:
        """How many conversations this page and those before it showed."""
        return self.before + len(self.rows)

    def count_text(self) -> str:
        """Say how many were found, and no more than is known."""
        last = self.before + len(self.rows)
        if self.after is None and not self.before:
            return ngettext("%(n)s conversation found.", "%(n)s conversations found.", last) % {"n": f"{last:,}"}
        if self.after is None:
            return ngettext(
                "That is all: %(n)s conversation found.", "That is all: %(n)s conversations found.", last
            ) % {"n": f"{last:,}"}
        if not self.looked_back:
            return _("Conversations %(first)s to %(last)s shown. More may follow.") % {
                "first": f"{self.before + 1:,}",
                "last": f"{last:,}",
            }
        return ngettext(
            "%(n)s conversation found so far. We have looked back to %(when)s. There may be more in older messages.",
            "%(n)s conversations found so far. We have looked back to %(when)s. There may be more in older messages.",
            last,
        ) % {"n": f"{last:,}", "when": self.looked_back}


def run(
    actor: Actor, search_id: uuid.UUID, look: Look, cursor: Cursor | None, *, subject_id: uuid.UUID | None
) -> tuple[Scan, Openers]:
    """Scan in a slot, and put one row on record that names what the page will show: no row, no page.

    Raises slots.Busy. `subject_id` is the veteran that the search is confined to, if it is.
    """
    openers = Openers()
    with transaction.atomic():
        with slots.taken(actor):
            found = scan(look, openers, cursor)
        record(
            actor=actor,
            deed=Deed.SEARCH_SHOWN,
            subject_id=subject_id,
            object_kind="search",
            object_id=search_id,
            details={"conversations": [str(hit.row.id) for hit in found.hits], "has_words": bool(look.terms)},
        )
    return found, openers


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The piece of a conversation that a result shows."""

    text: Text
    body: SafeString
    author: SafeString
    number: SafeString


def excerpt(hit: Hit, terms: Sequence[Term], openers: Openers) -> Excerpt | None:
    """Return the piece of the message that has most of the terms, of two the newer one; None when no message has one."""
    best, most, best_body = None, 0, ""
    for text in hit.texts[:MOST_EXCERPTED]:
        body = openers.text(hit.row, text)
        names = (openers.file_name(hit.row, file) for file in hit.files if file.message_id == text.id)
        folded = (fold(body), fold(text.author), str(text.number or ""), *map(fold, names))
        score = sum(any(term.is_in(one) for one in folded) for term in terms)
        if score > most:
            best, most, best_body = text, score, body
        if most == len(terms):
            break
    if best is None:
        return None
    number = str(best.number or "")
    in_number = any(term.is_in(number) for term in terms)
    return Excerpt(
        text=best,
        body=snippet(terms, best_body) or SafeString(escape(_opening(best_body))),
        author=marked(terms, best.author),
        number=marked(terms, number) if in_number else SafeString(),
    )


def marked_files(hit: Hit, terms: Sequence[Term], openers: Openers) -> list[SafeString]:
    """Return the names of the conversation's files that have a term, with the hits marked."""
    names = (openers.file_name(hit.row, file) for file in hit.files)
    return [marked(terms, name) for name in names if any(term.is_in(fold(name)) for term in terms)]


def _opening(body: str) -> str:
    return body if len(body) <= AFTER else f"{body[:AFTER].rsplit(' ', 1)[0]} …"
