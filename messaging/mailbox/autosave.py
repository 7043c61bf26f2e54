"""Keeping what is typed while it is typed: a small JSON answer for the page's script.

Saving by typing is activity, so it extends the session, unless the request says that it was the
page alone that asked (X-Portal-Polling).
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import sessions
from messaging.mailbox import tickets
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import DraftChangedElsewhere, save_draft, zone_of
from messaging.mailbox.forms import ComposeForm, DraftKey, ReplyForm
from messaging.models import Draft
from messaging.web import actor_of, chosen_zone
from smportal import times
from smportal.errors import Conflict, DomainError, NotFound


def compose(request: HttpRequest) -> HttpResponse:
    """Keep a new message's draft."""
    form = ComposeForm(request.POST)
    return _answer(request, form, form.content() if form.is_valid() else None, None)


def reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Keep a reply's draft."""
    form = ReplyForm(request.POST)
    return _answer(request, form, form.content() if form.is_valid() else None, conversation_id)


def _answer(
    request: HttpRequest, form: DraftKey, content: DraftContent | None, conversation_id: uuid.UUID | None
) -> HttpResponse:
    if content is None:
        field, errors = next(iter(form.errors.items()))
        return problem(400, str(errors[0]), field)
    draft_id, version = form.key()
    try:
        draft = save_draft(
            actor=actor_of(request),
            draft_id=draft_id,
            version=version,
            content=content,
            conversation_id=conversation_id,
        )
    except DraftChangedElsewhere as error:
        return problem(409, error.text, code=error.code, other_url=_other_url(draft_id, conversation_id))
    except Conflict as error:
        return problem(409, error.text, code=error.code, other_url=reverse("mailbox_sent"))
    except NotFound as error:
        return problem(404, error.text)
    except DomainError as error:
        return problem(400, error.text, error.field)
    return JsonResponse(saved(request, draft, draft_id, conversation_id, _other_url(draft_id, conversation_id)))


def saved(
    request: HttpRequest, draft: Draft | None, draft_id: uuid.UUID, conversation_id: uuid.UUID | None, url: str
) -> dict[str, Any]:
    """Return what the script shows of a save; `url` is where the draft is from now on."""
    if draft is None:
        # What was emptied is gone; saying 0 makes the next text a new draft of the same form.
        return saved_answer(request, Saved(draft_id, 0), conversation_id)
    return saved_answer(request, Saved(draft_id, draft.version, draft.updated_at, zone_of(draft), url), conversation_id)


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: the version to go on from, when, and where it is. `at` is None for nothing."""

    draft_id: uuid.UUID
    version: int
    at: dt.datetime | None = None
    zone: str = ""
    url: str = ""


def saved_answer(request: HttpRequest, kept: Saved, conversation_id: uuid.UUID | None = None) -> dict[str, Any]:
    """Return what the script needs to know of a save."""
    facts = request.session_facts  # type: ignore[attr-defined]
    answer = {
        "version": kept.version,
        "saved_at": "",
        "ticket": tickets.issue(request, kept.draft_id, conversation_id),
        "remaining_seconds": sessions.remaining_seconds(facts, actor_of(request)),
        "url": kept.url,
    }
    if kept.at is not None:
        local = kept.at.astimezone(times.viewer_zone(chosen_zone(request), kept.zone))
        answer["saved_at"] = _("Saved at {time}").format(time=f"{times.clock_time(local)} {times.abbreviation(local)}")
    return answer


def _other_url(draft_id: uuid.UUID, conversation_id: uuid.UUID | None) -> str:
    if conversation_id:
        return reverse("mailbox_conversation", args=[conversation_id])
    return reverse("edit_draft", args=[draft_id])


def problem(status: int, text: str, field: str = "", **more: str) -> JsonResponse:
    """Return why nothing was saved, as the script understands it."""
    return JsonResponse({"text": text, "field": field, **more}, status=status)
