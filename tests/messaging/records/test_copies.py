"""Copies of one conversation: print view, PDF, plain text, each behind its notice and on record."""

import io
import unicodedata
import uuid

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from messaging.records import pdf
from messaging.records.plain import as_text
from messaging.records.transcript import Said, Transcript
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

KINDS = ("print", "pdf", "text")
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)> #panic() $x$ @x"


class Reader:
    """A veteran with a conversation of two messages, and a browser."""

    def __init__(self) -> None:
        self.thread = Thread(subject=ATTACK)
        self.message = self.thread.send(f"{ATTACK}\nSecond line")
        self.thread.answer(self.message.conversation_id, "Rest it.\n\nOur page: https://www.va.gov/x")
        self.browser = Client()
        sign_in(self.browser, self.thread.account)

    def url(self, kind: str) -> str:
        return reverse("records_copy", args=[self.message.conversation_id, kind])


@pytest.fixture
def reader(db: None) -> Reader:
    return Reader()


def exports() -> list[str]:
    return list(AuditEvent.objects.filter(deed="exported").values_list("reason", flat=True))


def pages_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("kind", KINDS)
def test_a100_the_notice_comes_first_and_only_what_follows_it_is_an_export(reader: Reader, kind: str) -> None:
    notice = reader.browser.get(reader.url(kind))
    assert "your copy is yours to protect" in notice.content.decode()
    assert "Second line" not in notice.content.decode()
    assert reader.browser.head(reader.url(kind)).status_code == 200
    reader.browser.get(reader.url(kind), headers={"Sec-Purpose": "prefetch"})
    assert exports() == []
    assert reader.browser.post(reader.url(kind)).status_code == 200
    assert exports() == [kind]
    event = AuditEvent.objects.get(deed="exported")
    assert (event.actor_account_id, event.subject_id, event.object_id) == (
        reader.thread.account.id,
        reader.thread.record.id,
        str(reader.message.conversation_id),
    )


def test_a021_the_print_view_shows_what_was_typed_as_text_and_nothing_around_it(reader: Reader) -> None:
    page = reader.browser.post(reader.url("print")).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Rest it." in page
    assert "Nora Nurse, Nurse" in page
    assert "usa-breadcrumb" not in page
    assert "<nav" not in page


@pytest.mark.parametrize(("kind", "ends"), [("pdf", ".pdf"), ("text", ".txt")])
def test_a_download_is_saved_never_shown_and_names_nothing_private(reader: Reader, kind: str, ends: str) -> None:
    response = reader.browser.post(reader.url(kind))
    number = reader.message.conversation.number
    assert response.headers["Content-Disposition"] == f'attachment; filename="secure-message-{number}{ends}"'
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_pdf_has_every_message_pages_with_numbers_tags_and_a_title_without_private_words(reader: Reader) -> None:
    content = reader.browser.post(reader.url("pdf")).content
    document = pypdf.PdfReader(io.BytesIO(content))
    text = pages_of(content)
    for said in ("<script>alert(1)</script>", "Second line", "Rest it.", "Nora Nurse, Nurse", "Page 1 of 1"):
        assert said in text
    assert document.metadata is not None
    assert document.metadata.title == f"Secure message {reader.message.conversation.number}"
    assert set(document.metadata) == {"/Title", "/Creator"}
    root = document.root_object
    assert root["/MarkInfo"]["/Marked"].value  # type: ignore[index]
    assert str(root["/Lang"]) == "en"
    assert "/StructTreeRoot" in root


def test_the_text_has_every_message(reader: Reader) -> None:
    lines = reader.browser.post(reader.url("text")).content.decode().split("\r\n")
    assert lines[0] == ATTACK[:120]
    assert "Second line" in lines
    assert "Our page: https://www.va.gov/x" in lines
    assert f"Message number: {reader.message.conversation.number}" in lines


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_somebody_else_s_conversation_is_a_copy_of_nothing(reader: Reader, kind: str) -> None:
    stranger = Client()
    sign_in(stranger, factories.make_eligible_veteran(reader.thread.team)[0])
    nothing = reverse("records_copy", args=[uuid.uuid4(), kind])
    for url in (reader.url(kind), nothing):
        assert stranger.get(url).status_code == 404
        assert stranger.post(url).status_code == 404
    assert exports() == []
    assert AuditEvent.objects.filter(deed="denied").count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_veteran_who_is_no_longer_eligible_keeps_what_was_said(reader: Reader, kind: str) -> None:
    reader.thread.record.enrollments.all().delete()
    reader.thread.record.registrations.all().delete()
    reader.thread.team.participations.update(opted_in=False)
    conversation = reverse("mailbox_conversation", args=[reader.message.conversation_id])
    assert "You can’t reply here right now" in reader.browser.get(conversation).content.decode()
    assert reader.browser.post(reader.url(kind)).status_code == 200


def written(body: str, subject: str = "Subject") -> Transcript:
    facts = (("Veteran", "Alex Test"),)
    return Transcript(
        uuid.uuid4(), 1_000_000_001, subject, facts, (Said("Alex Test", "today", ("Delivered",), body=body),)
    )


@pytest.mark.parametrize(
    ("typed", "reads"),
    [
        ("¿Mañana, señor Núñez? ¡Sí!", "¿Mañana, señor Núñez? ¡Sí!"),
        ("Tiếng Việt", "Tiếng Việt"),
        ("Better \U0001f600", "\U0001f600"),
        ("My \U0001f9e0", "[brain]"),
        ("中文", "□□"),
        ("a\ue000b", "a□b"),
        ("\U0010ffff", "□"),
        ("\u202egnp.exe", "gnp.exe"),
        ("tab\there", "here"),
        ("#panic(1) $x$ *b* `c` \\ @x", "$x$ *b* `c` \\ @x"),
    ],
)
def test_the_pdf_takes_whatever_somebody_types(typed: str, reads: str) -> None:
    made = written(typed, subject=typed)
    assert unicodedata.normalize("NFC", reads) in unicodedata.normalize("NFC", pages_of(pdf.as_pdf(made)))
    assert ("Some letters can’t be shown" in pages_of(pdf.as_pdf(made))) == ("□" in reads)


def test_text_that_reads_from_right_to_left_stays_in_its_order() -> None:
    assert pdf.is_right_to_left("123 שלום")
    assert not pdf.is_right_to_left("Hello שלום")
    content = pdf.as_pdf(written("שלום"))
    assert set("שלום") <= set(pages_of(content))


def test_a_word_of_ten_thousand_letters_stays_on_the_page_and_every_page_has_its_number() -> None:
    document = pypdf.PdfReader(io.BytesIO(pdf.as_pdf(written("q" * 10_000))))
    text = "".join(page.extract_text() for page in document.pages)
    assert text.count("q") == 10_000
    assert len(document.pages) > 1
    for number, page in enumerate(document.pages, start=1):
        assert f"Page {number} of {len(document.pages)}" in page.extract_text()
        longest = max(page.extract_text().split("\n"), key=len)
        assert len(longest) < 130


def test_what_is_typed_cannot_turn_lines_of_the_text_file_around() -> None:
    made = written("body", subject="\u202esubject\u202c")
    assert as_text(made).decode().startswith("subject\r\n")
