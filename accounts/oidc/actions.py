"""From a verified identity to an account. Each action is one transaction with its audit rows."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts import actions
from accounts.models import Account, AccountKind, Credential, CredentialKind, Level, VeteranRecord
from accounts.oidc import notices
from accounts.oidc.claims import Identity
from accounts.oidc.matching import check_standing, locked_match
from accounts.oidc.problems import Reason, SignInProblem
from accounts.tiers import tier_of
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict
from smportal.tiers import Tier


def sign_in(*, actor: Actor, identity: Identity) -> Account:
    """Return the account that this identity may use now, made or linked where the rules say so.

    Raises SignInProblem with the reason why there is none.
    """
    find = _staff_account if identity.kind == CredentialKind.STAFF else _veteran_account
    try:
        return _active(find(actor, identity))
    except Conflict:
        # Somebody signed up at the same moment: now their rows can be seen.
        return _active(find(actor, identity))


def _active(account: Account) -> Account:
    if not account.is_active:
        raise SignInProblem(Reason.INACTIVE)
    return account


def _live_credential(identity: Identity) -> Credential | None:
    return (
        Credential.objects.select_related("account__record__merged_into")
        .filter(kind=identity.kind, issuer=identity.issuer, subject=identity.subject, unlinked_at__isnull=True)
        .first()
    )


@transaction.atomic
def _veteran_account(actor: Actor, identity: Identity) -> Account:
    credential = _live_credential(identity)
    if credential is None and not identity.is_verified:
        account = actions.create_service_account(actor=actor, kind=AccountKind.VETERAN, prefix=identity.kind)
        _link(actor, account, identity)
        return account
    if credential is None:
        account = _account_for(actor, identity, None)
        _link(actor, account, identity)
        notices.credential_linked(account)
        return account
    actions.set_credential_level(actor=actor, credential=credential, level=identity.level)
    if credential.account.record is not None:
        if identity.is_verified:
            check_standing(credential.account.record)
        return credential.account
    if not identity.is_verified:
        return credential.account
    account = _account_for(actor, identity, credential.account)
    if account.pk != credential.account_id:
        actions.unlink_credential(actor=actor, credential=credential, reason="joined_record")
        _link(actor, account, identity)
        notices.credential_linked(account)
    return account


def _account_for(actor: Actor, identity: Identity, own: Account | None) -> Account:
    """Return the account that holds the record which the identity proves: the one it has, `own`, or a new one."""
    match = locked_match(identity.traits)
    holder = holder_of(match)
    if holder is not None and not give_way(actor, holder):
        return holder
    account = own or actions.create_service_account(
        actor=actor, kind=AccountKind.VETERAN, prefix=identity.kind, email=identity.email
    )
    actions.link_record(actor=actor, account=account, record_linked=match, reason=f"matched_by_{identity.kind}")
    return Account.objects.get(pk=account.pk)


def holder_of(match: VeteranRecord) -> Account | None:
    """Return the account that is linked to a record, or to one that was merged into it."""
    return (
        Account.objects.select_for_update(of=("self",), no_key=True)
        .filter(Q(record=match) | Q(record__merged_into=match))
        .order_by("created_at")
        .first()
    )


def give_way(actor: Actor, holder: Account) -> bool:
    """Make an account below verified give up its record to a verified identity; return whether it did.

    Its traits were typed, so it may be somebody else's: it falls back to Basic and never joins.
    """
    live = holder.credentials.filter(unlinked_at__isnull=True)
    if any(tier_of(kind, level) >= Tier.VERIFIED for kind, level in live.values_list("kind", "level")):
        return False
    actions.unlink_record(actor=actor, account=holder, reason="displaced_by_verified")
    if live.filter(kind=CredentialKind.MHV).exists():
        actions.set_level(actor=actor, account=holder, level=Level.BASIC, reason="displaced_by_verified")
    notices.record_unlinked(holder)
    return True


def _link(actor: Actor, account: Account, identity: Identity) -> None:
    actions.link_credential(
        actor=actor,
        account=account,
        kind=identity.kind,
        issuer=identity.issuer,
        subject=identity.subject,
        level=identity.level,
    )


@transaction.atomic
def link(*, actor: Actor, identity: Identity) -> Account:
    """Link a verified identity to the veteran's account of the actor, which makes that Premium.

    Raises SignInProblem: not_verified, cannot_link (it is somebody else's, or the traits are not this
    account's: the same answer, so that nobody learns which), or what the matching finds.
    """
    account = Account.objects.filter(pk=actor.account_id or uuid.UUID(int=0)).first()
    if account is None or account.kind != AccountKind.VETERAN:
        raise SignInProblem(Reason.CANNOT_LINK, "staff")
    if not identity.is_verified:
        raise SignInProblem(Reason.NOT_VERIFIED)
    credential = _live_credential(identity)
    if credential is not None and credential.account_id != account.pk:
        raise SignInProblem(Reason.CANNOT_LINK, "other_account")
    # The record is locked before any account, here as in a sign-in: two that meet wait, none ends in a deadlock.
    match = locked_match(identity.traits)
    holder = holder_of(match)
    if holder is not None and holder.pk != account.pk and not give_way(actor, holder):
        raise SignInProblem(Reason.CANNOT_LINK, "record_of_other")
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    if account.record_id is None:
        actions.link_record(actor=actor, account=account, record_linked=match, reason=f"matched_by_{identity.kind}")
    elif holder is None or holder.pk != account.pk:
        raise SignInProblem(Reason.CANNOT_LINK, "other_record")
    if credential is None:
        _link(actor, account, identity)
    else:
        actions.set_credential_level(actor=actor, credential=credential, level=identity.level)
    if account.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).exists():
        actions.set_level(actor=actor, account=account, level=Level.PREMIUM, reason=f"linked_{identity.kind}")
    notices.credential_linked(account)
    return Account.objects.get(pk=account.pk)


@transaction.atomic
def _staff_account(actor: Actor, identity: Identity) -> Account:
    credential = _live_credential(identity)
    if credential is not None:
        return credential.account
    directory: Callable[[str], Account | None] = import_string(settings.STAFF_DIRECTORY)
    account = directory(identity.staff_id) if identity.staff_id else None
    if account is None:
        raise SignInProblem(Reason.STAFF_UNKNOWN, "no_such_staff")
    account = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
    # A staff id that belongs to another subject already was given anew, or forged: people decide.
    if account.credentials.filter(kind=CredentialKind.STAFF, unlinked_at__isnull=True).exists():
        raise SignInProblem(Reason.STAFF_UNKNOWN, "other_subject")
    _link(actor, account, identity)
    notices.credential_linked(account)
    return account


def note_failure(*, actor: Actor, slug: str, problem: SignInProblem) -> None:
    """Write a sign-in that did not work into the trail; nothing that the service said of the person."""
    reason = f"{problem.reason}:{problem.detail}" if problem.detail else str(problem.reason)
    record(actor=actor, deed=Deed.SIGN_IN_FAILED, reason=reason, details={"service": slug})
