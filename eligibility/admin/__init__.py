"""The administrators' pages; Django finds them here."""

from eligibility.admin import facts, feeds, organization, people, proofing, team_requests, trail

__all__ = ["facts", "feeds", "organization", "people", "proofing", "team_requests", "trail"]
