"""Signing a message: the personal signature that ends it, and the legal one that some teams need.

The legal signature is a full name and a certification, as domain rules, section 4, ask. The name is not
compared with the record: people sign with middle names, initials and names of after a wedding. The team
sees it beside the record's name and judges (docs/adr/0026-guided-and-signed.md).
"""

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging import text
from messaging.models import Message, PersonalSignature
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.envelope import SealingKey
from smportal.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SIGNATURE_MOST = 300
SIGNATURE_LINES_MOST = 5
LEGAL_NAME_MOST = 150

# What was certified, by version: a signed message keeps the version, so a text here is never changed.
STATEMENT = "1"
STATEMENTS: "Final[dict[str, StrPromise]]" = {
    "1": gettext_lazy("I certify that the above is correct and true to the best of my knowledge and belief."),
}


@dataclass(frozen=True, slots=True)
class LegalSignature:
    """A full name, and whether the certification is ticked."""

    name: str = ""
    certified: bool = False

    def __bool__(self) -> bool:
        return bool(self.name.strip() or self.certified)

    def packed(self) -> str:
        """Return it as it is stored with its message."""
        return json.dumps({"name": self.name, "statement": STATEMENT}, ensure_ascii=False)


class SignedAs(NamedTuple):
    """A legal signature as people read it."""

    name: str
    statement: str


def signed_as(packed: str) -> SignedAs | None:
    """Return a message's legal signature; None where it has none."""
    if not packed:
        return None
    data = json.loads(packed)
    return SignedAs(data["name"], str(STATEMENTS[data["statement"]]))


def checked_legal(legal: LegalSignature) -> tuple[LegalSignature, list[InvalidInput]]:
    """Return the legal signature in normal form, and what it lacks."""
    errors = []
    name = legal.name
    try:
        name = " ".join(text.normalised(name, field="legal_name", label=_("Full name")).split())
        if not text.has_visible(name):
            errors.append(InvalidInput(_("Enter your full name"), code="empty", field="legal_name"))
        elif len(name) > LEGAL_NAME_MOST:
            words = _("Your full name is too long. Shorten it to at most {most} characters.")
            errors.append(InvalidInput(words.format(most=LEGAL_NAME_MOST), code="too_long", field="legal_name"))
    except InvalidInput as error:
        errors.append(error)
    if not legal.certified:
        words = _("Check the box to certify that what you wrote is correct")
        errors.append(InvalidInput(words, code="not_certified", field="legal_certified"))
    return LegalSignature(name, legal.certified), errors


def check_legal(legal: LegalSignature) -> None:
    """Raise InvalidInput for what a legal signature lacks first."""
    for error in checked_legal(legal)[1]:
        raise error


def seal_parts(
    message: Message, *, key: SealingKey, guided: str = "", signature: str = "", legal: LegalSignature | None = None
) -> None:
    """Seal into a message what it has beside its text, before it is inserted."""
    parts = {
        "guided_sealed": guided,
        "signature_sealed": signature,
        "legal_sealed": legal.packed() if legal else "",
    }
    for column, value in parts.items():
        if value:
            message.seal_text(column, value, key=key)


def signature_of(account_id: uuid.UUID | None) -> str:
    """Return the account's personal signature, empty where there is none."""
    found = PersonalSignature.objects.filter(account_id=account_id).first() if account_id else None
    return found.unseal_text("text_sealed") if found else ""


@transaction.atomic
def set_signature(*, actor: Actor, text_typed: str) -> str:
    """Set what the actor's messages end with, and return it in normal form; empty removes it.

    Messages already sent stay as they are. Raises InvalidInput (field `signature`) for what is too long or
    holds characters that cannot be kept, NotFound for nobody.
    """
    if actor.account_id is None:
        raise NotFound
    clean = _clean_signature(text_typed)
    found = PersonalSignature.objects.select_for_update().filter(account_id=actor.account_id).first()
    if (found.unseal_text("text_sealed") if found else "") == clean:
        return clean
    record(actor=actor, deed=Deed.SIGNATURE_CHANGED, details={"removed": not clean})
    if not clean:
        PersonalSignature.objects.filter(account_id=actor.account_id).delete()
        return clean
    kept = found or PersonalSignature(account_id=actor.account_id)
    kept.seal_text("text_sealed", clean)
    kept.updated_at = clock.now()
    kept.save(force_insert=found is None, force_update=found is not None)
    return clean


def _clean_signature(typed: str) -> str:
    lines = [line.rstrip() for line in text.normalised(typed, field="signature", label=_("Signature")).split("\n")]
    clean = "\n".join(lines).strip("\n")
    if not text.has_visible(clean):
        return ""
    if len(clean) > SIGNATURE_MOST or clean.count("\n") >= SIGNATURE_LINES_MOST:
        words = _("Your signature is too long. Use at most {most} characters and {lines} lines.")
        raise InvalidInput(
            words.format(most=SIGNATURE_MOST, lines=SIGNATURE_LINES_MOST), code="too_long", field="signature"
        )
    return clean
