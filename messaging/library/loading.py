"""The library’s first pages: topics.csv and links.csv beside this file, brought in by the same actions as by hand.

What is there already stays as it is, so that nothing an administrator has changed or retired comes back,
and loading twice changes nothing. A row keeps its id by its key or address, even after that was corrected.
"""

import csv
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import transaction

from messaging.library import actions
from messaging.models import LibraryLink, LibraryTopic
from smportal.actor import Actor
from smportal.errors import InvalidInput

FOLDER: Final = Path(__file__).parent
_NAMESPACE: Final = uuid.UUID("5a1f2f5e-0f0b-5a43-9b0e-6d1c5f0c7e11")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did."""

    created: int
    unchanged: int


class BadRow(Exception):
    """A row of a file that the library does not take; the text says which and why."""


def id_of(kind: str, key: str) -> uuid.UUID:
    """Return the id that a row of the files has in every installation."""
    return uuid.uuid5(_NAMESPACE, f"{kind}/{key}")


def rows(name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Return a file's rows with their line numbers."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield reader.line_num, row


@transaction.atomic
def load(*, actor: Actor) -> Loaded:
    """Bring in what is not there yet: all or nothing. Raises BadRow."""
    topics = {topic.id: topic for topic in LibraryTopic.objects.all()}
    link_ids = set(LibraryLink.objects.order_by().values_list("id", flat=True))
    addresses = set(LibraryLink.objects.order_by().values_list("address", flat=True))
    created = unchanged = 0
    for place, (line, row) in enumerate(rows("topics.csv"), start=1):
        topic_id = id_of("topic", row["key"])
        if topic_id in topics:
            unchanged += 1
            continue
        with _line("topics.csv", line):
            names = {"name_en": row["name_en"], "name_es": row["name_es"]}
            topics[topic_id] = actions.add_topic(actor=actor, topic_id=topic_id, position=10 * place, **names)
        created += 1
    for line, row in rows("links.csv"):
        link_id = id_of("link", row["address"])
        if link_id in link_ids or row["address"] in addresses:
            unchanged += 1
            continue
        with _line("links.csv", line):
            _add(actor, link_id, topics, row)
        created += 1
    return Loaded(created, unchanged)


def _add(actor: Actor, link_id: uuid.UUID, topics: dict[uuid.UUID, LibraryTopic], row: dict[str, str]) -> None:
    topic = topics.get(id_of("topic", row["topic"]))
    if topic is None:
        raise InvalidInput(f"there is no topic {row['topic']}", field="topic")
    actions.add_link(
        actor=actor,
        link_id=link_id,
        topic=topic,
        language=row["language"],
        title=row["title"],
        summary=row["summary"],
        address=row["address"],
    )


@contextmanager
def _line(file: str, number: int) -> Iterator[None]:
    """Say of a refusal in which line of which file it was."""
    try:
        yield
    except InvalidInput as error:
        raise BadRow(f"{file}, line {number}: {error.text}") from error
