"""The administrators' pages; Django finds them here."""

from eligibility.admin import facts, feeds, organization, people, trail

__all__ = ["facts", "feeds", "organization", "people", "trail"]
