"""Showing what people typed: as text, with safe links."""

import re

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

register = template.Library()

# Only http and https, only what is plainly an address; anything else stays text.
# No nested repetition: the pattern reads each character once, however long the text.
_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`\\^{|}\u202a-\u202e\u2066-\u2069]{1,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]’”"


@register.filter
def readable(text: str) -> SafeString:
    """Return typed text as HTML: escaped, lines kept, web addresses as links that give nothing away."""
    parts: list[str] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(_TRAILING)
        parts += [escape(text[end : match.start()]), _link(address)]
        end = match.start() + len(address)
    parts.append(conditional_escape(text[end:]))
    # Safe: every part went through escape().
    return mark_safe("".join(parts).replace("\n", "<br>"))  # noqa: S308


def _link(address: str) -> str:
    shown, hint = escape(address), escape(gettext("(opens another website in a new tab)"))
    return (
        f'<a class="usa-link usa-link--external" href="{shown}" rel="noopener noreferrer nofollow" target="_blank">'
        f'{shown}<span class="usa-sr-only"> {hint}</span></a>'
    )
