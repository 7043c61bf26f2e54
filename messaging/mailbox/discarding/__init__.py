"""Drafts that their writer deleted: kept for thirty days, given back on demand, then purged."""
