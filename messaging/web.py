"""What the veteran's and the care team's views share: the actor, the zone, and errors as pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.forms import Form
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render

from messaging.keyset import Cursor, Page
from smportal.actor import Actor
from smportal.errors import Conflict, DomainError, NotFound, Refused
from smportal.public import errors

View = Callable[..., HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def chosen_zone(request: HttpRequest) -> str:
    """Return the time zone that the viewer chose, empty for none."""
    return getattr(request.user, "time_zone", "")


def cursor_of(request: HttpRequest) -> Cursor | None:
    """Return the page's cursor. Raises NotFound for a forged one."""
    return Cursor.parse(request.GET.get("page", ""))


def changed(posted: QueryDict, **values: str) -> QueryDict:
    """Return a copy of what was posted with some values changed; of the others there may be several, which a dict loses."""
    copy = posted.copy()
    for name, value in values.items():
        copy[name] = value
    return copy


def page_urls(request: HttpRequest, url: str, page: Page[Any]) -> dict[str, str]:
    """Return the pager's links of a list at `url`, empty where there is no such page, and the way to its first."""
    return {
        "previous_url": f"{url}?page={page.previous}" if page.previous else "",
        "next_url": f"{url}?page={page.following}" if page.following else "",
        "first_url": url if request.GET.get("page") else "",
    }


def is_prefetch(request: HttpRequest) -> bool:
    """Tell whether a browser only guesses that somebody may open this page."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in purpose or "prerender" in purpose


def domain_errors(view: View) -> View:
    """Turn the domain's errors into pages: 404 for what is not the actor's, 409, 403 and 400 with the reason."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            return errors.not_found(request)
        except DomainError as error:
            return render(request, "messaging/refused.html", {"refusal": error}, status=_status(error))

    return wrapped


def show_error(form: Form, error: DomainError) -> int:
    """Put an action's errors next to their fields, and return the status that the page goes out with.

    Raises NotFound again: what is not the actor's has no form to say it in.
    """
    if isinstance(error, NotFound):
        raise error
    field = error.field if error.field in form.fields else None
    for each in (error, *getattr(error, "others", ())):
        form.add_error(each.field if each.field in form.fields else None, each.text)
    return 400 if isinstance(error, Refused) and field else _status(error)


def attempt(form: Form, action: Callable[..., object], **given: object) -> int:
    """Check a form and call an action with `given` and what was typed; return the status of the page that follows.

    200 when it was done. Else the form says beside its fields what is wrong. Raises NotFound as the action does.
    """
    if not form.is_valid():
        return 400
    try:
        action(**given, **form.cleaned_data)
    except DomainError as error:
        return show_error(form, error)
    return 200


def _status(error: DomainError) -> int:
    if isinstance(error, Conflict):
        return 409
    return 403 if isinstance(error, Refused) else 400
