"""What the landing page tells, subject by subject; its structured data says the same words."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import strip_tags


@dataclass(frozen=True, slots=True)
class Subject:
    """One heading of the page; its answer is the template of the same name."""

    slug: str
    heading: str

    @property
    def template(self) -> str:
        """The answer's template."""
        return f"public/subjects/{self.slug}.html"


SUBJECTS = (
    Subject("what-it-is", "What is secure messaging, and why use it?"),
    Subject("who-can-use-it", "Can I use it?"),
    Subject("how-it-works", "How does it work?"),
    Subject("emergencies", "Can I use it for an emergency or when I need help fast?"),
    Subject("providers-outside-va", "Can I write to a provider outside VA?"),
    Subject("is-it-protected", "Is my information protected?"),
    Subject("more-questions", "What if I have more questions?"),
)


@cache
def structured_data() -> dict[str, Any]:
    """Return the page as a schema.org FAQPage, from the same templates that the page shows."""
    questions = [
        {
            "@type": "Question",
            "name": subject.heading,
            "acceptedAnswer": {"@type": "Answer", "text": _as_text(render_to_string(subject.template))},
        }
        for subject in SUBJECTS
    ]
    return {"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions}


def _as_text(markup: str) -> str:
    spaced = re.sub(r"</(?:li|p|h\d)>", " ", markup)
    return re.sub(r"\s+", " ", strip_tags(spaced)).strip()
