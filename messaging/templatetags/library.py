"""The health library inside the form of a text."""

from typing import Any

from django import template
from django.template.context import Context

from messaging.library.forms import WithLinks
from messaging.library.picking import picker_context, picker_for
from messaging.placing import Place

register = template.Library()


@register.inclusion_tag("messaging/library/picker.html", takes_context=True)
def library_field(context: Context, form: WithLinks, place: Place) -> dict[str, Any]:
    """Show the chosen links and the way to others; a button alone, and no query, until somebody wants it."""
    picker = picker_for(context["request"].actor, place, form) if form.wants_picker() else None
    return picker_context(picker, place, form)
