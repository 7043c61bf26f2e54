"""Templates over HTTP: who makes, sees, changes and uses which, and what a text becomes."""

import html
import re
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from eligibility.models import TeamMembership
from messaging.models import Draft, Message, ReplyTemplate
from messaging.reply_templates import actions
from messaging.reply_templates.actions import MOST, Holder, Wording
from smportal import clock
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.errors import Refused
from tests import factories
from tests.messaging.test_pages import Site
from tests.signing_in import sign_in

TEXT = "Dear {first_name},\n\nplease call {team} at {team_phone}.\n\n{my_name}, {my_title}"


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def browser_of(account: Account | None) -> Client:
    assert account is not None
    browser = Client()
    sign_in(browser, account)
    return browser


def form(**changes: Any) -> dict[str, Any]:
    return {
        "template_id": uuid.uuid4(),
        "holder": "own",
        "name": "Call us",
        "category": "",
        "body": TEXT,
        "is_active": "on",
    } | changes


def add(site: Site, level: str = "own", **wording: Any) -> ReplyTemplate:
    """Make a template through its action, as whoever may."""
    if level == "own":
        actor, holder = factories.staff_actor(site.nurse), Holder("own")
    elif level == "team":
        lead = factories.make_staff(site.team, leads=True)
        actor, holder = factories.staff_actor(lead), Holder("team", team_id=site.team.id)
    else:
        administrator = factories.make_administrator(site.team.facility)
        actor = factories.actor_for(administrator)
        holder = Holder("facility", facility_id=site.team.facility_id)
    said = {"name": f"The {level}’s", "category": "", "body": TEXT} | wording
    return actions.add(actor=actor, template_id=uuid.uuid4(), holder=holder, wording=Wording(**said))


def text_of(page: str) -> str:
    """Return the preview's text as a browser would read it."""
    found = re.search(r'id="template-text"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert found, page
    return html.unescape(found.group(1))


def reply_form(**typed: Any) -> dict[str, Any]:
    return {"draft_id": uuid.uuid4(), "body": ""} | typed


def test_own_templates_are_anybodys_to_make_and_nobody_elses_to_see(site: Site) -> None:
    posted = form()
    for _ in range(2):
        assert site.nurse_browser.post(reverse("reply_template_new"), posted).status_code == 302
    template = ReplyTemplate.objects.get()
    assert b"Call us" not in bytes(template.name_sealed) + bytes(template.body_sealed)
    assert template.sealing_owner().id == site.team.facility.key_owner_id
    assert "Call us" in site.nurse_browser.get(reverse("reply_templates")).content.decode()
    colleague = browser_of(factories.make_staff(site.team, leads=True).account)
    assert "Call us" not in colleague.get(reverse("reply_templates")).content.decode()
    for method in (colleague.get, colleague.post):
        assert method(reverse("reply_template", args=[template.id]), form()).status_code == 404
    # Another's id, posted as a new one's, is no way in either.
    assert colleague.post(reverse("reply_template_new"), posted).status_code == 404
    event = AuditEvent.objects.get(deed=Deed.TEMPLATE_CHANGED)
    assert event.details["change"] == "added"
    assert "Call us" not in str(event.details)


def test_a_teams_are_its_leads_to_make_and_its_members_to_use(site: Site) -> None:
    mine = form(holder=f"team:{site.team.id}")
    refused = site.nurse_browser.post(reverse("reply_template_new"), mine)
    assert refused.status_code == 400
    assert "Choose who can use it from the list" in refused.content.decode()
    lead = factories.make_staff(site.team, leads=True)
    browser = browser_of(lead.account)
    assert browser.post(reverse("reply_template_new"), mine).status_code == 302
    url = reverse("reply_template", args=[ReplyTemplate.objects.get().id])
    read = site.nurse_browser.get(url).content.decode()
    assert "Dear {first_name}" in read
    assert 'name="body"' not in read
    assert site.nurse_browser.post(url, form(version=1, body="Mine now")).status_code == 403
    TeamMembership.objects.filter(staff=lead).update(is_lead=False)
    assert browser.post(url, form(version=1, body="Still mine")).status_code == 403
    TeamMembership.objects.filter(staff=lead).update(ended_at=clock.now())
    assert browser.get(url).status_code == 404
    assert ReplyTemplate.objects.get().version == 1


def test_a_facilitys_are_its_administrators_to_make_also_without_a_team(site: Site) -> None:
    browser = browser_of(factories.make_administrator(site.team.facility))
    mine = form(holder=f"facility:{site.team.facility_id}")
    assert browser.post(reverse("reply_template_new"), mine).status_code == 302
    url = reverse("reply_template", args=[ReplyTemplate.objects.get().id])
    assert browser.post(url, form(version=1, name="Call the clinic")).status_code == 302
    assert "Call the clinic" in site.nurse_browser.get(url).content.decode()
    elsewhere = browser_of(factories.make_administrator(factories.make_facility()))
    assert elsewhere.get(url).status_code == 404
    assert elsewhere.post(reverse("reply_template_new"), mine | {"template_id": uuid.uuid4()}).status_code == 400
    own = browser.post(reverse("reply_template_new"), form(holder="own"))
    assert own.status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Enter a name"),
        ("name", "x" * 81, "A name is too long"),
        ("body", "", "Enter a text"),
        ("body", "x" * 10_001, "A text is too long. Shorten it by 1 characters"),
        ("body", "Dear {patient}", "There is no {patient}"),
        ("body", "function() { return 1; }", "There is no { return 1; }"),
        ("body", "a\x1bb", "hidden characters"),
        ("category", "secret", "Choose a category from the list"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    site: Site, field: str, value: str, words: str
) -> None:
    typed = form(**{"name": "Kept name", "body": "Kept text", field: value})
    answer = site.nurse_browser.post(reverse("reply_template_new"), typed)
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 400
    assert words in page
    assert f'id="id_{field}_error"' in page
    assert ("Kept name" in page) == (field != "name")
    assert ("Kept text" in page) == (field != "body")
    assert not ReplyTemplate.objects.exists()


def test_two_who_change_one_at_once_are_told_and_choose(site: Site) -> None:
    template = add(site)
    url = reverse("reply_template", args=[template.id])
    assert site.nurse_browser.post(url, form(version=1, body="First")).status_code == 302
    late = site.nurse_browser.post(url, form(version=1, body="Second"))
    assert late.status_code == 409
    assert "Second" in late.content.decode()
    assert "Last saved by <bdi>Nora Nurse</bdi>" in late.content.decode()
    template.refresh_from_db()
    assert template.unseal_text("body_sealed") == "First"
    # The same words again are no conflict: nothing would change.
    assert site.nurse_browser.post(url, form(version=1, body="First")).status_code == 302
    assert site.nurse_browser.post(url, form(version=1, body="Second", overwrite="1")).status_code == 302
    template.refresh_from_db()
    assert (template.unseal_text("body_sealed"), template.version) == ("Second", 3)


def test_a_level_that_does_not_fit_its_holder_cannot_be_stored(site: Site) -> None:
    template = add(site)
    template.level = "facility"
    with pytest.raises(IntegrityError, match="template_level_fits"), transaction.atomic():
        template.save()


def test_a_list_ends_where_nobody_reads_it_any_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST", 2)
    assert MOST == 200
    add(site)
    add(site)
    with pytest.raises(Refused, match="There are 2 templates"):
        add(site)
    add(site, "team")


def test_they_are_sorted_and_found_by_words(site: Site) -> None:
    add(site, name="Zebra", body="Stripes")
    add(site, name="apple", body="Fruit")
    add(site, "team", name="Aardvark", body="Zebra crossing")
    add(site, "facility", name="Anteater", is_active=False)
    page = site.nurse_browser.get(reverse("reply_templates")).content.decode()
    assert re.findall(r"<bdi>(apple|Zebra|Aardvark|Anteater)</bdi></a>", page) == [
        "apple",
        "Zebra",
        "Aardvark",
        "Anteater",
    ]
    found = site.nurse_browser.post(reverse("reply_templates"), {"words": "zebra"}).content.decode()
    assert re.findall(r"<bdi>(apple|Zebra|Aardvark|Anteater)</bdi></a>", found) == ["Zebra", "Aardvark"]
    wrong = site.nurse_browser.post(reverse("reply_templates"), {"words": "!?"})
    assert wrong.status_code == 400
    assert "Enter at least one letter or number" in wrong.content.decode()


def test_in_a_conversation_it_is_shown_with_its_values_and_put_below_what_was_typed(site: Site) -> None:
    message = site.send(category="medication")
    site.account.preferred_name = "{my_name} <b>"
    site.account.save()
    for level in ("own", "team", "facility"):
        add(site, level)
    fits = add(site, name="Refills", category="medication")
    add(site, name="Other", category="appointment")
    url = reverse("team_reply", args=[message.conversation_id])
    opened = site.nurse_browser.post(url, reply_form(body="Typed", templates="open")).content.decode()
    order = re.findall(r'usa-radio__label" for="[^"]*"><bdi>([^<]*)</bdi>', html.unescape(opened))
    assert order == ["Refills", "The own’s", "The team’s", "The facility’s", "Other"]
    assert ">Typed</textarea>" in opened.replace("\n", "")
    chosen = {"body": "Typed", "template": fits.id, "template_words": ""}
    shown = site.nurse_browser.post(url, reply_form(templates="show", **chosen)).content.decode()
    name = site.team.public_name
    text = f"Dear {{my_name}} <b>,\n\nplease call {name} at _____.\n\nNora Nurse, Nurse"
    assert text_of(shown) == text
    assert "<code>team_phone</code>" in shown
    part = site.nurse_browser.post(
        reverse("team_reply_templates", args=[message.conversation_id]), {"templates": "show", "template": fits.id}
    )
    assert text_of(part.content.decode()) == text
    put_in = site.nurse_browser.post(url, reply_form(templates="insert", **chosen))
    assert f"Typed\n\n{text}</textarea>" in html.unescape(put_in.content.decode())
    assert Message.objects.count() == 1


def test_whom_a_template_is_not_for_finds_nothing_and_keeps_the_text(site: Site) -> None:
    message = site.send()
    idle, used = add(site, is_active=False), add(site)
    elsewhere = factories.make_staff()
    assert elsewhere.account is not None
    theirs = actions.add(
        actor=factories.staff_actor(elsewhere),
        template_id=uuid.uuid4(),
        holder=Holder("own"),
        wording=Wording("Theirs", "", "Hidden words"),
    )
    url = reverse("team_reply", args=[message.conversation_id])
    for foreign in (idle.id, theirs.id, uuid.uuid4(), "nothing", ""):
        answer = site.nurse_browser.post(url, reply_form(body="Typed", templates="insert", template=foreign))
        page = answer.content.decode()
        assert answer.status_code == 404
        assert ("can’t be used here" in page) == (foreign not in {"nothing", ""})
        assert "Typed" in page
        assert "Hidden words" not in page
    stranger = browser_of(elsewhere.account)
    for name in ("team_reply", "team_reply_templates"):
        wanted = reply_form(templates="show", template=used.id)
        assert stranger.post(reverse(name, args=[message.conversation_id]), wanted).status_code == 404
    bare = reverse("team_reply_templates", args=[message.conversation_id])
    assert site.nurse_browser.post(bare).status_code == 200
    assert stranger.post(bare).status_code == 404


def test_in_a_text_that_starts_a_conversation_too_and_its_draft_is_no_one_elses(site: Site) -> None:
    template = add(site)
    begun = site.nurse_browser.post(
        reverse("team_start"),
        {"team": site.team.id, "find": site.record.icn, "record": site.record.id, "choose": "1"},
    )
    draft = Draft.objects.get()
    typed = {"draft_id": draft.id, "version": draft.version, "subject": "Hello", "body": "Typed"}
    shown = site.nurse_browser.post(begun["Location"], typed | {"templates": "show", "template": template.id})
    assert text_of(shown.content.decode()).startswith(f"Dear {site.record.first_name},")
    put_in = site.nurse_browser.post(begun["Location"], typed | {"templates": "insert", "template": template.id})
    assert put_in.status_code == 200
    assert f"Typed\n\nDear {site.record.first_name}," in put_in.content.decode()
    assert 'value="Hello"' in put_in.content.decode()
    colleague = browser_of(factories.make_staff(site.team).account)
    part = reverse("team_start_templates", args=[draft.id])
    assert site.nurse_browser.post(part, {"templates": "open"}).status_code == 200
    assert colleague.post(part, {"templates": "open"}).status_code == 404
