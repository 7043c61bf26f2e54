"""What every page needs besides its own content."""

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the actor; nothing here touches the database."""
    return {"actor": getattr(request, "actor", None)}
