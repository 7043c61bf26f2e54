"""Which web addresses the library may hold: https, a publisher of publishers.csv, and nothing that misleads.

The portal never opens an address itself: only a person's browser does.
"""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from messaging.models import LinkLanguage
from smportal.errors import InvalidInput

MOST: Final = 500
FILE: Final = Path(__file__).with_name("publishers.csv")
# Letters, digits and signs that RFC 3986 allows; in particular no space, backslash, quote or letter of another script.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# Line ends and other signs that cannot be seen, spelled with a per cent sign.
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9A-F]|7F)|%(?![0-9A-F]{2})", re.IGNORECASE)


class Publisher(NamedTuple):
    """Who stands behind a host and everything below it."""

    name_en: str
    name_es: str

    def name_in(self, language: str) -> str:
        """Return the name in the language of a page."""
        return self.name_es if language == LinkLanguage.SPANISH else self.name_en


@cache
def publishers() -> dict[str, Publisher]:
    """Return the trusted publishers by host."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["host"]: Publisher(row["name_en"], row["name_es"]) for row in csv.DictReader(file)}


def checked(address: str) -> tuple[str, Publisher]:
    """Return the address in normal form and its publisher. Raises InvalidInput (field `address`) that says what to do."""
    typed = address.strip(" ")
    if not typed:
        raise _wrong("Enter the address of the page")
    if len(typed) > MOST:
        raise _wrong(f"Enter an address of at most {MOST} characters")
    if not _PLAIN.fullmatch(typed) or _ENCODED_CONTROL.search(typed):
        raise _wrong(
            "The address has a space, a hidden character or a letter that addresses can’t have. "
            "Copy it from the browser’s address bar again."
        )
    scheme, colon, _ = typed.partition("://")
    if not colon or scheme.lower() != "https":
        raise _wrong("Enter an address that starts with https://")
    try:
        parts = urlsplit(typed)
    except ValueError:
        raise _wrong("This is not a web address") from None
    host = _checked_host(parts.netloc)
    if any(segment in {".", ".."} for segment in parts.path.replace("%2e", ".").replace("%2E", ".").split("/")):
        raise _wrong("Leave out . and .. between the slashes of the address")
    return parts._replace(scheme="https", netloc=host, path=parts.path or "/").geturl(), _publisher(host)


def _checked_host(netloc: str) -> str:
    """Return the host alone: no user name or port beside it, no other script behind it."""
    if "@" in netloc:
        raise _wrong("Leave out the user name before @ in the address")
    if ":" in netloc or "[" in netloc:
        raise _wrong("Leave out the port number after : in the address, and use a name, not a number")
    host = netloc.lower()
    if host.endswith("."):
        raise _wrong("Leave out the dot at the end of the site’s name")
    labels = host.split(".")
    if any(label.startswith("xn--") for label in labels):
        raise _wrong("Sites whose name has letters of another script can’t be used, because they can look like others")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _wrong("This is not a web address")
    return host


def _publisher(host: str) -> Publisher:
    labels = host.split(".")
    for start in range(len(labels) - 1):
        if found := publishers().get(".".join(labels[start:])):
            return found
    names = ", ".join(publishers())
    raise _wrong(f"{host} is not one of the library’s trusted publishers: {names}")


def _wrong(text: str) -> InvalidInput:
    return InvalidInput(text, code="address", field="address")
