"""Files on pages: the field of a form that takes them, and the list under a message."""

import uuid
from typing import Any

from django import template
from django.template.context import Context

from messaging.attachments import queries
from messaging.attachments.kinds import ACCEPT
from messaging.attachments.queries import FileInfo
from smportal.errors import NotFound

register = template.Library()


@register.inclusion_tag("messaging/attachments/field.html", takes_context=True)
def attachment_field(context: Context, draft_id: Any, conversation_id: uuid.UUID | None = None) -> dict[str, Any]:
    """Show the files of an unsent text, and the means to add and remove them."""
    return {"files": _unsent(context, draft_id, conversation_id), "accept": ACCEPT}


@register.inclusion_tag("messaging/attachments/hidden.html", takes_context=True)
def attachment_ids(context: Context, draft_id: Any, conversation_id: uuid.UUID | None = None) -> dict[str, Any]:
    """Carry the files of an unsent text through a page that only asks something."""
    return {"files": _unsent(context, draft_id, conversation_id)}


def _unsent(context: Context, draft_id: Any, conversation_id: uuid.UUID | None) -> list[FileInfo]:
    try:
        wanted = draft_id if isinstance(draft_id, uuid.UUID) else uuid.UUID(str(draft_id))
        return queries.in_basket(queries.basket_of(context["request"].actor, wanted, conversation_id or None))
    except (ValueError, NotFound):
        return []
