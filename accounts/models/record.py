"""The master index: one record per veteran."""

import uuid

from django.db import models


class VeteranRecord(models.Model):
    """A veteran as the master index knows them. The SSN exists only as a keyed digest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    icn = models.CharField("ICN", max_length=17, unique=True)
    # A feed may bring values of up to 1,000 characters (domain rules, section 10).
    first_name = models.CharField(max_length=1000, blank=True)
    middle_name = models.CharField(max_length=1000, blank=True)
    last_name = models.CharField(max_length=1000, blank=True)
    # First and last name without case, diacritics, spaces, punctuation: what matching compares.
    match_name = models.CharField(max_length=400, editable=False)
    birth_date = models.DateField(null=True, blank=True)
    # Digests are not unique: two ICNs may share an SSN. Empty matches nobody.
    ssn_digest = models.BinaryField(null=True, editable=False)
    ssn_pepper = models.CharField(max_length=32, blank=True, editable=False)
    deceased = models.BooleanField(default=False)
    identity_theft = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = "veteran record"
        ordering = ("last_name", "first_name", "icn")
        indexes = (
            models.Index(fields=("ssn_digest", "birth_date"), name="record_match"),
            models.Index(fields=("match_name",), name="record_match_name"),
        )

    def __str__(self) -> str:
        return f"veteran record {self.icn}"

    @property
    def full_name(self) -> str:
        """First and last name as they are written; either may be empty."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def is_locked(self) -> bool:
        """A deceased or flagged record may neither read nor write."""
        return self.deceased or self.identity_theft
