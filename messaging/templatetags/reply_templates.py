"""Templates inside the form of a text."""

from typing import Any

from django import template
from django.template.context import Context

from messaging.placing import Place
from messaging.reply_templates.forms import WithTemplates
from messaging.reply_templates.picking import picker_for

register = template.Library()


@register.inclusion_tag("messaging/reply_templates/picker.html", takes_context=True)
def template_field(context: Context, form: WithTemplates, place: Place) -> dict[str, Any]:
    """Show the list of templates; a button alone, and no query, until somebody wants it."""
    picker = picker_for(context["request"].actor, place, form) if form.wants_templates() else None
    return {"picker": picker, "part": place.templates_url, "action": place.form_url}
