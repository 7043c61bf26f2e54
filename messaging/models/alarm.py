"""Teams whose messages wait with nobody to answer them."""

import uuid

from django.db import models
from django.db.models import Q

from eligibility.models import CareTeam


class AlarmReason(models.TextChoices):
    """What the team lacks; the gravest counts."""

    NO_MEMBERS = "no_members", "The team has no active member"
    ALL_AWAY = "all_away", "Everybody in the team is away"
    NO_PARTICIPANT = "no_participant", "Nobody in the team takes part in secure messaging"


class TeamAlarm(models.Model):
    """One episode: from the sweep that saw it to the one that saw it mended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="alarms")
    reason = models.CharField(max_length=20, choices=AlarmReason.choices)
    began_at = models.DateTimeField("began")
    ended_at = models.DateTimeField("ended", null=True, blank=True)

    class Meta:
        verbose_name = "alarm of a team"
        verbose_name_plural = "alarms of teams"
        ordering = ("-began_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("team",), condition=Q(ended_at__isnull=True), name="team_alarm_one_open"),
        )

    def __str__(self) -> str:
        return f"alarm {self.id}"
