"""Conversations that a care team starts (domain rules, section 5): docs/starting.md."""
