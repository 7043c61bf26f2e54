"""Automatic acknowledgements (docs/acknowledgement.md)."""
