"""What every page needs besides its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts import sessions
from smportal.public.language import switch


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the actor and the session's time limits; nothing here touches the database."""
    actor = getattr(request, "actor", None)
    facts = getattr(request, "session_facts", None)
    found: dict[str, Any] = {"actor": actor, "session_timeout": None, "language_switch": switch(request)}
    if actor is not None and actor.account_id and facts is not None:
        left = sessions.remaining_seconds(facts, actor)
        onward = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
        found["session_timeout"] = {
            # A little early: the server's note of the last activity may be up to a minute old.
            "idle_seconds": max(0, min(left, sessions.idle_seconds(actor) - sessions.GRAIN_SECONDS)),
            "warn_seconds": settings.SESSION_WARN_SECONDS[sessions.limits_of(actor)],
            "extend_url": reverse("session_extend"),
            "signout_url": reverse("account_logout"),
            "ended_url": f"{reverse('session_ended')}?{onward}",
        }
    return found
