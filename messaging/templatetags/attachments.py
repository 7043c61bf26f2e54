"""Files on pages: the field of a form that takes them, and the list under a message."""

import uuid
from functools import cache
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from messaging.attachments import queries
from messaging.attachments.kinds import ACCEPT
from messaging.attachments.limits import BYTES_MOST, FILES_MOST
from messaging.attachments.queries import FileInfo
from messaging.attachments.refusals import BY_BROWSER, TEXTS
from messaging.attachments.web import uuid_or_none
from smportal import clock
from smportal.actor import ActorKind
from smportal.errors import NotFound

register = template.Library()


@register.inclusion_tag("messaging/attachments/field.html", takes_context=True)
def attachment_field(
    context: Context, draft_id: Any, conversation_id: uuid.UUID | None = None, files: list[FileInfo] | None = None
) -> dict[str, Any]:
    """Show the files of an unsent text, and the means to add and remove them; `files`, where they are at hand."""
    return {
        "files": _unsent(context, draft_id, conversation_id) if files is None else files,
        "most": FILES_MOST,
        "bytes_most": BYTES_MOST,
        "address": _address(context, draft_id, conversation_id),
        "rest": _rest(get_language() or ""),
    }


@cache
def _rest(_language: str) -> SafeString:
    refusals = [(code.value, TEXTS[code]) for code in BY_BROWSER]
    template = get_template("messaging/attachments/field_rest.html")
    # Safe: a template escapes.
    return SafeString(template.render({"accept": ACCEPT, "refusals": refusals}))


@register.inclusion_tag("messaging/attachments/list.html", takes_context=True)
def message_files(context: Context, files: list[FileInfo], conversation_id: uuid.UUID) -> dict[str, Any]:
    """Show the files of one message on the page of its conversation."""
    is_staff = context["request"].actor.kind is ActorKind.STAFF
    again = ""
    if waiting := next((file for file in files if file.is_waiting), None):
        page = reverse("team_conversation" if is_staff else "mailbox_conversation", args=[conversation_id])
        # Another address each time: a browser asks for none that it is at already, only to go to a part of it.
        again = f"{page}?again={clock.now():%H%M%S}#m-{waiting.message_id}"
    return {"files": files, "staff": is_staff, "again": again}


@register.inclusion_tag("messaging/attachments/hidden.html", takes_context=True)
def attachment_ids(context: Context, draft_id: Any, conversation_id: uuid.UUID | None = None) -> dict[str, Any]:
    """Carry the files of an unsent text through a page that only asks something."""
    return {"files": _unsent(context, draft_id, conversation_id)}


def _address(context: Context, draft_id: Any, conversation_id: uuid.UUID | None) -> str:
    """Return what the page's script asks; empty for a draft id that is none: then only the form is left."""
    wanted = uuid_or_none(str(draft_id))
    if wanted is None:
        return ""
    is_staff = context["request"].actor.kind is ActorKind.STAFF
    if conversation_id:
        return reverse("team_reply_files" if is_staff else "reply_files", args=[conversation_id, wanted])
    return reverse("team_start_files" if is_staff else "draft_files", args=[wanted])


def _unsent(context: Context, draft_id: Any, conversation_id: uuid.UUID | None) -> list[FileInfo]:
    wanted = uuid_or_none(str(draft_id))
    if wanted is None:
        return []
    try:
        return queries.in_basket(queries.basket_of(context["request"].actor, wanted, conversation_id or None))
    except NotFound:
        return []
