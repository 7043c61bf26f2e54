"""Append-only audit trail: who did what to whom, when, from where; ids only, never message text.

`record` (smportal.audit.recording) appends an event in the caller's transaction: no event, no deed.
"""
