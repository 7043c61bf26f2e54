"""Which list a page shows, and how: a value that goes through the URL and comes back from forms and links."""

import uuid
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve, reverse

from messaging.keyset import Cursor
from messaging.mailbox.lists.filters import EVERYTHING, Chosen, FilterForm, parsed
from messaging.mailbox.moving.spots import parsed_id
from smportal.errors import NotFound

NAMES = {"inbox": "mailbox_inbox", "sent": "mailbox_sent", "trash": "mailbox_trash"}


@dataclass(frozen=True, slots=True)
class ListState:
    """A list by its key ("inbox", "sent", "trash" or an own folder's id), what is chosen of it, and the page."""

    key: str
    chosen: Chosen = EVERYTHING
    cursor: Cursor | None = None
    form: FilterForm | None = None

    @classmethod
    def of(cls, key: str, parameters: QueryDict) -> Self:
        """Return the state that a URL's parameters name. Raises NotFound for forged ones."""
        chosen, form = parsed(parameters)
        return cls(key, chosen, Cursor.parse(parameters.get("page", "")), form)

    @classmethod
    def posted(cls, key: str, query: str) -> Self:
        """Return the state that a form carries, the list without a choice when it is not one of ours."""
        if key not in NAMES:
            parsed_id(key)
        try:
            return cls.of(key, QueryDict(query))
        except NotFound:
            return cls(key)

    @classmethod
    def came_from(cls, request: HttpRequest) -> "ListState | None":
        """Return the list that the browser says it comes from, with its choice and page."""
        address = urlsplit(request.headers.get("Referer", ""))
        if address.netloc != request.get_host():
            return None
        try:
            found = resolve(address.path)
        except Resolver404:
            return None
        keys = {name: key for key, name in NAMES.items()} | {"mailbox_folder": str(found.kwargs.get("folder_id"))}
        if found.url_name not in keys:
            return None
        return cls.posted(keys[found.url_name], address.query)

    @property
    def folder_id(self) -> uuid.UUID | None:
        """The own folder that is listed."""
        return None if self.key in NAMES else uuid.UUID(self.key)

    @property
    def current(self) -> str:
        """What the side navigation knows this list by."""
        return NAMES.get(self.key, self.key)

    @property
    def path(self) -> str:
        """The list's address without anything chosen."""
        return reverse(NAMES[self.key]) if self.key in NAMES else reverse("mailbox_folder", args=[self.key])

    def url(self, **more: str) -> str:
        """Return the address of this list as chosen, from its first page on."""
        return self.path + self.chosen.encoded(**more)

    def here(self) -> str:
        """Return the address of this very page."""
        return self.url(page=str(self.cursor or ""))

    def sorted_only(self) -> str:
        """Return the address of the whole list in the chosen order."""
        return replace(self, chosen=Chosen(sort=self.chosen.sort)).url()
