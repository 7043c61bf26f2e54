"""Every component renders with its documented inputs, alone and strictly (undefined variables fail)."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import Context, engines
from django.template.exceptions import TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from smportal.actor import Actor, ActorKind
from smportal.templatetags import components
from smportal.widgets import MemorableDate

FOLDER = Path(__file__).resolve().parent.parent.parent / "templates" / "components"


class Sample(forms.Form):
    subject = forms.CharField(label="Subject", max_length=120, help_text="A few words.")
    body = forms.CharField(label="Message", max_length=10_000, widget=forms.Textarea)
    team = forms.ChoiceField(label="Care team", choices=[("", "- Select -"), ("1", "Blue team")])
    category = forms.ChoiceField(label="Category", widget=forms.RadioSelect, choices=[("g", "General"), ("t", "Test")])
    kinds = forms.MultipleChoiceField(label="Kinds", widget=forms.CheckboxSelectMultiple, choices=[("a", "Each")])
    agree = forms.BooleanField(label="I understand")
    born = forms.DateField(label="Date of birth", widget=MemorableDate)
    file = forms.FileField(label="File", required=False)
    version = forms.CharField(widget=forms.HiddenInput)


EMPTY, REFUSED = Sample(), Sample({"subject": "<b>kept</b>", "born_month": "2", "born_day": "30", "born_year": "1970"})
STEPS = [{"heading": "Sign in", "text": "First."}, {"heading": "Write", "text": "Second."}]
ITEMS = [{"label": "Inbox", "url": "/i", "current": True, "count": 3, "icon": "inbox"}, {"label": "Sent", "url": "/s"}]
CRUMBS = components.trail("Home", "/", "Messages", "/m")
TIMEOUT = {"idle_seconds": 1800, "warn_seconds": 300, "extend_url": "/e", "signout_url": "/o", "ended_url": "/x"}
VETERAN = Actor(kind=ActorKind.VETERAN, account_id=None, name="Maria")

# Component, its inputs, and what must be in the result.
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("accordion", {"items": [{"id": "a", "heading": "Why?", "paragraphs": ["So."]}]}, "<summary><h3>Why?</h3>"),
    ("account_nav", {"path": "/account/2fa/"}, "Sign-in security"),
    ("alert", {"kind": "info", "text": "Hello"}, "usa-alert--info"),
    ("alert", {"kind": "error", "text": "No", "heading": "Stop", "role": "alert", "slim": True}, 'role="alert"'),
    ("breadcrumbs", {"crumbs": CRUMBS, "current": "Inbox"}, 'aria-current="page"'),
    ("brand", {"who": "staff"}, 'href="/home/"'),
    ("brand", {}, 'href="/"'),
    ("button_row", {"primary": "Send", "secondary": "Save", "cancel_url": "/c"}, 'href="/c"'),
    ("card", {"heading": "Inbox", "url": "/i", "count": 3, "count_text": "unread"}, "unread"),
    ("character_count", {"field": EMPTY["body"]}, "up to 10,000 characters"),
    ("checkbox", {"field": REFUSED["agree"]}, 'aria-invalid="true"'),
    ("checkbox_group", {"field": EMPTY["kinds"]}, "<legend"),
    ("checklist_row", {"met": True, "heading": "Enrolled"}, "– met"),
    ("checklist_row", {"met": False, "heading": "Enrolled", "phone": "713-555-0142 x 3"}, "tel:7135550142;ext=3"),
    ("checklist_row", {"met": None, "heading": "Enrolled"}, "not checked yet"),
    ("crisis_panel", {}, "988, then press 1"),
    ("crisis_panel", {"folded": True, "facility_phone": "713-555-0142"}, "<details"),
    ("crisis_strip", {}, 'id="crisis-line"'),
    ("date_field", {"field": REFUSED["born"]}, 'value="30"'),
    ("definition_list", {"items": [{"term": "Number", "text": "123"}]}, "<dd>123</dd>"),
    ("empty_state", {"heading": "Nothing yet", "link_url": "/n", "link_text": "Write"}, 'href="/n"'),
    ("error_summary", {"form": REFUSED}, 'href="#id_category_0"'),
    ("field", {"field": REFUSED["subject"], "counter": True}, "&lt;b&gt;kept&lt;/b&gt;"),
    ("field_head", {"field": REFUSED["body"]}, "usa-error-message"),
    ("fields", {"form": EMPTY}, 'type="hidden"'),
    ("file_input", {"field": EMPTY["file"]}, 'type="file"'),
    ("icon", {"name": "check"}, 'aria-hidden="true"'),
    ("home_button", {"has_session": True}, 'href="/home/"'),
    ("icon", {"name": "check", "label": "Done"}, 'aria-label="Done"'),
    ("list_row", {"url": "/c", "title": "Refill", "unread": True, "attachment": True}, "Unread: "),
    ("messages", {"messages": []}, ""),
    ("modal", {"id": "m", "heading": "Sure?", "text": "T", "action_url": "/a", "confirm_text": "Yes"}, "<dialog"),
    ("optional", {"field": EMPTY["file"]}, "(optional)"),
    ("pagination", {"next_url": "?after=1"}, 'rel="next"'),
    ("phone", {"number": "1-800-698-2411"}, "tel:18006982411"),
    ("process_list", {"steps": STEPS}, "usa-process-list__heading"),
    ("radio_group", {"field": EMPTY["category"]}, 'type="radio"'),
    ("session_dialog", {"session_timeout": TIMEOUT}, 'data-warn-seconds="300"'),
    ("sidenav", {"label": "Folders", "items": ITEMS, "action_url": "/new", "action_text": "New"}, "unread"),
    ("sidenav", {"label": "Queues", "items": ITEMS, "fold": "q"}, 'popovertarget="sidenav-q"'),
    ("head", {}, 'rel="stylesheet"'),
    (
        "language_switch",
        {"switch": {"code": "es", "name": "Español", "onward": "/help/"}},
        'name="language" value="es" lang="es">Español',
    ),
    ("site_footer", {}, "3 business days"),
    ("site_links", {"who": "veteran", "nav": "help"}, 'href="/help/" aria-current="page"'),
    ("site_links", {}, "#sign-in"),
    ("site_header", {"actor": VETERAN}, "Secure Messaging"),
    ("step_indicator", {"steps": ["One", "Two"], "current": 2}, 'aria-current="step"'),
    ("table", {"caption": "By team", "columns": ["Team", "n"], "rows": [["Blue", 3]]}, '<th scope="row">Blue'),
    ("tag", {"text": "New", "kind": "info", "icon": "check"}, "tag--info"),
    ("user_menu", {"actor": VETERAN}, 'method="post"'),
    ("user_menu_links", {}, "Change password"),
]


@pytest.mark.parametrize(("name", "inputs", "expected"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_component_renders(name: str, inputs: dict[str, Any], expected: str) -> None:
    markup = render_to_string(f"components/{name}.html", inputs, request=RequestFactory().get("/"))

    assert expected in markup
    assert " style=" not in markup
    assert not re.search(r"\son[a-z]+=", markup)


def test_every_component_is_tried() -> None:
    assert {path.stem for path in FOLDER.glob("*.html")} == {name for name, _, _ in CASES}


# Inputs of button_row.html that may be left out.
OPTIONAL = {"danger", "quiet", "name", "value", "secondary", "secondary_name", "secondary_value", "cancel_url"}
# What the kind of an actor, the part of the portal and a choice of two are given as; anything else is a word.
FEW_CHOICES = {"who=who", "nav=place", "on=request.user.shortcut_keys"}


def test_what_is_rendered_once_for_everybody_takes_nothing_from_the_page() -> None:
    texts = {path: path.read_text() for path in FOLDER.parent.rglob("*.html")}
    kept = {call for text in texts.values() for call in re.findall(r'{% fixed "([^"]+)"([^%]*) %}', text)}
    assert len(kept) >= 4
    for name, inputs in kept:
        text = texts[FOLDER.parent / name]
        given = set(re.findall(r"{{ *([\w.]+)", text)) | set(re.findall(r"{% if (?:not )?([\w.]+)", text))
        own = set(re.findall(r"{% url [^%]* as (\w+) %}", text))
        assert given <= own | set(re.findall(r"(\w+)=", inputs)) | (OPTIONAL if inputs else set()), name
        assert set(re.sub(r'\w+=(?:"[^"]*"|True|False)', "", inputs).split()) <= FEW_CHOICES, name
        assert not re.search("csrf_token|request|actor|{% include (?![^%]* only %})", text), name


def test_what_is_rendered_once_is_rendered_in_each_language() -> None:
    with translation.override("en"):
        english = components.fixed("components/site_footer.html"), components.script_words()
    with translation.override("es"):
        spanish = components.fixed("components/site_footer.html"), components.script_words()
    with translation.override("en"):
        assert english == (components.fixed("components/site_footer.html"), components.script_words())
    assert "3 business days" in english[0]
    assert not set(english) & set(spanish)


def test_every_component_tells_its_inputs() -> None:
    silent = [path.name for path in FOLDER.glob("*.html") if not path.read_text().startswith("{% comment %}")]

    assert silent == []


def test_every_icon_that_a_template_names_is_drawn() -> None:
    sprite = (FOLDER.parent.parent / "smportal" / "assets" / "img" / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', sprite))
    named: set[str] = set()
    for path in FOLDER.parent.rglob("*.html"):
        named |= set(re.findall(r'(?:icon\.html" with name=|{% icon )"([a-z]+)"', path.read_text()))

    assert named <= drawn


def test_a_field_of_one_control_has_label_hint_and_counter() -> None:
    subject = render_to_string("components/field.html", {"field": EMPTY["subject"], "hint": "<Short>"})
    assert '<div class="usa-hint" id="id_subject_helptext">&lt;Short&gt;</div>' in subject
    assert 'aria-describedby="id_subject_helptext"' in subject
    body = render_to_string("components/field.html", {"field": EMPTY["body"], "counter": True})
    assert 'data-counter="10000"' in body
    assert "up to 10,000 characters" in body
    assert "Blue team" in render_to_string("components/field.html", {"field": EMPTY["team"]})
    with translation.override("es"):
        spanish = render_to_string("components/field.html", {"field": EMPTY["body"], "counter": True})
    assert "up to 10,000 characters" not in spanish


def test_an_error_stands_at_its_field_and_is_announced_with_it() -> None:
    markup = render_to_string("components/field.html", {"field": REFUSED["body"]})

    assert 'id="id_body_error"' in markup
    assert 'aria-describedby="id_body_error"' in markup
    assert 'aria-invalid="true"' in markup


def test_a_counter_does_not_cut_what_is_pasted() -> None:
    with_counter = render_to_string("components/field.html", {"field": EMPTY["subject"], "counter": True})
    without = render_to_string("components/field.html", {"field": EMPTY["subject"]})

    assert "maxlength" not in with_counter
    assert 'maxlength="120"' in without


def test_the_summary_names_the_forms_own_errors_without_a_link() -> None:
    form = Sample({})
    form.add_error(None, "The team is closed.")

    links = components.error_links(form)

    assert links[0] == components.ErrorLink("The team is closed.", "")
    assert components.ErrorLink("This field is required.", "id_born_month") in links


def test_the_trail_refuses_a_label_without_a_url() -> None:
    with pytest.raises(TemplateSyntaxError):
        components.trail("Home", "/", "Messages")


def test_structured_data_cannot_leave_its_element() -> None:
    markup = components.json_ld({"text": "</script><script>alert(1)</script>&"})

    assert markup.count("<") == 2
    assert "&" not in markup


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ({"born_year": "1970", "born_month": "1", "born_day": "9"}, "1970-01-09"),
        ({"born_year": " 1970 ", "born_month": "12", "born_day": "31"}, "1970-12-31"),
        ({"born_year": "x-y", "born_month": "13", "born_day": ""}, "x-y-13-"),
        ({}, None),
        ({"born_year": "", "born_month": "", "born_day": " "}, None),
    ],
)
def test_memorable_date_reads_three_parts(typed: dict[str, str], value: str | None) -> None:
    assert MemorableDate().value_from_datadict(typed, {}, "born") == value  # type: ignore[arg-type]


def test_memorable_date_shows_a_date_again() -> None:
    assert MemorableDate.parts(dt.date(1970, 1, 9)) == {"year": "1970", "month": "1", "day": "9"}
    assert MemorableDate.parts("1970-02-30") == {"year": "1970", "month": "2", "day": "30"}
    assert MemorableDate.parts("nonsense") == {"year": "", "month": "", "day": ""}


def test_the_title_says_that_there_is_an_error() -> None:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    page = engine.from_string('{% extends "base.html" %}{% block title %}Write{% endblock %}')

    assert "<title>Error: Write | Secure Messaging</title>" in page.render(Context({"form": REFUSED}))
    assert "<title>Write | Secure Messaging</title>" in page.render(Context({"form": EMPTY}))
