"""What ends an answer of staff, if they wish: name and title as their record has them, and a line of their own.

The line is kept like a veteran's signature, sealed under the account's key; that there is one means that answers end
with it. A message keeps its own copy, so neither a new name nor a new line changes what was sent.
"""

import uuid
from typing import Final

from django.db import transaction

from eligibility.models import StaffMember
from messaging.models import PersonalSignature
from messaging.permissions import check_staff
from messaging.text import has_visible, normalised
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

LINE_MOST: Final = 100


def line_of(account_id: uuid.UUID) -> str | None:
    """Return the own line, "" for none, None where answers end without a signature."""
    found = PersonalSignature.objects.filter(account_id=account_id).first()
    return found.unseal_text("text_sealed") if found else None


def signature_for(author: StaffMember) -> str:
    """Return what an answer of the author's ends with now; empty where that is off."""
    line = line_of(author.account_id) if author.account_id else None
    return "" if line is None else "\n".join(part for part in (author.name, author.title, line) if part)


@transaction.atomic
def set_staff_signature(*, actor: Actor, on: bool, line: str) -> None:
    """Set whether answers end with name, title and this line; what was sent stays as it is.

    Raises InvalidInput (field `line`), NotFound for anybody but staff.
    """
    check_staff(actor)
    if actor.account_id is None:
        raise NotFound
    clean = _clean(line)
    found = PersonalSignature.objects.select_for_update().filter(account_id=actor.account_id).first()
    if (found is None and not on) or (found is not None and on and found.unseal_text("text_sealed") == clean):
        return
    record(actor=actor, deed=Deed.SIGNATURE_CHANGED, details={"removed": not on})
    if not on:
        PersonalSignature.objects.filter(account_id=actor.account_id).delete()
        return
    kept = found or PersonalSignature(account_id=actor.account_id)
    kept.seal_text("text_sealed", clean)
    kept.updated_at = clock.now()
    kept.save(force_insert=found is None, force_update=found is not None)


def _clean(typed: str) -> str:
    line = " ".join(normalised(typed, field="line", label="Your line").split())
    if not has_visible(line):
        return ""
    if len(line) > LINE_MOST:
        raise InvalidInput(f"Your line is too long. Use at most {LINE_MOST} characters.", code="too_long", field="line")
    return line
