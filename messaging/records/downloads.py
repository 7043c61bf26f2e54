"""Files that leave the portal: never shown in the page's place, never run."""

from django.http import HttpResponse

from messaging.attachments.views import HARDENED

__all__ = ["HARDENED", "attachment", "download"]


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a file to save. `name` is ours: letters, digits, dots and dashes."""
    typed = f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type
    return HttpResponse(content, content_type=typed, headers={**HARDENED, "Content-Disposition": attachment(name)})


def attachment(name: str) -> str:
    """Return the header that makes a browser save the file under this name."""
    return f'attachment; filename="{name}"'
