"""The trail's tables. The application's role reads them; only functions of the database's owner write.

Ids have no foreign keys: an event outlives what it is about, and never goes away with it.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

# The database's own clock at this very moment, not at the start of the transaction.
DATABASE_CLOCK = models.Func(function="clock_timestamp", output_field=models.DateTimeField())


class AuditEvent(models.Model):
    """One thing that somebody did. Written by `recording.record` only; no role may change it.

    `occurred_at` is the application's clock, `recorded_at` the database's own: in the demo's made-up
    history the two differ, and a reader sees it.
    """

    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=DATABASE_CLOCK)
    actor_kind = models.CharField(max_length=20)
    actor_account_id = models.UUIDField(null=True)
    actor_record_id = models.UUIDField(null=True)
    actor_staff_id = models.UUIDField(null=True)
    # Which background work; empty for people, who have ids.
    actor_name = models.CharField(max_length=60)
    # A value of actions.Deed; no choices here, or every new deed would need a migration.
    deed = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=100)
    reason = models.CharField(max_length=500)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64)
    details = models.JSONField()

    objects: ClassVar[models.Manager["AuditEvent"]]

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("subject_id", "-id"), name="audit_subject", condition=Q(subject_id__isnull=False)),
            models.Index(
                fields=("actor_account_id", "-id"), name="audit_account", condition=Q(actor_account_id__isnull=False)
            ),
            models.Index(fields=("object_id", "-id"), name="audit_object", condition=~Q(object_id="")),
        )
        # Sealing counts ids from 1: an event slipped in below would lie outside of every seal.
        constraints = (models.CheckConstraint(condition=Q(id__gte=1), name="audit_event_id_positive"),)

    def __str__(self) -> str:
        return f"audit event {self.pk}"


class AuditSeal(models.Model):
    """A keyed digest over all events with ids from `first_id` to `last_id`, chained to the seal before.

    `entries` holds each event's id and own keyed digest, so that a broken one can be named.

    Ids have gaps (transactions that were rolled back): a seal covers the range, not a count of ids,
    so that an event put into a gap later is found.
    """

    seq = models.BigIntegerField(primary_key=True)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    count = models.IntegerField()
    entries = models.BinaryField()
    # The way rows are turned into bytes: see sealing.FORMAT.
    format = models.PositiveSmallIntegerField()
    key_id = models.CharField(max_length=32)
    previous_digest = models.BinaryField()
    digest = models.BinaryField()
    sealed_at = models.DateTimeField()

    objects: ClassVar[models.Manager["AuditSeal"]]

    class Meta:
        ordering = ("seq",)
        constraints = (
            models.CheckConstraint(condition=Q(first_id__gte=1, last_id__gte=models.F("first_id")), name="seal_range"),
            models.CheckConstraint(condition=Q(seq__gte=1, count__gte=1), name="seal_counts"),
        )

    def __str__(self) -> str:
        return f"audit seal {self.seq}"


class SealingState(models.Model):
    """One row: up to which id every event is settled once `horizon_writers` have ended, and the last seal."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    horizon_id = models.BigIntegerField(default=0)
    horizon_writers = ArrayField(models.TextField(), default=list)
    last_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="sealing_state_one_row"),)

    def __str__(self) -> str:
        return f"events to {self.horizon_id}, seals to {self.last_seq}"
