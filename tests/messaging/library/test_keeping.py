"""Administrators keep the library: through actions, on record, only nationally; and the first load."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from messaging.library import actions, loading
from messaging.models import LibraryLink, LibraryTopic
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, NotFound
from tests import factories
from tests.messaging.library.shelves import LIBRARIAN, make_link, make_topic
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


def changes() -> list[dict[str, Any]]:
    events = AuditEvent.objects.filter(deed=Deed.LIBRARY_CHANGED).order_by("id")
    return list(events.values_list("details", flat=True))


def test_every_change_is_on_record_with_old_and_new_and_none_without_a_difference() -> None:
    topic = make_topic()
    link = make_link(topic)
    same: dict[str, Any] = {
        "topic": topic,
        "language": "en",
        "summary": link.summary,
        "address": link.address,
        "is_active": True,
    }
    actions.change_link(actor=LIBRARIAN, link_id=link.id, title=link.title, **same)
    assert len(changes()) == 2
    actions.change_link(actor=LIBRARIAN, link_id=link.id, title="Sugar", **same)
    assert changes()[-1] == {"title": ["About diabetes", "Sugar"]}
    assert actions.set_active(actor=LIBRARIAN, link_ids=[link.id], active=False) == 1
    assert actions.set_active(actor=LIBRARIAN, link_ids=[link.id], active=False) == 0
    assert changes()[-1] == {"is_active": ["True", "False"]}
    assert len(changes()) == 4


def test_the_publisher_follows_from_the_address() -> None:
    link = make_link(make_topic(), language="es")
    assert link.publisher == "MedlinePlus, Biblioteca Nacional de Medicina"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "x" * 151),
        ("title", "a\x1bb"),
        ("summary", ""),
        ("summary", "x" * 401),
        ("language", "fr"),
        ("address", "http://va.gov/"),
        ("reviewed_on", dt.date(2999, 1, 1)),
    ],
)
def test_what_a_link_lacks_is_an_error_of_its_field(field: str, value: Any) -> None:
    values = {"language": "en", "title": "T", "summary": "S", "address": "https://www.va.gov/", field: value}
    with pytest.raises(InvalidInput) as refused:
        actions.add_link(actor=LIBRARIAN, topic=make_topic(), **values)
    assert refused.value.field == field
    assert not LibraryLink.objects.exists()


def test_an_address_and_a_topics_name_are_there_once() -> None:
    topic = make_topic()
    make_link(topic)
    with pytest.raises(InvalidInput, match="has this address already as “About diabetes”, under Diabetes") as refused:
        make_link(topic)
    assert refused.value.field == "address"
    with pytest.raises(InvalidInput) as taken:
        make_topic("Sugar")
    assert taken.value.field == "name_es"


def test_the_database_itself_refuses_an_address_without_https() -> None:
    link = make_link(make_topic())
    with pytest.raises(IntegrityError), transaction.atomic():
        LibraryLink.objects.filter(id=link.id).update(address="http://medlineplus.gov/")


def test_a_review_keeps_the_day_and_who() -> None:
    link = make_link(make_topic())
    librarian = factories.actor_for(factories.make_administrator())
    actions.mark_reviewed(actor=librarian, link_ids=[link.id])
    link.refresh_from_db()
    assert (link.reviewed_on, link.reviewed_by_id) == (clock.now().date(), librarian.account_id)


def test_nobody_but_a_national_administrator_changes_the_library() -> None:
    link, team = make_link(make_topic()), factories.make_team()
    people = [
        factories.actor_for(factories.make_administrator(team.facility)),
        factories.actor_for(factories.make_administrator(role="auditor")),
        factories.staff_actor(factories.make_staff(team)),
        factories.actor_for(factories.make_eligible_veteran(team)[0]),
        factories.actor_for(factories.make_administrator(), second_factor=False),
        Actor.anonymous(),
    ]
    for actor in people:
        with pytest.raises(NotFound):
            actions.set_active(actor=actor, link_ids=[link.id], active=False)
        with pytest.raises(NotFound):
            actions.add_topic(actor=actor, name_en="A", name_es="B")
    assert LibraryLink.objects.get().is_active


class Office:
    def __init__(self) -> None:
        self.national, self.local = Client(), Client()
        sign_in(self.national, factories.make_administrator())
        sign_in(self.local, factories.make_administrator(factories.make_facility()))

    def form(self, topic: LibraryTopic, **changes: Any) -> dict[str, Any]:
        values = {"topic": topic.id, "language": "en", "title": "Flu", "summary": "Shots.", "reviewed_on": ""}
        return values | {"address": "https://www.cdc.gov/flu/"} | changes


def test_a_national_administrator_adds_corrects_retires_and_reviews_in_the_admin() -> None:
    office, topic = Office(), make_topic()
    add = reverse("admin:messaging_librarylink_add")
    assert office.national.post(add, office.form(topic)).status_code == 302
    link = LibraryLink.objects.get()
    page = reverse("admin:messaging_librarylink_change", args=[link.id])
    changed = office.national.post(page, office.form(topic, title="Flu shots", is_active="on"))
    assert changed.status_code == 302
    assert office.national.get(f"{reverse('admin:messaging_librarylink_changelist')}?review=due").status_code == 200
    for action in ("review", "retire"):
        selected = {"action": action, "_selected_action": [str(link.id)]}
        office.national.post(reverse("admin:messaging_librarylink_changelist"), selected)
    link.refresh_from_db()
    assert (link.title, link.is_active, link.reviewed_on) == ("Flu shots", False, clock.now().date())
    topic_page = reverse("admin:messaging_librarytopic_change", args=[topic.id])
    values = {"name_en": "Sugar", "name_es": "Azúcar", "position": "5", "is_active": ""}
    assert office.national.post(topic_page, values).status_code == 302
    topic.refresh_from_db()
    assert (topic.name_en, topic.position, topic.is_active) == ("Sugar", 5, False)


def test_a_bad_address_is_said_beside_its_field_with_everything_typed_kept() -> None:
    office, topic = Office(), make_topic()
    typed = office.form(topic, address="https://www.cdc.gov@evil.example/", summary="Long words of mine")
    answer = office.national.post(reverse("admin:messaging_librarylink_add"), typed)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Leave out the user name before @" in page
    assert "Long words of mine" in page
    assert "https://www.cdc.gov@evil.example/" in page
    assert not LibraryLink.objects.exists()


def test_a_facility_administrator_has_no_page_of_the_library() -> None:
    office, link = Office(), make_link(make_topic())
    pages = [
        reverse("admin:messaging_librarylink_changelist"),
        reverse("admin:messaging_librarylink_add"),
        reverse("admin:messaging_librarylink_change", args=[link.id]),
        reverse("admin:messaging_librarytopic_add"),
    ]
    for page in pages:
        assert office.local.get(page).status_code in {302, 403}, page
        assert office.local.post(page, office.form(link.topic)).status_code in {302, 403}, page
    assert LibraryLink.objects.count() == 1


def test_loading_twice_changes_nothing_and_brings_nothing_back(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_library")
    links, topics = LibraryLink.objects.count(), LibraryTopic.objects.count()
    assert links >= 60
    assert topics >= 12
    assert LibraryLink.objects.filter(language="es").count() >= 25
    assert LibraryLink.objects.filter(reviewed_on__isnull=False).count() == 0
    link = LibraryLink.objects.select_related("topic")[0]
    moved = "https://www.va.gov/moved/"
    actions.change_link(
        actor=LIBRARIAN,
        link_id=link.id,
        topic=link.topic,
        language=link.language,
        title=link.title,
        summary=link.summary,
        address=moved,
        is_active=False,
    )
    call_command("load_library")
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"created={links + topics} unchanged=0"
    assert second == f"created=0 unchanged={links + topics}"
    link.refresh_from_db()
    assert (link.address, link.is_active) == (moved, False)


def test_every_topic_has_pages_in_both_languages() -> None:
    loading.load(actor=LIBRARIAN)
    for topic in LibraryTopic.objects.all():
        assert set(topic.links.order_by().values_list("language", flat=True)) == {"en", "es"}, topic


def test_a_bad_row_is_named_and_nothing_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "topics.csv").write_text("key,name_en,name_es\na,A,B\n")
    (tmp_path / "links.csv").write_text("topic,language,title,summary,address\na,en,T,S,http://va.gov/\n")
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    with pytest.raises(CommandError, match=r"links.csv, line 2: Enter an address that starts with https://"):
        call_command("load_library")
    assert not LibraryTopic.objects.exists()
