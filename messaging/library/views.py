"""The pages of the health library. Nothing here notes who looks at what."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.library import picking, queries
from messaging.library.forms import LibrarySearchForm, WithLinks
from messaging.library.queries import ALL
from messaging.models import LinkLanguage
from messaging.placing import Kind, Place
from messaging.web import actor_of, domain_errors, show_error
from smportal.errors import InvalidInput


@domain_errors
def library(request: HttpRequest) -> HttpResponse:
    """The topics."""
    language = _language(request.GET.get("language", ""))
    return _front(request, LibrarySearchForm(initial={"language": language}), language)


def _front(
    request: HttpRequest, form: LibrarySearchForm, language: str, *, status: int = 200, **found: Any
) -> HttpResponse:
    context = {
        "nav": "library",
        "form": form,
        "language": language,
        "choices": _choices(reverse("library"), language),
        "shelves": [] if found else _shelves(language),
        **found,
    }
    return render(request, "messaging/library/library.html", context, status=status)


def _shelves(language: str) -> list[dict[str, Any]]:
    return [
        {"name": shelf.name, "count": shelf.count, "url": _with(reverse("library_topic", args=[shelf.id]), language)}
        for shelf in queries.shelves(language)
    ]


@domain_errors
def search(request: HttpRequest) -> HttpResponse:
    """What the words find. By GET there is nothing to find: the words never stand in an address."""
    if request.method != "POST":
        return redirect("library")
    form = LibrarySearchForm(request.POST)
    language = _language(request.POST.get("language", ""))
    if not form.is_valid():
        return _front(request, form, language, status=400)
    try:
        found = queries.search(form.cleaned_data["words"], language)
    except InvalidInput as error:
        return _front(request, form, language, status=show_error(form, error))
    return _front(request, form, language, found=found, words=form.cleaned_data["words"])


@domain_errors
def topic(request: HttpRequest, topic_id: uuid.UUID) -> HttpResponse:
    """The pages of one topic."""
    language = _language(request.GET.get("language", ""))
    context = {
        "nav": "library",
        "heading": queries.topic(topic_id).name_in(queries.reading_language()),
        "cards": queries.pages_of(topic_id, language),
        "language": language,
        "choices": _choices(reverse("library_topic", args=[topic_id]), language),
        "library_url": _with(reverse("library"), language),
        "all_url": _with(reverse("library_topic", args=[topic_id]), ALL),
    }
    return render(request, "messaging/library/topic.html", context)


@domain_errors
def for_reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The list that staff choose from, for the script of the answer's form; without it the page brings it along."""
    return _picker(request, Place(conversation_id))


@domain_errors
def for_start(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The list for a text that starts a conversation."""
    return _picker(request, Place(draft_id, Kind.START))


@domain_errors
def for_many(request: HttpRequest, broadcast_id: uuid.UUID) -> HttpResponse:
    """The list for a text to many veterans."""
    return _picker(request, Place(broadcast_id, Kind.MANY))


def _picker(request: HttpRequest, place: Place) -> HttpResponse:
    form = WithLinks(request.POST)
    picker = picking.picker_for(actor_of(request), place, form)
    return render(request, "messaging/library/picker.html", picking.picker_context(picker, place, form))


def _language(asked: str) -> str:
    """Return the pages' language: the one asked for, else the viewer's."""
    return asked if asked in queries.LANGUAGES else queries.reading_language()


def _with(url: str, language: str) -> str:
    return url if language == queries.reading_language() else f"{url}?language={language}"


def _choices(url: str, language: str) -> list[dict[str, Any]]:
    names = {LinkLanguage.ENGLISH.value: _("English"), LinkLanguage.SPANISH.value: _("Spanish"), ALL: _("Both")}
    return [{"label": name, "url": _with(url, key), "current": key == language} for key, name in names.items()]
