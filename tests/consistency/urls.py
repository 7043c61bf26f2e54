"""Walking the URLconf: every name with a path that has something in each place."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.urls import URLResolver, get_resolver, reverse

# A value for each kind of place in a path; nothing of that name exists.
NOBODY = uuid.UUID("00000000-0000-4000-8000-000000000000")
PLACES: dict[str, Any] = {
    "conversation_id": NOBODY,
    "message_id": NOBODY,
    "note_id": NOBODY,
    "draft_id": NOBODY,
    "broadcast_id": NOBODY,
    "archive_id": NOBODY,
    "file_id": NOBODY,
    "search_id": NOBODY,
    "kind": "pdf",
    "folder_id": NOBODY,
    "team_id": NOBODY,
    "topic_id": NOBODY,
    "template_id": NOBODY,
    "place": "trash",
    "name": "open",
    "key": "nobody",
    "uidb36": "zz",
    "pk": 1,
    "slug": "nobody",
    # No row has it: an audit event 1 exists or not, depending on what ran before.
    "object_id": "0",
    "app_label": "messaging",
    "load_id": NOBODY,
    "absence_id": NOBODY,
    "staff_id": NOBODY,
    "use_id": NOBODY,
    "content_type_id": 1,
    "url": "nothing",
}


def names(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Return the name of every URL, namespaces included; a URL without a name shows as its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        # Django's admin redirects an old form of its addresses by a pattern without a name, to one that has one.
        elif entry.name is not None or prefix != "admin:":
            yield f"{prefix}{entry.name}" if entry.name else f"{prefix}<unnamed {entry.pattern}>"


def path_of(name: str) -> str:
    """Return a path for the name. Raises NoReverseMatch when PLACES lacks one of its places."""
    resolver = get_resolver()
    *spaces, last = name.split(":")
    for space in spaces:
        resolver = resolver.namespace_dict[space][1]
    for pattern, _, _, _ in resolver.reverse_dict.getlist(last):
        for _, places in pattern:
            return reverse(name, kwargs={place: PLACES[place] for place in places})
    return reverse(name)
