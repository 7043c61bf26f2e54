"""Conversations, response tracking, notifications."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """The reason for all the rest."""

    name = "messaging"
