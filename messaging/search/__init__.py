"""Search: decrypt and look, inside the caller's own scope, newest first, a page at a time (docs/search.md)."""
