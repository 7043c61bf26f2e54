"""Days on which a facility is closed, beside weekends and federal holidays."""

from django.db import models

from accounts.models import Account
from eligibility.models import Facility


class Closure(models.Model):
    """Whole local dates, both inclusive, for one facility (with its children if wished) or for all."""

    facility = models.ForeignKey(
        Facility,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="closures",
        help_text="Empty: every facility",
    )
    with_children = models.BooleanField(default=False)
    first_date = models.DateField()
    last_date = models.DateField()
    reason = models.CharField(max_length=200, help_text="Such as “Hurricane”. No health information.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-first_date", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(last_date__gte=models.F("first_date")), name="closure_ends_after_start"
            ),
        )

    def __str__(self) -> str:
        return f"closure {self.first_date} to {self.last_date}"
