"""Who beside the facility's administrators is told when a team's message has no answer after 5 business days."""

from django.db import models

from eligibility.models import CareTeam, StaffMember


class EscalationRecipient(models.Model):
    """A person, never a free address: who leaves or is disabled is told nothing more."""

    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, related_name="escalation_recipients")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("team", "staff")
        constraints = (models.UniqueConstraint(fields=("team", "staff"), name="escalation_recipient_once"),)

    def __str__(self) -> str:
        return f"escalation recipient {self.pk}"
