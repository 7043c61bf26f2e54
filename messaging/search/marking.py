"""Showing hits: what was written, escaped, with <mark> around what was looked for."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from messaging.search.terms import Term, spans

BEFORE, AFTER = 60, 140
_MOST_SHIFT = 20


def marked(terms: Sequence[Term], text: str) -> SafeString:
    """Return one line of text as HTML with its hits marked."""
    return _html(text, spans(terms, text), 0, len(text))


def snippet(terms: Sequence[Term], text: str) -> SafeString:
    """Return a piece of a text around its first hit, as HTML with all its hits marked; empty without one."""
    found = spans(terms, text)
    if not found:
        return SafeString()
    start = _after_space(text, found[0][0] - BEFORE)
    end = _before_space(text, found[0][1] + AFTER)
    return _html(text, found, start, end)


def _html(text: str, found: Sequence[tuple[int, int]], start: int, end: int) -> SafeString:
    parts = ["… "] if start > 0 else []
    for first, last in found:
        if last <= start or first >= end:
            continue
        begin, stop = max(first, start), min(last, end)
        parts += [escape(text[start:begin]), "<mark>", escape(text[begin:stop]), "</mark>"]
        start = stop
    parts += [escape(text[start:end]), " …" if end < len(text) else ""]
    # Safe: every part of the text went through escape().
    return mark_safe("".join(parts))  # noqa: S308


def _after_space(text: str, place: int) -> int:
    """Move to the beginning of a word, if one is near."""
    if place <= 0:
        return 0
    space = text.find(" ", place, place + _MOST_SHIFT)
    return place if space < 0 else space + 1


def _before_space(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    space = text.rfind(" ", place - _MOST_SHIFT, place)
    return place if space < 0 else space
