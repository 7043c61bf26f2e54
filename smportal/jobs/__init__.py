"""Repeated background work: beat knocks, PostgreSQL decides (docs/jobs.md). Knows no domain model."""
