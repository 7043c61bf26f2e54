"""Renders the controls of forms: the plain ones without the template engine, which every form has several of.

What comes out is what Django's own templates give, attribute for attribute (tests/test_form_renderer.py compares them);
any other widget goes through its template, where ours may stand instead (templates/components/widgets).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{_value(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _value(value: object) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_value(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{escape(widget["name"])}"{value}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    value = conditional_escape(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escape(widget["name"])}"{_attributes(widget)}>\n{value}</textarea>'


def _select(widget: Widget) -> str:
    options = "".join(_group(name, choices) for name, choices, _ in widget["optgroups"])
    return f'<select name="{escape(widget["name"])}"{_attributes(widget)}>{options}\n</select>'


def _group(name: str | None, choices: list[Widget]) -> str:
    options = "".join(
        f'\n  <option value="{_value(one["value"])}"{_attributes(one)}>{conditional_escape(one["label"])}</option>\n'
        for one in choices
    )
    return f'\n  <optgroup label="{conditional_escape(name)}">{options}\n  </optgroup>' if name else options


_PLAIN: Final[Mapping[str, Callable[[Widget], str]]] = {
    "django/forms/widgets/hidden.html": _input,
    "django/forms/widgets/text.html": _input,
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}


class FormRenderer(TemplatesSetting):
    """The renderer of all forms (setting FORM_RENDERER)."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        plain = _PLAIN.get(template_name)
        if plain is None:
            return super().render(template_name, context, request)
        # Safe: every name and value went through an escape.
        return SafeString(plain(context["widget"]))
