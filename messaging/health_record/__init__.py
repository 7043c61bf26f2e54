"""Save to the health record: notes made from chosen messages (docs/health-record.md)."""
