"""Choosing links for an answer: what the veteran reads first, what is chosen, what can be found."""

import uuid
from dataclasses import dataclass
from typing import Any

from messaging.library import cards, queries
from messaging.library.cards import Card
from messaging.library.forms import WithLinks
from messaging.library.queries import Found, Shelf
from messaging.models import LinkLanguage
from messaging.placing import Place, written
from smportal.actor import Actor
from smportal.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Picker:
    """What the part of the form shows. `found` is without what is chosen already."""

    chosen: tuple[Card, ...]
    found: Found
    topics: tuple[Shelf, ...]
    language: str
    words: str = ""
    topic_id: uuid.UUID | None = None
    error: str = ""
    for_many: bool = False

    @property
    def language_name(self) -> str:
        """The veteran's language, for staff."""
        return LinkLanguage(self.language).label

    @property
    def most(self) -> int:
        """How many links one message may have."""
        return cards.MOST

    @property
    def asked(self) -> bool:
        """Whether anything was looked for."""
        return bool(self.words.strip() or self.topic_id)


def picker_for(actor: Actor, place: Place, form: WithLinks) -> Picker:
    """Return the list for a text. Raises NotFound for a place that is not the actor's."""
    account = getattr(getattr(written(actor, place), "record", None), "account", None)
    reads_spanish = account is not None and account.language == LinkLanguage.SPANISH
    language = LinkLanguage.SPANISH if reads_spanish else LinkLanguage.ENGLISH
    chosen = queries.offered(form.posted_links())
    words, topic_id = form.asked()
    found, error = Found(()), ""
    if words.strip() or topic_id:
        try:
            found = _without(chosen, queries.found_for(language, words=words, topic_id=topic_id))
        except InvalidInput as wrong:
            error = wrong.text
    topics = [shelf for shelf in queries.shelves(queries.ALL, named=LinkLanguage.ENGLISH) if shelf.count]
    return Picker(tuple(chosen), found, tuple(topics), language, words, topic_id, error, place.is_for_many)


def _without(chosen: list[Card], found: Found) -> Found:
    taken = {card.id for card in chosen}
    return Found(tuple(card for card in found.cards if card.id not in taken), found.more)


def picker_context(picker: Picker | None, place: Place, form: WithLinks) -> dict[str, Any]:
    """Return what picker.html shows of a form: where this part comes from, and where the whole form goes."""
    return {"picker": picker, "form": form, "part": place.links_url, "action": place.form_url}
