"""The administrators' pages; Django finds them here."""

from eligibility.admin import feeds

__all__ = ["feeds"]
