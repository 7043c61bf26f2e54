"""Texts that staff begin an answer from (docs/replying.md)."""
