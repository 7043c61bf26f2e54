"""Tags behind templates/components/; docs/components.md lists what each component takes."""

import json
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField, CheckboxSelectMultiple, RadioSelect
from django.template import Context
from django.template.loader import get_template
from django.urls import get_urlconf
from django.utils.html import conditional_escape, format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from smportal.script_words import WORDS

register = template.Library()

# What a widget is called by Django, and the USWDS class of its control.
CONTROL_CLASSES = {
    "textarea": "usa-textarea",
    "select": "usa-select",
    "nullbooleanselect": "usa-select",
    "clearablefile": "usa-file-input",
}


class ErrorLink(NamedTuple):
    """One line of the error summary: what is wrong, and the control to go to ("" for the form as a whole)."""

    text: str
    target: str


class Crumb(NamedTuple):
    """One step of the breadcrumbs."""

    label: str
    url: str


@register.simple_tag(takes_context=True)
def widget(context: Context, field: BoundField) -> SafeString:
    """Render the field's control with its USWDS class and every id that describes it.

    Reads the component's own optional inputs `hint` and `counter`. With a counter the browser's
    limit is left out: it would cut a pasted text without a word.
    """
    own_class = str(field.field.widget.attrs.get("class", ""))
    error_class = "usa-input--error" if field.errors else ""
    base_class = CONTROL_CLASSES.get(field.widget_type, "usa-input")
    # A placeholder repeats the label in faint grey and is gone once somebody types.
    attrs: dict[str, Any] = {
        "class": " ".join(name for name in (base_class, error_class, own_class) if name),
        "placeholder": False,
    }
    if described_by := describing_ids(context, field):
        attrs["aria-describedby"] = described_by
    limit = getattr(field.field, "max_length", None)
    if context.get("counter") and limit:
        attrs |= {"maxlength": False, "data-counter": str(limit)}
    return field.as_widget(attrs=attrs)


@register.simple_tag(takes_context=True)
def plain_field(context: Context, field: BoundField) -> SafeString:
    """Return a field of one control below its label (text, textarea, select): what field.html includes for the others.

    Reads the inputs of field.html. Only what is there goes through a template: most pages have several of these, and of
    most of them there is nothing but label and control.
    """
    is_text = field.widget_type == "textarea"
    hint, size = context.get("hint"), "" if is_text else context.get("size")
    unmarked = field.field.required or context.get("unmarked")
    most = getattr(field.field, "max_length", None)
    has_counter = context.get("counter") and most and field.widget_type != "select"
    parts = (
        f'<div class="usa-form-group{" usa-form-group--error" if field.errors else ""}{f" field--{size}" if size else ""}">',
        f'\n  <label class="usa-label" for="{conditional_escape(field.id_for_label)}">{conditional_escape(field.label)}',
        "" if unmarked else _optional(get_language() or ""),
        "</label>\n  ",
        _head(field, hint) if hint or field.help_text or field.errors else "",
        "\n  ",
        widget(context, field),
        _counter(str(field.auto_id), most, get_language() or "") if has_counter else "",
        "\n</div>",
    )
    # Safe: each part is a template's, a widget's or escaped.
    return SafeString("".join(parts))


def _head(field: BoundField, hint: object) -> str:
    return get_template("components/field_head.html").render({"field": field, "hint": hint})


@cache
def _optional(_language: str) -> SafeString:
    # Safe: a template escapes.
    return SafeString(get_template("components/optional.html").render({"field": {"field": {"required": False}}}))


@lru_cache(maxsize=500)
def _counter(auto_id: str, most: int, _language: str) -> SafeString:
    field = {"auto_id": auto_id, "field": {"max_length": most}}
    # Safe: a template escapes.
    return SafeString(get_template("components/character_count.html").render({"field": field}))


@register.simple_tag(takes_context=True)
def describing_ids(context: Context, field: BoundField) -> str:
    """Return the ids of the texts that belong to a field, for aria-describedby."""
    parts = (
        (bool(context.get("hint") or field.help_text), "helptext"),
        (bool(field.errors), "error"),
        (bool(context.get("counter")), "counter"),
    )
    return " ".join(f"{field.auto_id}_{name}" for shown, name in parts if shown)


@register.simple_tag
def error_links(form: BaseForm) -> list[ErrorLink]:
    """Return the form's errors in the order of its fields, the form's own first."""
    links = [ErrorLink(str(text), "") for text in form.non_field_errors()]
    for field in form.hidden_fields():
        links += [ErrorLink(str(text), "") for text in field.errors]
    for field in form.visible_fields():
        links += [ErrorLink(str(text), first_control_id(field)) for text in field.errors]
    return links


def first_control_id(field: BoundField) -> str:
    """Return the id of the control that takes focus; a group's own id is on no control."""
    if isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple):
        return f"{field.auto_id}_0"
    return field.id_for_label or str(field.auto_id)


@register.filter
def beside(columns: Iterable[object], row: Iterable[object]) -> list[tuple[object, object]]:
    """Return each cell of a table's row with the heading of its column."""
    return list(zip(columns, row, strict=True))


@register.filter
def dialled(number: object) -> str:
    """Return a phone number as a tel: address; "x 123" or "ext. 123" becomes an extension."""
    main, _, extension = re.sub(r"(?i)\s*(?:ext\.?|x)\s*", ";", str(number)).partition(";")
    digits = re.sub(r"\D", "", main)
    return f"{digits};ext={re.sub(r'[^0-9]', '', extension)}" if extension else digits


# As Django's json_script: what could end the script element or start another one.
_JSON_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    """Embed structured data for search engines; a data block, which the CSP lets through since it never runs."""
    escaped = mark_safe(json.dumps(data).translate(_JSON_ESCAPES))  # noqa: S308 - what could end the element is escaped
    return format_html('<script type="application/ld+json">{}</script>', escaped)


@register.simple_tag
def script_words() -> SafeString:
    """Embed the words of the page's scripts, in the page's language (smportal/script_words.py)."""
    return _script_words(get_language() or "")


@cache
def _script_words(_language: str) -> SafeString:
    return json_script(WORDS, "script-words")


@register.simple_tag
def fixed(name: str, **inputs: str | bool) -> SafeString:
    """Render a template that takes nothing from the page: once in each language and for each set of inputs.

    The inputs are words of the calling template or one of a few choices, never what belongs to somebody.
    """
    return _fixed(name, tuple(inputs.items()), get_language() or "", get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=500)
def _fixed(name: str, inputs: tuple[tuple[str, str | bool], ...], _language: str, _urls: object) -> SafeString:
    # Safe: a template escapes.
    return SafeString(get_template(name).render(dict(inputs)))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Render components/icon.html as decoration: once for each icon."""
    return _icon(name)


@cache
def _icon(name: str) -> SafeString:
    # Safe: a template escapes.
    return SafeString(get_template("components/icon.html").render({"name": name}))


@register.simple_tag
def site_banner() -> str:
    """Return the line above the header (setting SITE_BANNER), empty for none. Error pages need it without a request."""
    return str(getattr(settings, "SITE_BANNER", ""))


@register.simple_tag
def trail(*labels_and_urls: str) -> list[Crumb]:
    """Pair "label" url "label" url … for components/breadcrumbs.html. Raises TemplateSyntaxError on an odd number."""
    if len(labels_and_urls) % 2:
        message = "trail takes pairs of a label and a URL"
        raise template.TemplateSyntaxError(message)
    pairs: Iterable[str] = iter(labels_and_urls)
    return [Crumb(str(label), str(url)) for label, url in zip(pairs, pairs, strict=True)]
