"""What national administrators do with the health library. Each action is one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import Model

from eligibility import queries as eligibility_queries
from messaging import text
from messaging.library.addresses import checked
from messaging.models import LibraryLink, LibraryTopic, LinkLanguage
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

NAME_MOST, TITLE_MOST, SUMMARY_MOST = 80, 150, 400
TOPIC_FIELDS = ("name_en", "name_es", "position", "is_active")
LINK_FIELDS = ("topic", "language", "title", "summary", "address", "is_active", "reviewed_on")


def check_librarian(actor: Actor) -> None:
    """Raise NotFound for everybody but national administrators and the portal's own commands."""
    if actor.kind is ActorKind.SYSTEM:
        return
    known = actor.kind is ActorKind.STAFF and actor.second_factor
    if not known or not eligibility_queries.scope_of(actor).everywhere:
        raise NotFound


@transaction.atomic
def add_topic(
    *, actor: Actor, name_en: str, name_es: str, position: int = 100, topic_id: uuid.UUID | None = None
) -> LibraryTopic:
    """Add a topic. Raises NotFound, InvalidInput naming the field."""
    check_librarian(actor)
    topic = LibraryTopic(id=topic_id or uuid.uuid4())
    _set_topic(topic, name_en, name_es, position)
    _save(actor, topic, {}, TOPIC_FIELDS)
    return topic


@transaction.atomic
def change_topic(
    *, actor: Actor, topic_id: uuid.UUID, name_en: str, name_es: str, position: int, is_active: bool
) -> LibraryTopic:
    """Rename, move or retire a topic; its links go with it. Raises NotFound, InvalidInput naming the field."""
    check_librarian(actor)
    topic = LibraryTopic.objects.select_for_update().filter(id=topic_id).first()
    if topic is None:
        raise NotFound
    before = _values(topic, TOPIC_FIELDS)
    _set_topic(topic, name_en, name_es, position)
    topic.is_active = is_active
    _save(actor, topic, before, TOPIC_FIELDS)
    return topic


def _set_topic(topic: LibraryTopic, name_en: str, name_es: str, position: int) -> None:
    topic.name_en = text.clean_line(name_en, field="name_en", label="An English name", most=NAME_MOST)
    topic.name_es = text.clean_line(name_es, field="name_es", label="A Spanish name", most=NAME_MOST)
    topic.position = position


@transaction.atomic
def add_link(
    *,
    actor: Actor,
    topic: LibraryTopic,
    language: str,
    title: str,
    summary: str,
    address: str,
    reviewed_on: dt.date | None = None,
    link_id: uuid.UUID | None = None,
) -> LibraryLink:
    """Add a link. Raises NotFound, InvalidInput naming the field."""
    check_librarian(actor)
    link = LibraryLink(id=link_id or uuid.uuid4(), topic=topic)
    _set_link(actor, link, language, title, summary, address, reviewed_on)
    _save(actor, link, {}, LINK_FIELDS)
    return link


@transaction.atomic
def change_link(
    *,
    actor: Actor,
    link_id: uuid.UUID,
    topic: LibraryTopic,
    language: str,
    title: str,
    summary: str,
    address: str,
    is_active: bool,
    reviewed_on: dt.date | None = None,
) -> LibraryLink:
    """Change or retire a link; messages that carry it keep what was sent. Raises NotFound, InvalidInput."""
    check_librarian(actor)
    link = _locked_link(link_id)
    before = _values(link, LINK_FIELDS)
    link.topic, link.is_active = topic, is_active
    _set_link(actor, link, language, title, summary, address, reviewed_on)
    _save(actor, link, before, LINK_FIELDS)
    return link


def _set_link(
    actor: Actor,
    link: LibraryLink,
    language: str,
    title: str,
    summary: str,
    address: str,
    reviewed_on: dt.date | None,
) -> None:
    if language not in LinkLanguage.values:
        raise InvalidInput("Choose a language", code="empty", field="language")
    link.language = language
    link.title = text.clean_line(title, field="title", label="A title", most=TITLE_MOST)
    link.summary = text.clean_line(summary, field="summary", label="A summary", most=SUMMARY_MOST)
    link.address, publisher = checked(address)
    link.publisher = publisher.name_in(language)
    if reviewed_on and reviewed_on > clock.now().date():
        raise InvalidInput("The day of the review can’t be in the future", field="reviewed_on")
    if reviewed_on != link.reviewed_on:
        link.reviewed_on, link.reviewed_by_id = reviewed_on, actor.account_id if reviewed_on else None


@transaction.atomic
def set_active(*, actor: Actor, link_ids: Collection[uuid.UUID], active: bool) -> int:
    """Retire links or bring them back, and return how many changed. Raises NotFound."""
    check_librarian(actor)
    changed = 0
    for link_id in sorted(link_ids):
        link = _locked_link(link_id)
        if link.is_active != active:
            before, link.is_active = _values(link, LINK_FIELDS), active
            _save(actor, link, before, LINK_FIELDS)
            changed += 1
    return changed


@transaction.atomic
def mark_reviewed(*, actor: Actor, link_ids: Collection[uuid.UUID], on: dt.date | None = None) -> int:
    """Note that somebody has opened these pages today and found them right. Raises NotFound."""
    check_librarian(actor)
    for link_id in sorted(link_ids):
        link = _locked_link(link_id)
        before = _values(link, LINK_FIELDS)
        link.reviewed_on, link.reviewed_by_id = on or clock.now().date(), actor.account_id
        _save(actor, link, before, LINK_FIELDS)
    return len(link_ids)


def _locked_link(link_id: uuid.UUID) -> LibraryLink:
    link = LibraryLink.objects.select_for_update().filter(id=link_id).first()
    if link is None:
        raise NotFound
    return link


def _values(row: Model, fields: Collection[str]) -> dict[str, str]:
    return {name: str(getattr(row, f"{name}_id" if name == "topic" else name)) for name in fields}


def _save(actor: Actor, row: LibraryTopic | LibraryLink, before: dict[str, str], fields: Collection[str]) -> None:
    """Save the row with who did it, and record what is different; the same values again change nothing."""
    after = _values(row, fields)
    changed = {name: [before.get(name, ""), value] for name, value in after.items() if before.get(name) != value}
    if before and not changed:
        return
    row.changed_at, row.changed_by_id = clock.now(), actor.account_id
    try:
        with transaction.atomic():
            row.save(force_insert=not before, force_update=bool(before))
    except IntegrityError as error:
        raise _taken(row) from error
    kind = "library_topic" if isinstance(row, LibraryTopic) else "library_link"
    record(actor=actor, deed=Deed.LIBRARY_CHANGED, object_kind=kind, object_id=row.id, details=changed)


def _taken(row: LibraryTopic | LibraryLink) -> InvalidInput:
    """Name the field whose value another row has already."""
    if isinstance(row, LibraryLink):
        other = LibraryLink.objects.select_related("topic").exclude(id=row.id).filter(address=row.address).first()
        where = f" as “{other.title}”, under {other.topic.name_en}" if other else ""
        return InvalidInput(f"The library has this address already{where}", code="taken", field="address")
    others = LibraryTopic.objects.exclude(id=row.id)
    field = "name_en" if others.filter(name_en=row.name_en).exists() else "name_es"
    return InvalidInput("Another topic has this name", code="taken", field=field)
