"""The health library inside an answer's form."""

import uuid
from typing import Any

from django import template
from django.template.context import Context

from messaging.library.forms import WithLinks
from messaging.library.picking import picker_for

register = template.Library()


@register.inclusion_tag("messaging/library/picker.html", takes_context=True)
def library_field(context: Context, form: WithLinks, conversation_id: uuid.UUID) -> dict[str, Any]:
    """Show the chosen links and the way to others; a button alone, and no query, until somebody wants it."""
    picker = picker_for(context["request"].actor, conversation_id, form) if form.wants_picker() else None
    return {"picker": picker, "form": form, "conversation_id": conversation_id}
