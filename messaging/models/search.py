"""What somebody is searching for, kept for as long as its results may be paged."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account, VeteranRecord
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class SavedSearch(SealedModel):
    """A search, so that its address can be an id that says nothing.

    What was typed is sealed: under the veteran's own data key, for staff under their account's. Rows are
    never changed, belong to one account, and are deleted after hours (messaging.search.actions.purge).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    # The veteran's own record; none for staff.
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, null=True, related_name="+")
    criteria_sealed = SealedTextField()
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["SavedSearch"]]

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("account", "-created_at", "-id"), name="search_own"),
            models.Index(fields=("created_at",), name="search_age"),
        )

    def __str__(self) -> str:
        return f"search {self.id}"

    def sealing_owner(self) -> Owner:
        if self.record_id is not None:
            return Owner(OwnerKind.VETERAN, self.record_id)
        return Owner(OwnerKind.ACCOUNT, self.account_id)
