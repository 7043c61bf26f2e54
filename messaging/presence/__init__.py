"""Which colleagues have a conversation open, and who of them is writing (docs/replying.md)."""
