"""Controls that are rendered without the template engine are those of Django's own templates."""

import uuid
from typing import Any

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from smportal.form_renderer import FormRenderer

CHOICES = [
    ("", "Choose"),
    (uuid.UUID(int=7), 'Team "A" <b>&</b>'),
    (3, gettext_lazy("Draft")),
    ("Clinics & <i>", [("x", "Eyes"), ("y", mark_safe("Ears &amp; nose"))]),
]
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"id": "id_<one>", "class": 'a "b"', "required": True, "placeholder": False, "maxlength": 10, "data-x": "é’"},
]
VALUES: list[Any] = [None, "", "<script>&\"'", 0, uuid.UUID(int=7), 3, mark_safe("&amp;"), "two\nlines"]
WIDGETS = [
    forms.HiddenInput(),
    forms.TextInput(),
    forms.Textarea(attrs={"rows": 3}),
    forms.Select(choices=CHOICES),
]


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=["plain", "with attributes"])
def test_a_plain_control_is_what_django_s_template_gives(widget: forms.Widget, attributes: dict[str, Any]) -> None:
    for value in VALUES:
        ours = widget.render('na"me', value, attributes, renderer=FormRenderer())
        theirs = widget.render('na"me', value, attributes, renderer=TemplatesSetting())
        # Between the options of a list the templates leave more white space; inside a text every character counts.
        if isinstance(widget, forms.Select):
            assert ours.split() == theirs.split()
        else:
            assert ours.strip() == theirs.strip()


def test_any_other_control_still_has_its_template() -> None:
    choice = forms.RadioSelect(choices=[("a", "A")])
    assert choice.render("n", "a", renderer=FormRenderer()) == choice.render("n", "a", renderer=TemplatesSetting())
