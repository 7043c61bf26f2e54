"""What administrators see of the work in the background (docs/jobs.md)."""
