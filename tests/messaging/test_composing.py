"""Composing: the team, guided forms, signatures, and drafts that outlive their team and their deletion."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from messaging import signing
from messaging.guided import KINDS, Guided
from messaging.guided.answers import shown
from messaging.mailbox import actions, drafts, entries
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, Draft, Message, PersonalSignature, Side
from messaging.signing import LegalSignature
from smportal import times
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput
from tests import factories
from tests.messaging.test_pages import Site
from tests.signing_in import sign_in

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
RENEWAL = {
    "guided": "prescription_renewal",
    "category": "medication",
    "guided_medicine": "Lisinopril",
    "guided_strength": "10 mg, each morning",
    "guided_left": "days",
    "guided_delivery": "mail",
}
SIGNED = {"legal_name": "Alex B. Test", "legal_certified": "on", "asks_legal": "1"}


@pytest.fixture
def site(db: None) -> Site:
    return Site()


@pytest.fixture
def records_team(site: Site) -> Site:
    site.team.needs_legal_signature = True
    site.team.save()
    return site


def entries_of(message: Message, side: Side = Side.STAFF) -> list[entries.Entry]:
    return entries.entries(message.conversation, side=side, zone=times.zone_named("America/New_York"))


def another_team(site: Site, name: str, **facts: Any) -> Any:
    team = factories.make_team(public_name=name, **facts)
    factories.participate(factories.make_staff(team, name=f"Provider of {name}"), team)
    factories.associate(site.record, team)
    return team


def test_what_cannot_wait_comes_before_the_first_message_of_a_session(site: Site) -> None:
    browser = Client()
    sign_in(browser, site.account)
    for way in (reverse("compose"), reverse("compose_to", args=[site.team.id])):
        assert browser.get(way)["Location"] == reverse("urgent_needs")
    page = browser.get(reverse("urgent_needs")).content.decode().partition("<main")[2].partition("</main>")[0]
    assert all(number in page for number in ("tel:911", "tel:988", "sms:838255"))
    assert browser.post(reverse("urgent_needs"))["Location"] == reverse("compose")
    written = browser.get(reverse("compose"), follow=True).content.decode()
    assert "If this can’t wait" in written


def test_the_seven_categories_are_offered_in_their_order(site: Site) -> None:
    page = site.veteran_browser.get(reverse("compose_to", args=[site.team.id])).content.decode()
    select = page[page.index('name="category"') :]
    offered = re.findall(r'<option value="(\w+)"', select[: select.index("</select>")])
    assert offered == ["general", "appointment", "medication", "test_result", "referral", "education", "administrative"]


# --- The team --------------------------------------------------------------------------------


def test_one_team_needs_no_choice_and_several_do(site: Site) -> None:
    browser = site.veteran_browser
    assert browser.get(reverse("compose"))["Location"] == reverse("compose_to", args=[site.team.id])
    other = another_team(site, "Heart team")
    page = browser.get(reverse("compose")).content.decode()
    assert "Who is your message for?" in page
    assert page.count('name="team"') == 2
    assert "Provider of Heart team" in page
    chosen = browser.post(reverse("choose_team"), {"team": str(other.id)})
    assert chosen["Location"] == reverse("compose_to", args=[other.id])
    written = browser.get(chosen["Location"]).content.decode()
    assert written.count("Heart team") == 3, "in the panel with its people, and beside Send"


def test_no_team_or_a_strangers_is_an_error_beside_the_choice(site: Site) -> None:
    another_team(site, "Heart team")
    stranger = factories.make_eligible_veteran()[2]
    for data in ({}, {"team": "x"}, {"team": str(stranger.id)}):
        answer = site.veteran_browser.post(reverse("choose_team"), data)
        assert answer.status_code == 400
        assert 'id="id_team_error"' in answer.content.decode()
    assert site.veteran_browser.get(reverse("compose_to", args=[stranger.id])).status_code == 404


def test_teams_are_found_by_any_words_without_case_and_accents(site: Site) -> None:
    for color in ("rouge", "verte", "bleue", "noire", "rose", "grise", "dorée"):
        another_team(site, f"Équipe {color}")
    page = site.veteran_browser.post(
        reverse("choose_team"), {"find": "DOREE equipe", "find_team": "1"}
    ).content.decode()
    assert page.count('name="team"') == 1
    assert "1 of your 8 care teams" in page
    none = site.veteran_browser.post(reverse("choose_team"), {"find": "zebra", "find_team": "1"}).content.decode()
    assert "None of your care teams fits these words." in none


def test_recent_teams_come_first_and_the_rest_by_health_care_system(site: Site) -> None:
    system = factories.make_facility(name="Albany VA system")
    clinic = factories.make_facility(name="Clifton Park clinic", parent=system)
    another_team(site, "Skin team", facility=clinic)
    site.send()
    page = site.veteran_browser.get(reverse("compose")).content.decode()
    assert page.index("Teams you wrote to lately") < page.index(site.team.public_name)
    assert page.index(site.team.public_name) < page.index("Albany VA system") < page.index("Skin team")


def test_a_closed_team_says_why(site: Site) -> None:
    another_team(site, "Heart team")
    closed = another_team(site, "Hearing team", is_active=False)
    page = site.veteran_browser.get(reverse("choose_team")).content.decode()
    assert str(closed.id) not in page
    assert "This team no longer receives messages" in page


@pytest.mark.parametrize("how", ["gone", "blocked", "left"])
def test_a_draft_outlives_its_team(site: Site, how: str) -> None:
    form = site.form(save="1")
    site.veteran_browser.post(reverse("compose"), form)
    other = another_team(site, "Heart team")
    if how == "gone":
        site.team.is_active = False
        site.team.save()
    elif how == "blocked":
        factories.block(site.record, team=site.team)
    else:
        site.record.associations.filter(team=site.team).delete()
    url = reverse("edit_draft", args=[form["draft_id"]])
    page = site.veteran_browser.get(url).content.decode()
    assert form["body"] in page
    assert "What you wrote is kept" in page
    assert 'name="send"' not in page
    choose = reverse("choose_draft_team", args=[form["draft_id"]])
    assert site.veteran_browser.post(choose, {"team": str(other.id)})["Location"] == url
    draft = Draft.objects.get()
    content = drafts.content_of(draft)
    assert (content.team_id, content.body, content.subject) == (other.id, form["body"], form["subject"])
    sent = site.veteran_browser.post(
        reverse("compose"), form | {"team": str(other.id), "version": str(draft.version), "send": "1"}
    )
    assert sent.status_code == 302
    assert Conversation.objects.get().team_id == other.id


def test_changing_the_team_keeps_what_was_typed(site: Site) -> None:
    form = site.form(change_team="1")
    answer = site.veteran_browser.post(reverse("compose"), form)
    assert answer["Location"] == reverse("choose_draft_team", args=[form["draft_id"]])
    assert drafts.content_of(Draft.objects.get()).body == form["body"]
    empty = site.form(subject="", body=" ", category="", change_team="1")
    assert site.veteran_browser.post(reverse("compose"), empty)["Location"] == reverse("choose_team")
    assert Draft.objects.count() == 1


def test_losing_and_regaining_eligibility_in_the_middle_of_a_draft(site: Site) -> None:
    form = site.form()
    site.record.enrollments.update(status="cancelled")
    refused = site.veteran_browser.post(reverse("compose"), form | {"send": "1"})
    assert refused.status_code == 403
    assert form["body"] in refused.content.decode()
    page = site.veteran_browser.get(reverse("edit_draft", args=[form["draft_id"]])).content.decode()
    assert "You can’t send messages right now" in page
    assert form["body"] in page
    assert 'name="send"' not in page
    site.record.enrollments.update(status="enrolled")
    draft = Draft.objects.get()
    sent = site.veteran_browser.post(reverse("compose"), form | {"version": str(draft.version), "send": "1"})
    assert sent.status_code == 302
    assert (Message.objects.count(), Draft.objects.count()) == (1, 0)


def test_the_back_button_after_sending_leads_to_the_confirmation(site: Site) -> None:
    form = site.form()
    sent = site.veteran_browser.post(reverse("compose"), form | {"send": "1"})
    back = site.veteran_browser.get(reverse("edit_draft", args=[form["draft_id"]]))
    assert back["Location"] == sent["Location"]


# --- Guided forms ----------------------------------------------------------------------------


def test_a_form_is_offered_and_leaving_it_loses_nothing(site: Site) -> None:
    form = site.form(category="", subject="", body="So far.")
    page = site.veteran_browser.post(reverse("compose"), form | {"guide": "prescription_renewal"}).content.decode()
    assert 'name="guided_medicine"' in page
    assert 'value="Prescription renewal"' in page
    assert "So far." in page
    without = site.veteran_browser.post(reverse("compose"), site.form(body="So far.", **RENEWAL, guide=""))
    text = without.content.decode()
    assert 'name="guided_medicine"' not in text
    assert "So far.\n\nName of the medicine: Lisinopril\nStrength, and how you take it: 10 mg, each morning" in text
    assert "How much do you have left?: Less than a week" in text


def test_what_is_missing_is_said_beside_each_field_at_once(site: Site) -> None:
    answers = RENEWAL | {"guided_medicine": " ", "guided_left": ""}
    answer = site.veteran_browser.post(reverse("compose"), site.form(**answers, body="", send="1"))
    page = answer.content.decode()
    assert answer.status_code == 400
    for name in ("guided_medicine", "guided_left", "body"):
        assert f'id="id_{name}_error"' in page
    assert "10 mg, each morning" in page
    assert not Message.objects.exists()


def test_both_sides_see_the_answers_as_fields(site: Site) -> None:
    message = site.send(**RENEWAL)
    assert message.conversation.category == "medication"
    [entry] = entries_of(message)
    assert entry.guided is not None
    assert ("Name of the medicine", "Lisinopril") in entry.guided.answers
    assert ("How much do you have left?", "Less than a week") in entry.guided.answers
    for browser, name in ((site.veteran_browser, "mailbox_conversation"), (site.nurse_browser, "team_conversation")):
        page = browser.get(reverse(name, args=[message.conversation_id])).content.decode()
        assert '<dt>Name of the medicine</dt><dd dir="auto"><bdi>Lisinopril</bdi></dd>' in page
    confirmation = site.veteran_browser.get(reverse("sent_confirmation", args=[message.id])).content.decode()
    assert "Lisinopril" in confirmation


def test_answers_are_sealed_in_draft_and_message(site: Site) -> None:
    form = site.form(**RENEWAL)
    site.veteran_browser.post(reverse("compose"), form | {"save": "1"})
    kept = drafts.content_of(Draft.objects.get())
    assert kept.guided.answers["medicine"] == "Lisinopril"
    assert b"Lisinopril" not in bytes(Draft.objects.get().guided_sealed)
    version = str(Draft.objects.get().version)
    site.veteran_browser.post(reverse("compose"), form | {"version": version, "send": "1"})
    assert b"Lisinopril" not in bytes(Message.objects.get().guided_sealed)


def test_a_draft_may_hold_a_part_of_a_form(site: Site) -> None:
    form = site.form(guided="referral", guided_care="Hearing", subject="", body="", category="", save="1")
    site.veteran_browser.post(reverse("compose"), form)
    page = site.veteran_browser.get(reverse("edit_draft", args=[form["draft_id"]])).content.decode()
    assert 'value="Hearing"' in page


def test_a_choice_that_does_not_exist_is_an_error_of_its_field(site: Site) -> None:
    answer = site.veteran_browser.post(reverse("compose"), site.form(**RENEWAL | {"guided_left": "lots"}, send="1"))
    assert answer.status_code == 400
    assert 'id="id_guided_left_error"' in answer.content.decode()


def test_answers_are_part_of_what_is_sent_once(site: Site) -> None:
    form = site.form(**RENEWAL, send="1")
    first = site.veteran_browser.post(reverse("compose"), form)
    again = site.veteran_browser.post(reverse("compose"), form)
    assert first["Location"] == again["Location"]
    other = site.veteran_browser.post(reverse("compose"), form | {"guided_medicine": "Metformin"})
    assert other.status_code == 409
    assert Message.objects.count() == 1


def test_the_safety_screen_reads_the_answers(site: Site) -> None:
    answers = RENEWAL | {"guided_strength": "I have chest pain and I want to kill myself"}
    page = site.veteran_browser.post(reverse("compose"), site.form(**answers, send="1")).content.decode()
    assert "Do you need help now?" in page
    assert 'name="guided_medicine" value="Lisinopril"' in page
    assert not Message.objects.exists()


@pytest.mark.parametrize("column", ["guided_sealed", "signature_sealed", "legal_sealed"])
def test_the_database_refuses_to_change_what_belongs_to_a_message(site: Site, column: str) -> None:
    message = site.send(**RENEWAL)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE messaging_message SET {column} = NULL WHERE id = %s", [message.id])


def test_an_answer_of_a_later_version_stays_readable() -> None:
    form = shown(Guided("prescription_renewal", {"medicine": "Lisinopril", "eye_color": "blue"}))
    assert form is not None
    assert form.answers[-1] == ("Eye color", "blue")
    unknown = shown(Guided("house_call", {"where": "Home"}))
    assert unknown is not None
    assert (unknown.label, unknown.answers) == ("House call", [("Where", "Home")])


def test_names_and_codes_of_forms_are_unique() -> None:
    for kind in KINDS.values():
        names = [question.name for question in kind.questions]
        assert len(names) == len(set(names))
        for question in kind.questions:
            assert len(dict(question.choices)) == len(question.choices)


# --- Signatures ------------------------------------------------------------------------------


def test_the_own_signature_ends_the_message_unless_left_off(site: Site) -> None:
    actor = factories.actor_for(site.account)
    signing.set_signature(actor=actor, text_typed="Alex T.  \r\nUS Army, retired\n")
    page = site.veteran_browser.get(reverse("compose"), follow=True).content.decode()
    assert "US Army, retired" in page
    assert 'name="with_signature" checked' in page
    with_it, without = site.send(with_signature="on"), site.send()
    assert [entry.signature for entry in entries_of(with_it)] == ["Alex T.\nUS Army, retired"]
    assert [entry.signature for entry in entries_of(without)] == [""]
    signing.set_signature(actor=actor, text_typed="New")
    assert [entry.signature for entry in entries_of(with_it)] == ["Alex T.\nUS Army, retired"]
    assert b"Army" not in bytes(Message.objects.get(id=with_it.id).signature_sealed)


def test_a_signature_is_sealed_limited_and_removed(site: Site) -> None:
    actor = factories.actor_for(site.account)
    signing.set_signature(actor=actor, text_typed="Alex Test")
    assert b"Alex" not in bytes(PersonalSignature.objects.get().text_sealed)
    for wrong in ("x" * 301, "a\nb\nc\nd\ne\nf", "a\x00b"):
        with pytest.raises(InvalidInput):
            signing.set_signature(actor=actor, text_typed=wrong)
    assert signing.signature_of(site.account.id) == "Alex Test"
    signing.set_signature(actor=actor, text_typed=" ")
    assert not PersonalSignature.objects.exists()
    assert list(
        AuditEvent.objects.filter(deed="signature_changed").order_by("id").values_list("details__removed", flat=True)
    ) == [
        False,
        True,
    ]


def test_leaving_the_signature_off_is_kept_in_the_draft(site: Site) -> None:
    signing.set_signature(actor=factories.actor_for(site.account), text_typed="Alex")
    form = site.form(save="1")
    site.veteran_browser.post(reverse("compose"), form)
    url = reverse("edit_draft", args=[form["draft_id"]])
    assert 'name="with_signature" checked' not in site.veteran_browser.get(url).content.decode()


def test_a_team_that_needs_a_legal_signature_gets_nothing_without(records_team: Site) -> None:
    site = records_team
    page = site.veteran_browser.get(reverse("compose"), follow=True).content.decode()
    assert "Your legal signature" in page
    refused = site.veteran_browser.post(reverse("compose"), site.form(send="1", asks_legal="1"))
    assert refused.status_code == 400
    for name in ("legal_name", "legal_certified"):
        assert f'id="id_{name}_error"' in refused.content.decode()
    # What the page says it asked for does not bind: the send itself checks.
    for part in ({"legal_name": "Alex"}, {"legal_certified": "on"}, {"legal_name": " ", "legal_certified": "on"}):
        assert site.veteran_browser.post(reverse("compose"), site.form(send="1", **part)).status_code == 400
    assert not Message.objects.exists()


def test_a_legal_signature_is_kept_sealed_stored_and_shown_to_staff(records_team: Site) -> None:
    site = records_team
    form = site.form(**SIGNED)
    site.veteran_browser.post(reverse("compose"), form | {"save": "1"})
    draft = Draft.objects.get()
    assert drafts.content_of(draft).legal == LegalSignature("Alex B. Test", certified=True)
    assert b"Alex" not in bytes(draft.legal_name_sealed)
    site.veteran_browser.post(reverse("compose"), form | {"version": str(draft.version), "send": "1"})
    message = Message.objects.get()
    assert b"Alex" not in bytes(message.legal_sealed)
    page = site.nurse_browser.get(reverse("team_conversation", args=[message.conversation_id])).content.decode()
    assert "<dt>Signed by</dt><dd><bdi>Alex B. Test</bdi></dd>" in page
    assert "I certify that the above is correct" in page
    assert AuditEvent.objects.get(deed="message_sent").details["legally_signed"] is True


def test_a_reply_to_such_a_team_is_signed_too(site: Site) -> None:
    conversation = site.send().conversation_id
    site.team.needs_legal_signature = True
    site.team.save()
    url = reverse("mailbox_reply", args=[conversation])
    reply = {"draft_id": str(uuid.uuid4()), "version": "0", "body": "Yes, please.", "send": "1"}
    refused = site.veteran_browser.post(url, reply | {"asks_legal": "1"})
    assert refused.status_code == 400
    assert 'id="id_legal_name_error"' in refused.content.decode()
    assert "Yes, please." in refused.content.decode()
    assert site.veteran_browser.post(url, reply | SIGNED).status_code == 302
    assert entries_of(Message.objects.order_by("-sent_at")[0])[-1].legal is not None


def test_other_teams_do_not_get_a_legal_signature_that_a_form_brings_along(site: Site) -> None:
    message = site.send(**SIGNED)
    assert message.legal_sealed is None


# --- Two tabs --------------------------------------------------------------------------------


def test_a_send_with_a_stale_version_of_an_answer_is_told(site: Site) -> None:
    actor = factories.actor_for(site.account)
    draft_id = uuid.uuid4()
    one = Guided("test_result", {"test": "Blood test", "wish": "explain"})
    content = DraftContent(site.team.id, "test_result", "Result", "What does it mean?", one)
    draft = drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=content)
    assert draft is not None
    two = DraftContent(
        site.team.id, "test_result", "Result", "What does it mean?", Guided(one.kind, {**one.answers, "test": "X-ray"})
    )
    with pytest.raises(Conflict):
        actions.send(actor=actor, draft_id=draft_id, version=0, content=two)
    assert drafts.content_of(Draft.objects.get()).guided.answers["test"] == "Blood test"
