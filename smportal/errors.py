"""Errors of the domain: actions raise them, views turn them into pages."""

from django.utils.translation import gettext as _


class DomainError(Exception):
    """A rule said no. `text` is written for the person at the screen; `code` is stable."""

    code = "refused"

    def __init__(self, text: str, *, code: str = "", field: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.code = code or self.code
        self.field = field


class NotFound(DomainError):
    """There is no such thing, or it is not the actor's: the same answer for both (404)."""

    code = "not_found"

    def __init__(self) -> None:
        super().__init__(_("We can’t find what you’re looking for."))


class Refused(DomainError):
    """The actor may not do this (403); the text says why and what to do next.

    With a `field` it is the choice made there that is refused: the page shows it beside that field (400).
    """


class Conflict(DomainError):
    """Somebody else changed it first, or the same key came with other content (409)."""

    code = "conflict"


class InvalidInput(DomainError):
    """The input breaks a rule of its field (400); `field` names it, `others` are what is wrong besides."""

    code = "invalid"
    others: tuple["InvalidInput", ...] = ()
