"""VA health facilities."""

import uuid
import zoneinfo

from django.db import models


class Facility(models.Model):
    """A facility by station number. A station that is its own parent has none."""

    station_number = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=1000)
    state = models.CharField(max_length=1000, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    time_zone = models.CharField(max_length=64, help_text="IANA name, such as America/New_York")
    phone = models.CharField(max_length=1000, blank=True)

    class Meta:
        verbose_name_plural = "facilities"
        ordering = ("name", "station_number")

    def __str__(self) -> str:
        return f"{self.name} ({self.station_number})"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The facility's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def key_owner_id(self) -> uuid.UUID:
        """Whose data key seals what belongs to the facility: its id as a key's owner, the same for ever."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"facility:{self.pk}")
