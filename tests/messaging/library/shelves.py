"""A few rows of the library for tests, made by its own actions."""

from messaging.library import actions
from messaging.models import LibraryLink, LibraryTopic
from smportal.actor import Actor

LIBRARIAN = Actor.system("test")


def make_topic(name_en: str = "Diabetes", name_es: str = "Diabetes y azúcar") -> LibraryTopic:
    return actions.add_topic(actor=LIBRARIAN, name_en=name_en, name_es=name_es)


def make_link(topic: LibraryTopic, page: str = "diabetes", *, language: str = "en", title: str = "") -> LibraryLink:
    folder = "spanish/" if language == "es" else ""
    return actions.add_link(
        actor=LIBRARIAN,
        topic=topic,
        language=language,
        title=title or f"About {page}",
        summary=f"What {page} is and what helps.",
        address=f"https://medlineplus.gov/{folder}{page}.html",
    )


def retire(link: LibraryLink) -> None:
    actions.set_active(actor=LIBRARIAN, link_ids=[link.id], active=False)
