"""Out of office: who is away, and who stands in (docs/absence.md)."""
