"""Conversations, response tracking, notifications."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """The reason for all the rest."""

    name = "messaging"

    def ready(self) -> None:
        from eligibility.feeds import hooks
        from messaging.response.recomputing import zone_changed

        # Once, although tests may load the apps again.
        if zone_changed not in hooks.on_zone_changed:
            hooks.on_zone_changed.append(zone_changed)
