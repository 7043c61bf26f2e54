"""Connecting a Basic account to a health record by traits that somebody types (domain rules, section 2)."""
