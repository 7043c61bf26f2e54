"""What somebody signs messages with."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class PersonalSignature(SealedModel):
    """The lines that an account's messages end with, if wished. A sent message keeps its own copy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="personal_signature")
    text_sealed = SealedTextField()
    updated_at = models.DateTimeField()

    objects: ClassVar[models.Manager["PersonalSignature"]]

    class Meta:
        ordering = ("account",)

    def __str__(self) -> str:
        return f"signature {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.ACCOUNT, self.account_id)
