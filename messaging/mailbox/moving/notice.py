"""What was just moved or deleted, and the way back: said once on the next page, kept in the session as ids only."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.mailbox.moving.actions import Moved
from messaging.mailbox.moving.spots import TRASH, Spot
from smportal.errors import NotFound

KEY = "mailbox_undo"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the next page says; posting the token to `url` takes it back."""

    text: str
    token: str
    url: str


def offer(request: HttpRequest, moved: Sequence[Moved]) -> None:
    """Say on the next page what was moved, and offer to take it back."""
    request.session[KEY] = {
        "token": uuid.uuid4().hex,
        "fresh": True,
        "moved": [[str(each.id), str(each.before), str(each.after)] for each in moved],
    }


def offer_draft(request: HttpRequest, draft_id: uuid.UUID) -> None:
    """Say on the next page that a draft was deleted, and offer it back."""
    request.session[KEY] = {"token": uuid.uuid4().hex, "fresh": True, "moved": [], "draft": str(draft_id)}


def fresh(request: HttpRequest) -> Notice | None:
    """Return what is to be said now; the next page does not say it again."""
    kept: dict[str, Any] | None = request.session.get(KEY)
    if not kept or not kept["fresh"]:
        return None
    request.session[KEY] = {**kept, "fresh": False}
    if "draft" in kept:
        text = _("Draft deleted. We keep it for 30 days, in case you want it back.")
        return Notice(text, kept["token"], reverse("restore_draft", args=[kept["draft"]]))
    return Notice(_said(_moved(kept)), kept["token"], reverse("mailbox_undo"))


def taken_back(request: HttpRequest, token: str) -> list[Moved]:
    """Return what the notice with this token was about, once. Raises NotFound when it was not the last one."""
    kept = request.session.get(KEY)
    if not kept or kept["token"] != token:
        raise NotFound
    del request.session[KEY]
    return _moved(kept)


def _moved(kept: dict[str, Any]) -> list[Moved]:
    return [Moved(uuid.UUID(each), Spot.parse(before), Spot.parse(after)) for each, before, after in kept["moved"]]


def _said(moved: Sequence[Moved]) -> str:
    count = len(moved)
    if moved[0].after == TRASH:
        text = ngettext(
            "Moved %(count)d conversation to the trash.", "Moved %(count)d conversations to the trash.", count
        )
    elif moved[0].before == TRASH:
        text = ngettext("Restored %(count)d conversation.", "Restored %(count)d conversations.", count)
    else:
        text = ngettext("Moved %(count)d conversation.", "Moved %(count)d conversations.", count)
    return text % {"count": count}
