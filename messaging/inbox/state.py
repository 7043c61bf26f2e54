"""Which queue a page shows, how narrowed, and which page of it: through the URL, and back from forms and links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.http import QueryDict
from django.urls import reverse

from messaging.inbox.filters import EVERYTHING, Chosen, parsed
from messaging.inbox.queries import OPEN_QUEUES, Queue
from messaging.keyset import Cursor
from smportal.errors import NotFound


def filters_of(queue: Queue) -> frozenset[str]:
    """Return by what a queue can be narrowed: "assigned to me" by no assignee, what waits for nobody by no age."""
    names = {"team", "category", "veteran"}
    if queue not in {Queue.MINE, Queue.UNASSIGNED}:
        names.add("assignee")
    if queue in OPEN_QUEUES:
        names |= {"age", "new"}
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue, what is chosen of it, and the page."""

    queue: Queue
    chosen: Chosen = EVERYTHING
    cursor: Cursor | None = None

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Any]) -> Self:
        """Return the state that a URL names. Raises NotFound for a forged one."""
        try:
            queue = Queue(name)
        except ValueError:
            raise NotFound from None
        offered = filters_of(queue)
        chosen = parsed(parameters)
        other = [each for each in chosen.parameters() if each not in offered]
        return cls(queue, chosen.without(*other), Cursor.parse(parameters.get("page", "")))

    @classmethod
    def posted(cls, queue: Queue, query: str) -> Self:
        """Return the state that a form carries, the queue without a choice when it is not one of ours."""
        try:
            return cls.of(queue.value, QueryDict(query))
        except NotFound:
            return cls(queue)

    @property
    def path(self) -> str:
        """The queue's address without anything chosen."""
        return reverse("team_queue", args=[self.queue.value])

    def url(self, **more: str) -> str:
        """Return the address of this queue as chosen, from its first page on."""
        return self.path + self.chosen.encoded(**more)

    def here(self, **more: str) -> str:
        """Return the address of this very page."""
        return self.url(page=str(self.cursor or ""), **more)

    def news(self, since: int) -> "QueueState":
        """Return what is new in this queue, as narrowed, since an instant."""
        return QueueState(self.queue, replace(self.chosen, new=since))

    def without(self, *names: str) -> str:
        """Return the address of this queue without some of its filters."""
        return replace(self, chosen=self.chosen.without(*names)).url()
