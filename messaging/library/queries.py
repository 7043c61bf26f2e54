"""What the library shows: the same to everybody who has signed in, and nothing of who reads what."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import get_language

from messaging.library.cards import Card, card_of
from messaging.models import LibraryLink, LibraryTopic, LinkLanguage
from messaging.search import terms
from messaging.search.folding import fold
from smportal.errors import NotFound

# A reader who does not mind which language a page is in.
ALL = "all"
LANGUAGES = (*LinkLanguage.values, ALL)
# More results than this nobody reads; the page then says to add a word.
MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class Shelf:
    """A topic, with how many pages it has in the language asked for."""

    id: uuid.UUID
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """Pages of the library with the topics they lie under. `more` are left out."""

    cards: tuple[Card, ...]
    more: int = 0


def reading_language() -> str:
    """Return the language of the library's pages that suits the viewer of this page."""
    return LinkLanguage.SPANISH if get_language() == LinkLanguage.SPANISH else LinkLanguage.ENGLISH


def _active() -> QuerySet[LibraryLink]:
    return LibraryLink.objects.filter(is_active=True, topic__is_active=True)


def _in(language: str) -> QuerySet[LibraryLink]:
    return _active() if language == ALL else _active().filter(language=language)


def shelves(language: str, *, named: str = "") -> list[Shelf]:
    """Return the topics in their order, named in the viewer's language unless another is given."""
    counts = Counter(_in(language).order_by().values_list("topic_id", flat=True))
    name_language = named or reading_language()
    return [
        Shelf(topic.id, topic.name_in(name_language), counts[topic.id])
        for topic in LibraryTopic.objects.filter(is_active=True)
    ]


def topic(topic_id: uuid.UUID) -> LibraryTopic:
    """Return a topic. Raises NotFound for one that is retired or never was."""
    found = LibraryTopic.objects.filter(id=topic_id, is_active=True).first()
    if found is None:
        raise NotFound
    return found


def pages_of(topic_id: uuid.UUID, language: str) -> list[Card]:
    """Return the pages of a topic."""
    return [card_of(link) for link in _in(language).filter(topic_id=topic_id)]


def search(words: str, language: str) -> Found:
    """Return the pages whose title, summary or topic have all the words. Raises InvalidInput (field `words`)."""
    wanted = terms.parse(words)
    hits = [link for link in _in(language).select_related("topic") if _has(link, wanted)]
    hits.sort(key=lambda link: not _in_text(link.title, wanted))
    return Found(tuple(card_of(link) for link in hits[:MOST_FOUND]), max(0, len(hits) - MOST_FOUND))


def _has(link: LibraryLink, wanted: Iterable[terms.Term]) -> bool:
    return _in_text(f"{link.title} {link.summary} {link.topic.name_en} {link.topic.name_es}", wanted)


def _in_text(text: str, wanted: Iterable[terms.Term]) -> bool:
    folded = fold(text)
    return all(term.is_in(folded) for term in wanted)


def offered(link_ids: Sequence[uuid.UUID]) -> list[Card]:
    """Return which of these links can still be sent, in the order given."""
    links = {link.id: link for link in _active().filter(id__in=link_ids)}
    return [card_of(links[link_id]) for link_id in dict.fromkeys(link_ids) if link_id in links]


def found_for(language: str, *, words: str, topic_id: uuid.UUID | None) -> Found:
    """Return what staff can choose from: by words, within a topic if one is given, this language's pages first.

    Raises InvalidInput (field `words`).
    """
    wanted = terms.parse(words)
    rows = _active().select_related("topic")
    if topic_id is not None:
        rows = rows.filter(topic_id=topic_id)
    hits = [link for link in rows if _has(link, wanted)]
    hits.sort(key=lambda link: (link.language != language, not _in_text(link.title, wanted) if wanted else False))
    return Found(tuple(card_of(link) for link in hits[:MOST_FOUND]), max(0, len(hits) - MOST_FOUND))
