"""Reminders that a care team member sets for the own person on a conversation."""
