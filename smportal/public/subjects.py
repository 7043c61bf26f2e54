"""What the landing page tells, subject by subject; its structured data says the same words."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Subject:
    """One heading of the page; its answer is the template of the same name."""

    slug: str
    heading: str | Promise

    @property
    def template(self) -> str:
        """The answer's template."""
        return f"public/subjects/{self.slug}.html"


SUBJECTS = (
    Subject("what-it-is", _("What is secure messaging, and why use it?")),
    Subject("who-can-use-it", _("Can I use it?")),
    Subject("how-it-works", _("How does it work?")),
    Subject("emergencies", _("Can I use it for an emergency or when I need help fast?")),
    Subject("providers-outside-va", _("Can I write to a provider outside VA?")),
    Subject("is-it-protected", _("Is my information protected?")),
    Subject("more-questions", _("What if I have more questions?")),
)


def structured_data() -> dict[str, Any]:
    """Return the page as a schema.org FAQPage in the reader's language, from the templates that the page shows."""
    return _structured_data(get_language() or "")


@cache
def _structured_data(language: str) -> dict[str, Any]:
    questions = [
        {
            "@type": "Question",
            "name": str(subject.heading),
            "acceptedAnswer": {"@type": "Answer", "text": _as_text(render_to_string(subject.template))},
        }
        for subject in SUBJECTS
    ]
    data = {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}
    return data | {"inLanguage": language} if language else data


def _as_text(markup: str) -> str:
    spaced = re.sub(r"</(?:li|p|h\d)>", " ", markup)
    return re.sub(r"\s+", " ", strip_tags(spaced)).strip()
