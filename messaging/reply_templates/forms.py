"""Parsing templates, and the choice of one in a text that is being written."""

import uuid
from typing import Any, ClassVar

from django import forms

from eligibility.models import CareTeam, Facility
from messaging.mailbox.forms import TypedText
from messaging.models import Category, ReplyTemplate, TemplateLevel
from messaging.reply_templates.actions import NAME_MOST, Holder, Wording, wording_of
from messaging.text import BODY_MOST

_CHOICES = [("", "Anything"), *((category.value, category.label) for category in Category)]


class TemplateForm(forms.Form):
    """A template's name, category and text. `version` is the one that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000, required=False)
    name = TypedText(label="Name", most=NAME_MOST, help_text="Only staff see it. For example: Flu shot hours")
    category = forms.ChoiceField(
        label="Category",
        choices=_CHOICES,
        required=False,
        error_messages={"invalid_choice": "Choose a category from the list"},
        help_text="In conversations of this category the template stands first.",
    )
    body = TypedText(label="Text", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 12}))
    is_active = forms.BooleanField(label="In use: offered when somebody writes", required=False, initial=True)

    def wording(self) -> Wording:
        """Return what was typed; call after is_valid()."""
        data = self.cleaned_data
        return Wording(data["name"] or "", data["category"] or "", data["body"] or "", bool(data["is_active"]))

    @staticmethod
    def initial_of(template: ReplyTemplate) -> dict[str, Any]:
        """Return the initial values of a form that shows a template."""
        held = wording_of(template)
        return {
            "version": template.version,
            "name": held.name,
            "category": held.category,
            "body": held.body,
            "is_active": held.is_active,
        }


class NewTemplateForm(TemplateForm):
    """A template with whose it will be; `template_id` makes a form that is posted twice one template."""

    field_order = ("template_id", "holder", "name", "category", "body", "is_active")

    template_id = forms.UUIDField(widget=forms.HiddenInput)
    holder = forms.ChoiceField(
        label="Who can use it",
        error_messages={"required": "Choose who can use it", "invalid_choice": "Choose who can use it from the list"},
    )

    def __init__(
        self, *args: Any, teams: list[CareTeam], facilities: list[Facility], is_member: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        own = [(TemplateLevel.OWN.value, "Only me")] if is_member else []
        led = [(f"team:{team.id}", f"Team: {team.internal_name}") for team in teams]
        administered = [(f"facility:{place.id}", f"Facility: {place.name}") for place in facilities]
        choices = [*own, *led, *administered]
        self.fields["holder"].choices = choices if own else [("", "Choose"), *choices]  # type: ignore[attr-defined]

    def chosen_holder(self) -> Holder:
        """Return whose it will be; call after is_valid()."""
        level, _, key = self.cleaned_data["holder"].partition(":")
        if level == TemplateLevel.TEAM:
            return Holder(level, team_id=uuid.UUID(key))
        return Holder(level, facility_id=int(key) if level == TemplateLevel.FACILITY else None)


class SearchForm(forms.Form):
    """Words to look for. Posted, so that no address says what somebody writes about."""

    words = forms.CharField(
        label="Search templates", required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class WithTemplates(forms.Form):
    """What a form that takes templates has besides its fields. The page: picker.html of the templates."""

    # The buttons (open, find, show, insert), what is looked for, and what is chosen.
    NAMES: ClassVar[tuple[str, ...]] = ("templates", "template_words", "template")

    def wants_templates(self) -> bool:
        """Tell whether the form was posted with the list of templates open."""
        return self.is_bound and bool(set(self.NAMES) & set(self.data))

    def wants_preview(self) -> bool:
        """Tell whether a template is to be shown or put in."""
        return self.data.get("templates") in {"show", "insert"}

    def asked_templates(self) -> tuple[str, uuid.UUID | None]:
        """Return the words that were asked for, and the template that was chosen."""
        try:
            chosen = uuid.UUID(str(self.data.get("template", "")))
        except ValueError:
            chosen = None
        return str(self.data.get("template_words", "")), chosen
