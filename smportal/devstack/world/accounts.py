"""The accounts of the cast: made, linked and given their second factor by the actions of the pages."""

from django.conf import settings
from django.db import transaction

from accounts import actions
from accounts.models import Account, AccountKind, Credential, CredentialKind, Level, VeteranRecord
from eligibility.actions import accept_terms, grant_role, link_staff_account
from eligibility.models import Facility, StaffMember
from smportal.actor import Actor, ActorKind
from smportal.devstack.world import keyrings
from smportal.devstack.world.cast import has_app
from smportal.devstack.world.personas import ISSUERS, MERGED, MHV, Persona
from smportal.devstack.world.staff import PASSWORD, StaffPersona
from smportal.tiers import Tier

OFFICE = Actor.system("demo_world")


def account_of(person: Persona) -> Account | None:
    """Return a veteran's account, or None before it is made."""
    accounts = Account.objects.select_related("record__merged_into")
    if person.kind == MHV:
        return accounts.filter(username=person.key).first()
    known = {"kind": person.kind, "issuer": ISSUERS[person.kind], "subject": person.subject}
    credential = Credential.objects.filter(unlinked_at__isnull=True, **known).first()
    return accounts.get(pk=credential.account_id) if credential else None


@transaction.atomic
def make_veteran(person: Persona) -> None:
    """Make somebody's account as far as they got with it; again is the same as once."""
    if account_of(person) is not None:
        return
    account = _local(person) if person.kind == MHV else _elsewhere(person)
    if person.is_linked:
        # Linked to the record that is merged later, so that the account follows it.
        record = VeteranRecord.objects.get(icn=person.old_icn if person.key == MERGED else person.icn)
        actions.link_record(actor=OFFICE, account=account, record_linked=record, reason="in_person")
    if person.failing != "terms_not_accepted":
        _accept_terms(account)


def _local(person: Persona) -> Account:
    account = actions.create_account(
        actor=OFFICE,
        username=person.key,
        email=person.email,
        password=keyrings.password(person.key),
        email_verified=True,
    )
    if person.level != Level.BASIC:
        actions.set_level(actor=OFFICE, account=account, level=Level(person.level), reason="in_person")
    if has_app(person):
        actions.add_authenticator_app(actor=OFFICE, account=account, secret=keyrings.totp_secret(person.key))
    return account


def _elsewhere(person: Persona) -> Account:
    """Make the account that the first sign-in through another service would have made."""
    kind = CredentialKind(person.kind)
    email = person.email if person.is_linked else ""
    account = actions.create_service_account(actor=OFFICE, kind=AccountKind.VETERAN, prefix=kind, email=email)
    actions.link_credential(
        actor=OFFICE,
        account=account,
        kind=kind,
        issuer=ISSUERS[person.kind],
        subject=person.subject,
        level=Level(person.level),
    )
    return account


def _accept_terms(account: Account) -> None:
    account.refresh_from_db()
    actor = Actor(
        ActorKind.VETERAN,
        account_id=account.id,
        record_id=account.record_id,
        tier=int(Tier.VERIFIED),
    )
    accept_terms(actor=actor, version=settings.TERMS_VERSION)


@transaction.atomic
def make_staff(person: StaffPersona) -> None:
    """Make the account of somebody on the staff and give it its roles; again is the same as once."""
    if Account.objects.filter(username=person.key).exists():
        return
    local = person.sign_in == PASSWORD
    account = actions.create_staff_account(
        actor=OFFICE,
        username=person.key,
        email=person.email,
        password=keyrings.password(person.key) if local else None,
    )
    if local:
        actions.add_authenticator_app(actor=OFFICE, account=account, secret=keyrings.totp_secret(person.key))
    # Whoever uses single sign-on is linked at the first sign-in, by the staff id that it states.
    staff = StaffMember.objects.get(staff_id=person.staff_id)
    link_staff_account(actor=OFFICE, staff_id=staff.id, account_id=account.id)
    for role, station in person.grants:
        facility = Facility.objects.get(station_number=station) if station else None
        grant_role(actor=OFFICE, account_id=account.id, role=role, facility_id=facility.id if facility else None)
