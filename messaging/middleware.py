"""What somebody typed is never lost on its way: not with an ended session, not with records out of reach."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext_lazy as _

from messaging.answering import actions as answers
from messaging.broadcasts import actions as broadcasts
from messaging.broadcasts.forms import BroadcastForm
from messaging.guided.answers import PREFIX
from messaging.inbox.forms import StaffReplyForm
from messaging.mailbox import tickets
from messaging.mailbox.drafts import keep
from messaging.mailbox.forms import ComposeForm, ReplyForm, SignedForm
from messaging.models import Draft
from messaging.starting import drafts as starting
from messaging.starting.forms import StartForm
from messaging.text import visible_only
from smportal.actor import Actor, ActorKind
from smportal.errors import DomainError, NotFound
from smportal.public import errors

GetResponse = Callable[[HttpRequest], HttpResponse]
TypedForm = SignedForm | StartForm | BroadcastForm | StaffReplyForm
# The forms that are typed into, and the addresses that keep them while they are typed.
FORMS: dict[str, type[TypedForm]] = {
    "compose": ComposeForm,
    "mailbox_reply": ReplyForm,
    "team_start_write": StartForm,
    "team_broadcast": BroadcastForm,
    "team_reply": StaffReplyForm,
}
HIDDEN = {"ticket", "files", *ComposeForm().fields, *BroadcastForm().fields, *StaffReplyForm().fields} - {
    "subject",
    "body",
}
AUTOSAVE: dict[str, type[TypedForm]] = {
    "autosave_compose": ComposeForm,
    "autosave_reply": ReplyForm,
    "autosave_team_start": StartForm,
    "autosave_broadcast": BroadcastForm,
    "autosave_team_reply": StaffReplyForm,
}

KEPT = _("Your session had ended, so nothing was sent. What you wrote is kept as a draft. Sign in again to open it.")
FILES_NOT_KEPT = _("The files that you were adding with it are not kept. Add them again, then send your message.")
NOT_KEPT = _("You’re signed out, so this text isn’t saved. Copy it before you leave this page, then sign in again.")


class EndedSessionMiddleware:
    """Keeps a form that arrives after a limit ended its session, as a draft of whoever wrote it.

    Stands after the session's limits and before the URL table, which asks to sign in. Forged requests
    have been refused by then (CsrfViewMiddleware), and nothing is ever sent from here.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        signed_in = request.actor.kind is not ActorKind.ANONYMOUS  # type: ignore[attr-defined]
        if signed_in or request.method != "POST" or name not in FORMS | AUTOSAVE:
            return None
        kept = _kept(request, name, kwargs.get("conversation_id"))
        if kept is None:
            return JsonResponse({"kept": False, "text": NOT_KEPT}, status=401) if name in AUTOSAVE else None
        onward = f"{reverse('account_login')}?{urlencode({'next': kept})}"
        if name in AUTOSAVE:
            return JsonResponse({"kept": True, "text": KEPT, "sign_in_url": onward}, status=401)
        messages.info(request, KEPT)
        # A file of somebody who is not signed in is never stored, whoever the form says that it is from.
        if getattr(request, "files_dropped", False):
            messages.warning(request, FILES_NOT_KEPT)
        return HttpResponseRedirect(onward)


def _kept(request: HttpRequest, name: str, conversation_id: Any) -> str | None:
    """Keep the form's text and return where to find it again; None when its ticket does not allow that."""
    ticket = tickets.read(request.POST.get(tickets.FIELD, ""))
    actor = tickets.writer(ticket, request) if ticket else None
    # Characters that a draft cannot hold are dropped: there is no page here to point at them.
    typed = request.POST.copy()
    for field in typed:
        typed.setlist(field, [visible_only(value) for value in typed.getlist(field)])
    form = (FORMS | AUTOSAVE)[name](typed)
    # What is wrong in one field, a category that does not exist, must not lose the others.
    form.is_valid()
    if ticket is None or actor is None or "draft_id" not in form.cleaned_data:
        return None
    draft_id, version = form.key()
    if (draft_id, conversation_id) != (ticket.draft_id, ticket.conversation_id):
        return None
    try:
        if isinstance(form, StartForm):
            kept = starting.keep(actor=actor, draft_id=draft_id, version=version, content=form.content())
            return reverse("team_start_write", args=[kept.id])
        if isinstance(form, BroadcastForm):
            broadcasts.keep(actor=actor, broadcast_id=draft_id, version=version, content=form.content())
            return reverse("team_broadcast", args=[draft_id])
        if isinstance(form, StaffReplyForm):
            return _kept_answer(actor, ticket, form)
        draft = keep(
            actor=actor,
            draft_id=draft_id,
            version=version,
            content=form.content(),
            conversation_id=conversation_id,
        )
    except DomainError:
        return None
    return _address(draft) if draft else reverse("mailbox_drafts")


def _kept_answer(actor: Actor, ticket: tickets.Ticket, form: StaffReplyForm) -> str | None:
    """Keep the team's answer, also of somebody who has left the team meanwhile."""
    if ticket.conversation_id is None:
        return None
    draft_id, version = form.key()
    try:
        answers.keep(
            actor=actor,
            conversation_id=ticket.conversation_id,
            draft_id=draft_id,
            version=version,
            content=form.content(),
        )
    except NotFound:
        answers.keep_of_one_who_left(actor=actor, ticket=ticket, version=version, content=form.content())
        return reverse("team_queue", args=["open"])
    return reverse("team_conversation", args=[ticket.conversation_id])


def _address(draft: Draft) -> str:
    if draft.conversation_id:
        return reverse("mailbox_conversation", args=[draft.conversation_id])
    return reverse("edit_draft", args=[draft.id])


class TypedTextMiddleware:
    """Gives what was typed back to its writer when the answer is a bare error page.

    Stands outside of everything that can fail: reads the form only, touches no database and no key.
    The page's form posts to the same address; one draft id sends at most once, however often it is tried.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        away = response.status_code in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INTERNAL_SERVER_ERROR}
        if not away and not _other_sign_in(request, response):
            return response
        return _given_back(request, response, away=away)


def _goes_along(field: str) -> bool:
    """Tell whether the page that gives a text back carries this field along unseen: all but the text and the buttons."""
    return field in HIDDEN or field.startswith(PREFIX)


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _other_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Tell whether a form was refused only because its writer has signed in again since it was opened.

    Signing in changes the token against forged requests. The writer's own ticket shows that the form is
    real; still nothing is kept or sent until the button is pressed again.
    """
    checked = getattr(request, "csrf_processing_done", False)
    if response.status_code != HTTPStatus.FORBIDDEN or checked or "CSRF_COOKIE" not in request.META:
        return False
    ticket = tickets.read(request.POST.get(tickets.FIELD, ""))
    actor = getattr(request, "actor", None)
    return ticket is not None and actor is not None and ticket.account_id == actor.account_id


def _given_back(request: HttpRequest, response: HttpResponse, *, away: bool) -> HttpResponse:
    name = _name(request)
    form_class = FORMS.get(name)
    if form_class is None:
        return response
    posted = request.POST
    # While records are away the form's own token goes back as it came: a forged form stays forged.
    token = posted.get("csrfmiddlewaretoken", "") if away else get_token(request)
    context = {
        "has_session": errors.has_session(request),
        "away": away,
        "action": request.path,
        "hidden": [
            ("csrfmiddlewaretoken", token),
            *((field, value) for field in posted if _goes_along(field) for value in posted.getlist(field)),
        ],
        # What a browser sent with the form is gone with the answer; what was in the draft before goes along by its id.
        "files_lost": bool(request.FILES) or getattr(request, "files_dropped", False),
        "has_subject": "subject" in form_class().fields,
        "subject": posted.get("subject", ""),
        "body": posted.get("body", ""),
        "sending": "send" in posted,
    }
    page = HttpResponse(render_to_string("errors/typed_text.html", context), status=response.status_code)
    if "Retry-After" in response.headers:
        page.headers["Retry-After"] = response.headers["Retry-After"]
    return page
