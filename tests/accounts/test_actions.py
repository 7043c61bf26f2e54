"""What can be done to accounts: written and audited together, sessions ended where the rules say so."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from accounts import actions, attempts
from accounts.models import Account, AccountKind, Credential, CredentialKind, Level
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput
from tests import factories
from tests.accounts.people import BY, Hands, make_person
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


def last() -> AuditEvent:
    """Return the newest event."""
    return AuditEvent.objects.order_by("-id")[0]


@pytest.fixture
def account() -> Account:
    """A veteran's account at Basic with one session."""
    made = factories.make_account(level=Level.BASIC)
    sign_in(Client(), made)
    return made


def sessions_of(account: Account) -> tuple[int, int]:
    """Return how many sessions and how many notes about them the account has."""
    return Session.objects.count(), UserSession.objects.filter(user=account).count()


def test_user_name_is_taken_whatever_its_case(db: None) -> None:
    actions.create_account(actor=BY, username="Walker", email="a@example.com", password=None)
    with pytest.raises(InvalidInput, match="taken"):
        actions.create_account(actor=BY, username="wALKER", email="b@example.com", password=None)
    assert Account.objects.count() == 1
    assert AuditEvent.objects.filter(deed=Deed.ACCOUNT_CREATED).count() == 1


def test_staff_account_has_no_credential_of_veterans(db: None) -> None:
    made = actions.create_staff_account(actor=BY, username="nurse", email="Nurse@Example.com")
    assert (made.kind, made.email, made.has_usable_password()) == (AccountKind.STAFF, "nurse@example.com", False)
    assert not Credential.objects.exists()
    with pytest.raises(InvalidInput):
        actions.create_staff_account(actor=BY, username="other", email="")


def test_disabling_ends_every_session_at_once(account: Account) -> None:
    actions.disable_account(actor=BY, account=account, reason="asked for it")
    assert sessions_of(account) == (0, 0)
    event = last()
    assert (event.deed, event.reason, event.details) == (Deed.ACCOUNT_DISABLED, "asked for it", {"sessions_ended": 1})
    actions.disable_account(actor=BY, account=account, reason="again")
    assert AuditEvent.objects.filter(deed=Deed.ACCOUNT_DISABLED).count() == 1


@pytest.mark.parametrize("reason", ["", "   "])
def test_disabling_and_enabling_need_a_reason(account: Account, reason: str) -> None:
    for act in (actions.disable_account, actions.enable_account):
        with pytest.raises(InvalidInput):
            act(actor=BY, account=account, reason=reason)


def test_enabling_turns_authenticators_on_again(account: Account) -> None:
    actions.disable_account(actor=BY, account=account, reason="x")
    for _ in range(attempts.MOST_CONSECUTIVE):
        attempts.failed(account.id, attempts.PASSWORD)
    actions.enable_account(actor=BY, account=account, reason="y")
    assert not attempts.is_off(account.id, attempts.PASSWORD)
    assert Account.objects.get(pk=account.pk).is_active


def test_level_changes_end_sessions_and_keep_old_and_new(account: Account) -> None:
    actions.set_level(actor=BY, account=account, level=Level.PREMIUM, reason="in person")
    assert sessions_of(account) == (0, 0)
    assert last().details == {"old": "basic", "new": "premium"}
    assert account.credentials.get().level == Level.PREMIUM


def test_level_of_another_service_is_refused(account: Account) -> None:
    with pytest.raises(InvalidInput):
        actions.set_level(actor=BY, account=account, level=Level.IAL2, reason="x")
    with pytest.raises(InvalidInput):
        actions.set_level(
            actor=BY, account=factories.make_account(kind=AccountKind.STAFF), level=Level.PREMIUM, reason="x"
        )


def test_one_record_one_account(account: Account) -> None:
    record = factories.make_record()
    actions.link_record(actor=BY, account=account, record_linked=record)
    assert (last().deed, last().subject_id) == (Deed.RECORD_LINKED, record.id)
    actions.link_record(actor=BY, account=account, record_linked=record)
    for other, wanted in (
        (factories.make_account(), record),
        (account, factories.make_record()),
        (factories.make_account(kind=AccountKind.STAFF), factories.make_record()),
    ):
        with pytest.raises(Conflict):
            actions.link_record(actor=BY, account=other, record_linked=wanted)
    assert AuditEvent.objects.filter(deed=Deed.RECORD_LINKED).count() == 1


def test_credential_of_somebody_else_is_refused(account: Account) -> None:
    def link(to: Account) -> None:
        issuer = "https://id.example"
        actions.link_credential(
            actor=BY, account=to, kind=CredentialKind.IDME, issuer=issuer, subject="s1", level=Level.LOA3
        )

    link(account)
    with pytest.raises(Conflict):
        link(factories.make_account())
    assert Credential.objects.filter(subject="s1").count() == 1


def test_password_change_keeps_the_session_that_did_it(account: Account) -> None:
    mine = Client()
    sign_in(mine, account)
    key = mine.session.session_key
    actions.change_password(actor=BY, account=account, password="x" * 20, keep_session=key)
    assert list(Session.objects.values_list("session_key", flat=True)) == [key]
    assert last().details == {"sessions_ended": 1}


def test_nothing_is_written_when_the_trail_cannot_be(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_person(app=False)
    count = Account.objects.count()

    def refuse(**kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(actions, "record", refuse)
    with pytest.raises(RuntimeError):
        actions.create_account(actor=BY, username="new", email="n@example.com", password=None)
    with pytest.raises(RuntimeError):
        actions.disable_account(actor=BY, account=person.account, reason="x")
    assert Account.objects.count() == count
    assert Account.objects.get(pk=person.account.pk).is_active
    assert connection.in_atomic_block
