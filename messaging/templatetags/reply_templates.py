"""Templates inside the form of a text."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from messaging.placing import Place
from messaging.reply_templates.forms import WithTemplates
from messaging.reply_templates.picking import picker_for

register = template.Library()


@register.inclusion_tag("messaging/reply_templates/picker.html", takes_context=True)
def template_field(context: Context, form: WithTemplates, place: Place) -> dict[str, Any]:
    """Show the list of templates; a button alone, and no query, until somebody wants it."""
    picker = picker_for(context["request"].actor, place, form) if form.wants_templates() else None
    if place.is_reply:
        part, action = "team_reply_templates", "team_reply"
    else:
        part, action = "team_start_templates", "team_start_write"
    return {"picker": picker, "part": reverse(part, args=[place.key]), "action": reverse(action, args=[place.key])}
