"""Name, title and a line at the end of an answer: set once, left off at will, kept as they were when it was sent."""

import pytest
from django.urls import reverse

from eligibility.models import StaffMember
from messaging.models import Message, PersonalSignature
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests.messaging.replying.test_answers import Desk

SETTINGS = {"section": "staff_signature", "on": "on", "line": "  Diabetes clinic,  building 2 "}


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def last(desk: Desk) -> Message:
    return Message.objects.filter(conversation_id=desk.conversation_id, side="staff").order_by("sent_at", "id")[0]


def test_it_is_set_in_the_settings_and_sealed(desk: Desk) -> None:
    url = reverse("account_settings")
    assert desk.nurse_browser.post(url, SETTINGS).status_code == 302
    page = desk.nurse_browser.get(url).content.decode()
    assert 'value="Diabetes clinic, building 2"' in page
    assert b"Diabetes" not in bytes(PersonalSignature.objects.get().text_sealed)
    assert AuditEvent.objects.filter(deed=Deed.SIGNATURE_CHANGED).count() == 1
    desk.nurse_browser.post(url, SETTINGS)
    assert AuditEvent.objects.filter(deed=Deed.SIGNATURE_CHANGED).count() == 1
    wrong = desk.nurse_browser.post(url, SETTINGS | {"line": "x" * 101})
    assert wrong.status_code == 400
    assert "Your line is too long" in wrong.content.decode()
    assert "x" * 101 in wrong.content.decode()
    desk.nurse_browser.post(url, {"section": "staff_signature", "line": ""})
    assert not PersonalSignature.objects.exists()


def test_a_veteran_has_no_such_section_and_staff_have_no_veterans_one(desk: Desk) -> None:
    url = reverse("account_settings")
    assert "staff_signature" not in desk.veteran_browser.get(url).content.decode()
    assert desk.veteran_browser.post(url, SETTINGS).status_code == 404
    assert desk.nurse_browser.post(url, {"section": "signature", "signature": "Me"}).status_code == 404
    assert not PersonalSignature.objects.exists()


def test_an_answer_ends_with_it_for_good_and_can_be_sent_without(desk: Desk) -> None:
    assert 'name="with_signature"' not in desk.nurse_browser.get(desk.url).content.decode()
    desk.nurse_browser.post(reverse("account_settings"), SETTINGS)
    page = desk.nurse_browser.get(desk.url).content.decode()
    assert 'name="with_signature"' in page
    assert "checked" in page[page.index('name="with_signature"') :][:120]
    form = desk.form_of(desk.nurse_browser, body="Rest it.", with_signature="on", send="1")
    assert desk.nurse_browser.post(desk.reply_url, form).status_code == 302
    # The same form without it is another content, so not a second answer and not the same one.
    assert desk.nurse_browser.post(desk.reply_url, form | {"with_signature": ""}).status_code == 409
    assert desk.nurse_browser.post(desk.reply_url, form).status_code == 302
    StaffMember.objects.filter(id=desk.nurse.id).update(name="Nora Newname", title="Provider")
    desk.nurse_browser.post(reverse("account_settings"), SETTINGS | {"line": "Elsewhere"})
    expected = "Nora Nurse\nNurse\nDiabetes clinic, building 2"
    assert last(desk).unseal_text("signature_sealed") == expected
    for browser, url in (
        (desk.veteran_browser, reverse("mailbox_conversation", args=[desk.conversation_id])),
        (desk.nurse_browser, desk.url),
    ):
        assert expected in browser.get(url).content.decode()
    plain = desk.form_of(desk.nurse_browser, body="And ice.", send="1")
    assert desk.nurse_browser.post(desk.reply_url, plain).status_code == 302
    signed = Message.objects.filter(side="staff", signature_sealed__isnull=False)
    assert signed.count() == 1


def test_what_was_chosen_stays_with_the_draft_whoever_goes_on(desk: Desk) -> None:
    desk.nurse_browser.post(reverse("account_settings"), SETTINGS)
    desk.save(desk.nurse_browser, desk.form_of(desk.nurse_browser, body="Unsigned"))
    page = desk.nurse_browser.get(desk.url).content.decode()
    assert "checked" not in page[page.index('name="with_signature"') :][:120]
    signed = desk.form_of(desk.nurse_browser, body="Signed", with_signature="on")
    desk.save(desk.nurse_browser, signed)
    # Kim has none: what she sends has none, and the box stays for who has.
    kims = desk.form_of(desk.kim_browser, body="Signed", with_signature="on", send="1")
    assert '<input type="hidden" name="with_signature" value="on">' in desk.kim_browser.get(desk.url).content.decode()
    assert desk.kim_browser.post(desk.reply_url, kims).status_code == 302
    assert last(desk).signature_sealed is None
    assert last(desk).author_name == "Kim Lee"
