"""Links of the library in a message: chosen, checked, sealed as they are when it is sent, and read again.

A message keeps its cards in one sealed column: which page somebody was given to read says something
about their health, and a link that changes later must not change what was said.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from messaging.models import Broadcast, LibraryLink, LinkLanguage, Message
from smportal.crypto.envelope import SealingKey
from smportal.errors import InvalidInput

MOST: Final = 5
COLUMN: Final = "cards_sealed"


@dataclass(frozen=True, slots=True)
class Card:
    """A link as it was when it was sent."""

    id: str
    title: str
    summary: str
    address: str
    publisher: str
    language: str

    @property
    def host(self) -> str:
        """The site's name, so that nobody is led somewhere unawares."""
        return urlsplit(self.address).netloc.removeprefix("www.")

    @property
    def written_in(self) -> str:
        """The page's language in the reader's words, for a page in another one than theirs."""
        return _("In Spanish") if self.language == LinkLanguage.SPANISH else _("In English")


def card_of(link: LibraryLink) -> Card:
    """Return a link of the library as a card."""
    return Card(str(link.id), link.title, link.summary, link.address, link.publisher, link.language)


def digested(link_ids: Sequence[uuid.UUID]) -> tuple[str, ...]:
    """Return what makes a message with links another content; nothing without links."""
    return (f"links {' '.join(map(str, link_ids))}",) if link_ids else ()


def check_choice(link_ids: Sequence[uuid.UUID]) -> None:
    """Raise InvalidInput (field `links`) for more links than a message may have, or one chosen twice."""
    if len(link_ids) > MOST:
        raise InvalidInput(
            f"Choose at most {MOST} links for one message. Take some out.", code="too_many", field="links"
        )
    if len(set(link_ids)) < len(link_ids):
        raise InvalidInput("You chose the same link twice. Choose it once.", code="twice", field="links")


def chosen(link_ids: Sequence[uuid.UUID]) -> list[Card]:
    """Return the cards of a message that is about to be sent, in the order chosen; for its own transaction.

    Raises InvalidInput (field `links`) for one that is not in the library, or not any more.
    """
    check_choice(link_ids)
    if not link_ids:
        return []
    links = {link.id: link for link in LibraryLink.objects.filter(id__in=link_ids).select_related("topic")}
    gone = [link.title for link in links.values() if not (link.is_active and link.topic.is_active)]
    if gone:
        titles = ", ".join(f"“{title}”" for title in sorted(gone))
        raise InvalidInput(
            f"No longer in the health library: {titles}. Your other links are kept. Send without it, or choose another.",
            code="gone",
            field="links",
        )
    if len(links) < len(link_ids):
        raise InvalidInput("Choose links from the health library.", code="unknown", field="links")
    return [card_of(links[link_id]) for link_id in link_ids]


def seal(message: Message | Broadcast, cards: Sequence[Card], *, key: SealingKey | None = None) -> None:
    """Seal the cards into a message before it is inserted, or into what makes many; `key` is its owner's, if at hand."""
    if cards:
        message.seal_text(COLUMN, json.dumps([asdict(card) for card in cards], ensure_ascii=False), key=key)


def of(message: Message | Broadcast) -> tuple[Card, ...]:
    """Return the cards of a message that its reader has opened."""
    packed = message.unseal_text(COLUMN)
    return tuple(Card(**card) for card in json.loads(packed)) if packed else ()


def as_text(cards: Sequence[Card]) -> str:
    """Return the cards as lines for paper and plain text; nothing for none."""
    if not cards:
        return ""
    pages = [f"{card.title} ({card.publisher})\n{card.summary}\n{card.address}" for card in cards]
    return "\n\n".join([_("From the health library:"), *pages])
