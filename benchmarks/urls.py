"""The portal's URLs and the session floor: session and account looked up, 20 KB of constant HTML.

And the floor with the counts of a mailbox, which tells what they cost a page.
"""

import random

from django.http import HttpRequest, HttpResponse
from django.urls import path

from messaging.mailbox.folders.queries import shelves
from messaging.mailbox.queries import mailbox_of
from messaging.web import actor_of
from smportal import access
from smportal.urls import handler400, handler403, handler404, handler500
from smportal.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

BYTES = 20 * 1024
WORDS = ("care", "team", "message", "answer", "veteran", "clinic", "question", "results", "visit", "medicine", "week")


def _page() -> str:
    # Words in a random order compress about as well as a page does; one word over and over costs nothing.
    chance = random.Random(1)
    text = "<!DOCTYPE html><html lang=en><title>Floor</title>"
    while len(text) < BYTES:
        text += f"<p>{' '.join(chance.choices(WORDS, k=12))}</p>\n"
    return text[:BYTES]


PAGE = _page()


def session_floor(request: HttpRequest) -> HttpResponse:
    """Answer with the constant page; the middleware has looked up session and account."""
    return HttpResponse(PAGE if request.user.is_authenticated else "")


def counted_floor(request: HttpRequest) -> HttpResponse:
    """Answer with the constant page after counting what is unread, as every page of the mailbox does."""
    unread = shelves(mailbox_of(actor_of(request))).unread
    return HttpResponse(f"{PAGE}<p>{unread:,} unread")


# Every URL is closed until it is classified.
access.table()["session_floor"] = access.Rule(access.Audience.ACCOUNT)
access.table()["counted_floor"] = access.table()["mailbox_inbox"]
urlpatterns = [
    path("benchmarks/floor/", session_floor, name="session_floor"),
    path("benchmarks/counted/", counted_floor, name="counted_floor"),
    *portal,
]
