"""Conversations, response tracking, notifications."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """The reason for all the rest."""

    name = "messaging"

    def ready(self) -> None:
        from eligibility import hooks
        from messaging.inbox.leaving import check_no_open_work, return_assignments
        from messaging.reminding.ending import member_left
        from messaging.response.recomputing import zone_changed

        # Once, although tests may load the apps again.
        if zone_changed not in hooks.on_zone_changed:
            hooks.on_zone_changed.append(zone_changed)
            hooks.on_member_left.extend([return_assignments, member_left])
            hooks.before_team_closes.append(check_no_open_work)
