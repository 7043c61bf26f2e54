"""What can be done to accounts. Each writes its change and its audit row in one transaction."""

import unicodedata
import uuid

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction

from accounts import attempts, factors, sessions
from accounts.models import Account, AccountKind, Credential, CredentialKind, Level, VeteranRecord
from accounts.tiers import tier_of
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Detail, record
from smportal.errors import Conflict, InvalidInput
from smportal.tiers import Tier


def normal_password(password: str) -> str:
    """Return the password in NFC: two keyboards may write the same letters differently."""
    return unicodedata.normalize("NFC", password)


def _audit(
    actor: Actor, deed: Deed, account: Account, *, reason: str = "", details: dict[str, Detail] | None = None
) -> None:
    record(
        actor=actor,
        deed=deed,
        subject_id=account.record_id,
        object_kind="account",
        object_id=account.id,
        reason=reason,
        details=details,
    )


def _new(
    kind: AccountKind, username: str, email: str, password: str | None, preferred_name: str = "", language: str = ""
) -> Account:
    now = clock.now()
    account = Account(
        kind=kind,
        username=username.strip(),
        email=email.strip().lower(),
        created_at=now,
        preferred_name=preferred_name,
        language=language,
    )
    if password is None:
        account.set_unusable_password()
    else:
        account.set_password(normal_password(password))
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise InvalidInput(
            "This user name is taken. Choose another one.", code="username_taken", field="username"
        ) from None
    return account


@transaction.atomic
def create_account(
    *,
    actor: Actor,
    username: str,
    email: str,
    password: str | None,
    preferred_name: str = "",
    email_verified: bool = False,
    language: str = "",
) -> Account:
    """Make a veteran's account with a My HealtheVet credential at Basic.

    With `email_verified` the address counts as proved; otherwise the page that registers sends the
    link. Raises InvalidInput when the user name is taken.
    """
    account = _new(AccountKind.VETERAN, username, email, password, preferred_name, language)
    Credential.objects.create(
        account=account,
        kind=CredentialKind.MHV,
        subject=str(account.id),
        level=Level.BASIC,
        linked_at=account.created_at,
    )
    if email_verified:
        EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    _audit(actor, Deed.ACCOUNT_CREATED, account, details={"kind": account.kind})
    return account


@transaction.atomic
def create_staff_account(
    *, actor: Actor, username: str, email: str, password: str | None = None, preferred_name: str = ""
) -> Account:
    """Make an account for somebody on the staff; their directory vouches for the address.

    Without a password they set one by the link of "forgot password". It sees nothing private until
    a second factor is set up. Raises InvalidInput for a taken user name or no address.
    """
    if not email:
        raise InvalidInput("A staff account needs an email address.", code="email_required", field="email")
    account = _new(AccountKind.STAFF, username, email, password, preferred_name)
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    _audit(actor, Deed.ACCOUNT_CREATED, account, details={"kind": account.kind})
    return account


def _locked(account: Account) -> Account:
    return Account.objects.select_for_update().get(pk=account.pk)


@transaction.atomic
def disable_account(*, actor: Actor, account: Account, reason: str) -> None:
    """Close an account and end all its sessions at once. Raises InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput("Say why this account is being disabled.", code="reason_required", field="reason")
    account = _locked(account)
    if account.is_active:
        account.is_active = False
        account.save(update_fields=["is_active"])
        ended = sessions.end_all(account.id)
        _audit(actor, Deed.ACCOUNT_DISABLED, account, reason=reason, details={"sessions_ended": ended})


@transaction.atomic
def enable_account(*, actor: Actor, account: Account, reason: str) -> None:
    """Open a disabled account again; authenticators that were off work again. Raises InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput("Say why this account is being enabled.", code="reason_required", field="reason")
    account = _locked(account)
    if not account.is_active:
        account.is_active = True
        account.save(update_fields=["is_active"])
        account.authenticator_failures.all().delete()
        _audit(actor, Deed.ACCOUNT_ENABLED, account, reason=reason)


@transaction.atomic
def set_level(
    *, actor: Actor, account: Account, level: Level, reason: str, keep_session: str | None = None
) -> Credential:
    """Set the level of an account's My HealtheVet credential, and end its sessions but `keep_session` (a key).

    Raises InvalidInput for a level of another service or an account without that credential.
    """
    if tier_of(CredentialKind.MHV, level) == Tier.NONE:
        raise InvalidInput("That is not a My HealtheVet level.", code="level", field="level")
    account = _locked(account)
    credential = account.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).first()
    if credential is None:
        raise InvalidInput("This account has no My HealtheVet credential.", code="no_credential", field="level")
    if credential.level != level:
        before, credential.level = credential.level, level
        credential.save(update_fields=["level"])
        sessions.end_all(account.id, but=keep_session)
        _audit(actor, Deed.LEVEL_CHANGED, account, reason=reason, details={"old": before, "new": str(level)})
    return credential


@transaction.atomic
def link_record(
    *,
    actor: Actor,
    account: Account,
    record_linked: VeteranRecord,
    reason: str = "",
    keep_session: str | None = None,
) -> None:
    """Link an account to a veteran's record, and end its sessions but `keep_session` (a key).

    Raises Conflict when either is linked to another already.
    """
    account = _locked(account)
    if account.record_id == record_linked.id:
        return
    taken = Account.objects.filter(record=record_linked).exists()
    if account.record_id is not None or taken or account.kind != AccountKind.VETERAN:
        raise Conflict("This account or this record is already linked.", code="already_linked")
    account.record = record_linked
    try:
        with transaction.atomic():
            account.save(update_fields=["record"])
    except IntegrityError:
        raise Conflict("This record was linked just now.", code="already_linked") from None
    sessions.end_all(account.id, but=keep_session)
    _audit(actor, Deed.RECORD_LINKED, account, reason=reason)


@transaction.atomic
def link_credential(
    *, actor: Actor, account: Account, kind: CredentialKind, issuer: str, subject: str, level: Level
) -> Credential:
    """Link another service's credential to an account. Raises Conflict when it is somebody's already."""
    account = _locked(account)
    try:
        with transaction.atomic():
            credential = Credential.objects.create(
                account=account, kind=kind, issuer=issuer, subject=subject, level=level, linked_at=clock.now()
            )
    except IntegrityError:
        raise Conflict("This sign-in is already linked to an account.", code="already_linked") from None
    details: dict[str, Detail] = {"credential": str(kind), "level": str(level)}
    _audit(actor, Deed.CREDENTIAL_LINKED, account, details=details)
    return credential


@transaction.atomic
def change_password(*, actor: Actor, account: Account, password: str, keep_session: str | None = None) -> None:
    """Set a new password and end every session but `keep_session` (a session key)."""
    account.set_password(normal_password(password))
    account.save(update_fields=["password"])
    attempts.renew(account.id, attempts.PASSWORD)
    ended = sessions.end_all(account.id, but=keep_session)
    _audit(actor, Deed.PASSWORD_CHANGED, account, details={"sessions_ended": ended})


@transaction.atomic
def factor_changed(*, actor: Actor, account_id: uuid.UUID, change: str, keep_session: str | None) -> None:
    """Note that a second factor was added, removed or made anew, and end every other session."""
    account = Account.objects.get(pk=account_id)
    attempts.renew(account.id, change.partition(":")[0])
    ended = sessions.end_all(account.id, but=keep_session)
    _audit(actor, Deed.FACTOR_CHANGED, account, reason=change, details={"sessions_ended": ended})


@transaction.atomic
def add_authenticator_app(*, actor: Actor, account: Account, secret: str) -> Authenticator:
    """Give an account an authenticator app with this seed (base32), as enrolment outside of the pages does."""
    authenticator = factors.add_app(account, secret)
    factor_changed(actor=actor, account_id=account.id, change="totp:added", keep_session=None)
    return authenticator


@transaction.atomic
def create_service_account(*, actor: Actor, kind: AccountKind, prefix: str, email: str = "") -> Account:
    """Make an account for somebody who signs in through another service: no password, a name nobody types.

    `email` is one that the service has verified; when it is another account's already, this one has none.
    """
    account = _new(kind, f"{prefix}-{uuid.uuid4().hex}", "", None)
    taken = EmailAddress.objects.filter(email__iexact=email, verified=True).exists()
    if email and not taken:
        account.email = email
        account.save(update_fields=["email"])
        EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    _audit(actor, Deed.ACCOUNT_CREATED, account, details={"kind": account.kind})
    return account


@transaction.atomic
def set_credential_level(*, actor: Actor, credential: Credential, level: Level) -> None:
    """Note the level that the service stated now; the session's tier is that of this level."""
    if credential.level != level:
        before, credential.level = credential.level, level
        credential.save(update_fields=["level"])
        details: dict[str, Detail] = {"credential": credential.kind, "old": before, "new": str(level)}
        _audit(actor, Deed.LEVEL_CHANGED, credential.account, details=details)


@transaction.atomic
def unlink_credential(*, actor: Actor, credential: Credential, reason: str) -> None:
    """Take another service's credential from its account and end the account's sessions."""
    credential.unlinked_at = clock.now()
    credential.save(update_fields=["unlinked_at"])
    sessions.end_all(credential.account_id)
    details: dict[str, Detail] = {"credential": credential.kind}
    _audit(actor, Deed.CREDENTIAL_UNLINKED, credential.account, reason=reason, details=details)


@transaction.atomic
def unlink_record(*, actor: Actor, account: Account, reason: str) -> None:
    """Take the veteran's record from an account and end its sessions. Raises InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput("Say why the record is being unlinked.", code="reason_required", field="reason")
    account = _locked(account)
    if account.record_id is not None:
        # The row is about the record that it loses.
        _audit(actor, Deed.RECORD_UNLINKED, account, reason=reason)
        account.record = None
        account.save(update_fields=["record"])
        sessions.end_all(account.id)
