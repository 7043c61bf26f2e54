"""What the page of a conversation shows is on paper, in the PDF and in the text file too, in both languages."""

import html
import io
import re

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from tests.messaging.records.whole import TYPED, Whole
from tests.signing_in import sign_in

# What the portal says around it.
SAID = {
    "en": (
        "Medication",
        "Name of the medicine",
        "Prescription renewal",
        "Less than a week",
        "By mail",
        "Signed by",
        "I certify that the above is correct",
        "Signed on",
        "(Text, 50",
        "Not delivered: Our virus check found a threat in this file",
        "Checking for viruses",
        "Heart canary team",
        "March 3, 2026, 10:00 a.m. EST",
        "March 4, 2026, 10:00 a.m. EST",
        "passed this conversation on to",
        "Message number",
        "no answer is needed any more",
        "This copy was made",
    ),
    "es": (
        "Medicamento",
        "Nombre del medicamento",
        "Menos de una semana",
        "Firmado por",
        "Firmado el",
        "No se entregó:",
        "3 de marzo de 2026",
        "Número de mensaje",
    ),
}
# The page says some of it to "you".
PAGE = {"no answer is needed any more": "you no longer need an answer", "This copy was made": "Keep a copy"}


@pytest.fixture
def whole(db: None, store: object, devscan: int) -> Whole:
    return Whole()


def shown(whole: Whole, browser: Client, kind: str) -> str:
    """Return the words of the page or of a copy, in one line."""
    conversation_id = whole.first.conversation_id
    if kind == "page":
        response = browser.get(reverse("mailbox_conversation", args=[conversation_id]))
    else:
        response = browser.post(reverse("records_copy", args=[conversation_id, kind]))
    content = response.content
    if kind == "pdf":
        words = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    else:
        words = content.decode()
    if kind in {"page", "print"}:
        main = words[words.index("<main") : words.index("</main>")]
        words = html.unescape(re.sub(r"<[^>]+>", "", main))
    return " ".join(words.split())


@pytest.mark.parametrize("kind", ["page", "print", "pdf", "text"])
def test_every_part_is_in_each(whole: Whole, kind: str) -> None:
    browser = Client()
    sign_in(browser, whole.account)
    words = shown(whole, browser, kind)
    wanted = {PAGE.get(part, part) if kind == "page" else part for part in SAID["en"]} | {
        str(whole.first.number),
        str(whole.copied.number),
    }
    assert [part for part in (*TYPED, *sorted(wanted)) if part not in words] == []
    assert words.count("Signed Canary") == 2
    assert "?:" not in words
    assert words.count("pened by") == 2


@pytest.mark.parametrize("kind", ["print", "pdf", "text"])
def test_the_portals_own_words_are_in_the_veterans_language(whole: Whole, kind: str) -> None:
    whole.reads_in("es")
    browser = Client()
    sign_in(browser, whole.account)
    words = shown(whole, browser, kind)
    assert [part for part in (*TYPED[:-3], *SAID["es"]) if part not in words] == []
    for part in ("Signed", "Delivered", "Message", "Files:", "Opened", "passed"):
        assert part not in words.replace("Signed Canary", "")
