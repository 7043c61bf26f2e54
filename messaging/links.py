"""URLs of many rows: reversing one for each row costs more than the rows' query."""

import uuid
from collections.abc import Callable

from django.urls import reverse

_ANY = uuid.UUID(int=0)


def url_of_each(view_name: str) -> Callable[[uuid.UUID], str]:
    """Return a function from an id to the URL of a view that takes only that id. Raises NoReverseMatch."""
    before, after = reverse(view_name, args=[_ANY]).split(str(_ANY))
    return lambda row_id: f"{before}{row_id}{after}"
