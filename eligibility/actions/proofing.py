"""In-person authentication makes an Advanced account Premium (domain rules, section 2)."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from accounts import actions as account_actions
from accounts.models import Account, AccountKind, CredentialKind, Level, VeteranRecord
from accounts.oidc import notices
from eligibility import queries
from eligibility.actions.locking import day_text, locked_survivor
from eligibility.models import DocumentType, Facility, Proofing, Registration, StaffMember
from eligibility.models.proofing import FEWEST_DOCUMENTS, WITH_PHOTO
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound, Refused


@transaction.atomic
def record_proofing(
    *,
    actor: Actor,
    account_id: uuid.UUID,
    record_id: uuid.UUID,
    facility_id: int,
    document_types: Sequence[str],
    seen_on: dt.date | None = None,
) -> Proofing:
    """Note that staff saw somebody's documents at a facility, and make the account Premium.

    `account_id` is the account that the person named, `record_id` the record that the documents
    were compared with: only when the two are linked was the right person there. `seen_on` is a local
    date, today at the facility when it is missing. Ends the account's sessions and sends a notice.
    Raises NotFound, Refused (not an administrator of the place, nor of where the veteran is
    registered; oneself; a locked record), InvalidInput with the field.
    """
    facility = Facility.objects.filter(id=facility_id).first()
    if facility is None:
        raise NotFound
    check_may_administer(actor, facility.id)
    subject = locked_survivor(record_id)
    account = Account.objects.select_for_update(of=("self",), no_key=True).filter(id=account_id).first()
    if account is None:
        raise NotFound
    _check_person(actor, account, subject)
    today = clock.today(facility.zone)
    day = seen_on or today
    if not account.created_at.astimezone(facility.zone).date() <= day <= today:
        raise InvalidInput(
            "Enter the day when you saw the documents: not in the future, and not before the account was made.",
            code="seen_on",
            field="seen_on",
        )
    proofing = Proofing.objects.create(
        account=account,
        record=subject,
        facility=facility,
        seen_on=day,
        document_types=_checked(document_types),
        recorded_at=clock.now(),
        recorded_by_id=actor.account_id,
    )
    _audit(actor, proofing)
    account_actions.set_level(actor=actor, account=account, level=Level.PREMIUM, reason="proofed_in_person")
    notices.level_raised(account)
    return proofing


def _checked(document_types: Sequence[str]) -> list[str]:
    """Return the types once each. Raises InvalidInput for too few, unknown ones, or none with a photo."""
    types = sorted(set(document_types))
    if any(kind not in DocumentType.values for kind in types) or len(types) < FEWEST_DOCUMENTS:
        raise InvalidInput(
            f"Choose {FEWEST_DOCUMENTS} or more different documents.", code="documents", field="document_types"
        )
    if not WITH_PHOTO.intersection(types):
        raise InvalidInput("One of the documents must have a photo.", code="no_photo", field="document_types")
    return types


def _check_person(actor: Actor, account: Account, subject: VeteranRecord) -> None:
    """Raise Refused or InvalidInput unless this account may become Premium by this actor."""
    if _is_oneself(actor, account):
        raise Refused("Nobody may do this for their own account. Ask another administrator.", code="oneself")
    own = account.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).first()
    if account.kind != AccountKind.VETERAN or not account.is_active or own is None or own.level != Level.ADVANCED:
        raise InvalidInput(
            "This isn’t an Advanced My HealtheVet account. The veteran first connects it to the VA record.",
            code="not_advanced",
            field="account",
        )
    family = queries.record_family(subject.id)
    if account.record_id not in family:
        raise InvalidInput(
            "This account isn’t connected to this veteran’s record. Check the user name and the ICN.",
            code="other_record",
            field="record",
        )
    if VeteranRecord.objects.filter(id__in=[subject.id, account.record_id]).exclude(
        deceased=False, identity_theft=False
    ):
        raise Refused("This record is locked. It must be checked first.", code="record_locked")
    if not _is_registered_in_scope(actor, subject):
        raise Refused("This veteran isn’t registered at a facility that you administer.", code="not_registered_here")


def _is_oneself(actor: Actor, account: Account) -> bool:
    """Tell whether an administrator acts on the own account, known by its id or by an own email address."""
    if actor.account_id is None:
        return False
    own = Account.objects.filter(pk=actor.account_id).values_list("email", flat=True)
    staff = StaffMember.objects.filter(account_id=actor.account_id).values_list("email", flat=True)
    addresses = {address.lower() for address in [*own, *staff] if address}
    return account.pk == actor.account_id or account.email.lower() in addresses


def _is_registered_in_scope(actor: Actor, subject: VeteranRecord) -> bool:
    scope = queries.scope_of(actor)
    if actor.kind is ActorKind.SYSTEM or scope.everywhere:
        return True
    rows = Registration.objects.filter(record=subject, facility_id__in=scope.facility_ids).select_related("facility")
    return any(
        row.registered_on <= (today := clock.today(row.facility.zone))
        and (row.ended_on is None or today <= row.ended_on)
        for row in rows.order_by("id")
    )


def _audit(actor: Actor, proofing: Proofing) -> None:
    record(
        actor=actor,
        deed=Deed.IDENTITY_PROOFED,
        subject_id=proofing.record_id,
        object_kind="account",
        object_id=proofing.account_id,
        details={
            "proofing": str(proofing.id),
            "facility": proofing.facility_id,
            "documents": proofing.document_types,
            "seen_on": day_text(proofing.seen_on),
        },
    )
