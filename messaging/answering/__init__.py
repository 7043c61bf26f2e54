"""The team's answer while it is written: one text for each conversation, shared by its members (docs/replying.md)."""
