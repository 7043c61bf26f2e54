"""Which record an account belongs to, put right by a national administrator (domain rules, section 2)."""

import uuid

from django.db import transaction

from accounts import actions as account_actions
from accounts.models import Account, AccountKind, CredentialKind, Level
from accounts.oidc import notices
from eligibility import queries
from eligibility.actions.locking import locked_survivor
from eligibility.permissions import check_may_administer
from smportal.actor import Actor
from smportal.errors import Conflict, InvalidInput, NotFound, Refused


@transaction.atomic
def unlink_account(*, actor: Actor, account_id: uuid.UUID, reason: str) -> Account:
    """Take the record from an account, which falls back to Basic; its sessions end and it is told.

    A verified credential that is still linked finds its record again at its next sign-in, by its
    own traits. Raises Refused for anybody but a national administrator, NotFound, InvalidInput
    without a reason or without a record.
    """
    account = _checked_account(actor, account_id, reason)
    if account.record_id is None:
        raise InvalidInput("This account isn’t linked to a record.", code="not_linked", field="change")
    _unlink(actor, account, reason)
    notices.record_unlinked_by_staff(account)
    return Account.objects.get(pk=account.pk)


@transaction.atomic
def relink_account(*, actor: Actor, account_id: uuid.UUID, record_id: uuid.UUID, reason: str) -> Account:
    """Link an account to another record (or the one it was merged into), at Advanced until it is proofed again.

    Raises what `unlink_account` raises, and Conflict when another account holds the record.
    """
    subject = locked_survivor(record_id)
    account = _checked_account(actor, account_id, reason)
    family = queries.record_family(subject.id)
    if account.record_id in family:
        raise InvalidInput("This account is linked to this record already.", code="same_record", field="record")
    if subject.is_locked:
        raise Refused("This record is locked. It must be checked first.", code="record_locked")
    if Account.objects.filter(record_id__in=family).exists():
        raise Conflict(
            "Another account is linked to this record. Unlink that one first.", code="already_linked", field="record"
        )
    if account.record_id is not None:
        _unlink(actor, account, reason)
        notices.record_unlinked_by_staff(account)
    account_actions.link_record(actor=actor, account=account, record_linked=subject, reason=reason)
    _set_level(actor, account, Level.ADVANCED)
    notices.record_linked(account)
    return Account.objects.get(pk=account.pk)


def _checked_account(actor: Actor, account_id: uuid.UUID, reason: str) -> Account:
    """Return the veteran's account, locked. Raises Refused, NotFound, InvalidInput."""
    check_may_administer(actor, None)
    account = Account.objects.select_for_update(of=("self",), no_key=True).filter(id=account_id).first()
    if account is None or account.kind != AccountKind.VETERAN:
        raise NotFound
    if not reason.strip():
        raise InvalidInput("Say why you change this.", code="reason_required", field="reason")
    return account


def _unlink(actor: Actor, account: Account, reason: str) -> None:
    account_actions.unlink_record(actor=actor, account=account, reason=reason)
    _set_level(actor, account, Level.BASIC)


def _set_level(actor: Actor, account: Account, level: Level) -> None:
    if account.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).exists():
        account_actions.set_level(actor=actor, account=account, level=level, reason="link_changed_by_administrator")
