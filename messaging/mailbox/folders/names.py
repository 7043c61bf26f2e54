"""What a folder may be called, and when two names are the same."""

import unicodedata

from django.utils.translation import gettext as _

from messaging.text import checked, normalised
from smportal.errors import InvalidInput

NAME_MOST = 50
# Letters of any language with their marks, and digits; spaces beside them.
_ALLOWED = ("L", "M", "Nd")


def clean_name(value: str) -> str:
    """Return a folder's name in normal form. Raises InvalidInput for one that breaks the rules."""
    label = _("A folder name")
    name = " ".join(normalised(value, field="name", label=label).split())
    checked(name, field="name", label=label, most=NAME_MOST)
    if not all(char == " " or unicodedata.category(char).startswith(_ALLOWED) for char in name):
        raise InvalidInput(
            _("Use only letters, numbers and spaces in a folder name"), code="bad_characters", field="name"
        )
    if same(name) in {same(reserved) for reserved in reserved_names()}:
        raise InvalidInput(
            _("Every mailbox has a folder with this name. Choose another name."), code="reserved", field="name"
        )
    return name


def reserved_names() -> tuple[str, ...]:
    """Return the names that are taken in every mailbox, in English and in the reader's language."""
    return ("Inbox", "Sent", "Drafts", "Trash", _("Inbox"), _("Sent"), _("Drafts"), _("Trash"))


def same(name: str) -> str:
    """Return what is equal for names that people take for the same one: without case and width."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
