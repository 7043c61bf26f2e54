"""Encryption of fields; knows no domain model."""

from django.apps import AppConfig


class CryptoConfig(AppConfig):
    """Data keys live in the database, wrapped."""

    name = "smportal.crypto"
    label = "crypto"
