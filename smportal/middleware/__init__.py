"""Middleware that knows nothing of the domain."""
