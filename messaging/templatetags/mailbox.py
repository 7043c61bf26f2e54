"""What the frame of the veteran's message pages shows by itself: the way back to a list, and to before the last move."""

from typing import Any

from django import template
from django.template import Context

from messaging.mailbox.lists.state import ListState
from messaging.mailbox.moving import notice

register = template.Library()


@register.simple_tag(takes_context=True)
def undo_notice(context: Context) -> notice.Notice | None:
    """Return what was just moved or deleted, once."""
    return notice.fresh(context["request"])


@register.simple_tag(takes_context=True)
def list_crumb(context: Context) -> dict[str, str] | None:
    """Return the link to the list that an open conversation was found in: filtered, sorted and paged as it was."""
    request: Any = context["request"]
    if request.resolver_match is None or request.resolver_match.url_name != "mailbox_conversation":
        return None
    state = ListState.came_from(request)
    if state is None:
        return None
    for folder in context["folders"]:
        if state.path == folder["url"]:
            return {"label": folder["label"], "url": state.here()}
    return None
