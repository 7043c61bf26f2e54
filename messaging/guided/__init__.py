"""Guided requests: forms whose fields staff see as fields. The forms are data (`kinds`), the rest is pure."""

from messaging.guided.answers import Answer, Guided, Shown, as_text, checked, kept, shown, typed_text
from messaging.guided.kinds import KINDS, Kind, Question, kind_of

__all__ = [
    "KINDS",
    "Answer",
    "Guided",
    "Kind",
    "Question",
    "Shown",
    "as_text",
    "checked",
    "kept",
    "kind_of",
    "shown",
    "typed_text",
]
