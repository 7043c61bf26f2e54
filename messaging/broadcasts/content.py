"""What a broadcast holds: as it is being written, and as its conversations begin with it."""

import uuid
from dataclasses import dataclass

from messaging.mailbox.content import DraftContent
from messaging.models import Broadcast, Source
from messaging.starting.actions import Text


@dataclass(frozen=True, slots=True)
class Content:
    """What was typed and chosen so far; anything may be missing. `icns` None leaves the list as it is."""

    category: str = ""
    subject: str = ""
    body: str = ""
    source: str = Source.LIST
    icns: str | None = None
    relation: str = ""
    registered_at: int | None = None
    links: tuple[uuid.UUID, ...] = ()


def content_of(broadcast: Broadcast) -> Content:
    """Return what a broadcast holds."""
    return Content(
        category=broadcast.category,
        subject=broadcast.unseal_text("subject_sealed"),
        body=broadcast.unseal_text("body_sealed"),
        source=broadcast.source,
        icns=broadcast.unseal_text("list_sealed"),
        relation=broadcast.relation,
        registered_at=broadcast.registered_at_id,
        links=tuple(uuid.UUID(each) for each in broadcast.unseal_text("links_sealed").split()),
    )


def text_of(broadcast: Broadcast) -> Text:
    """Return what its conversations begin with. Raises InvalidInput for each field at fault."""
    held = content_of(broadcast)
    whole = DraftContent(category=held.category, subject=held.subject, body=held.body, links=held.links)
    return Text.checked(whole, broadcast.team_id)
