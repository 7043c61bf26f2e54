"""request.actor: built once, from the session on the server and the account."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Level
from eligibility.models import RoleGrant
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier
from tests import factories
from tests.accounts.people import account_of
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/healthz"


@pytest.mark.parametrize(
    ("level", "factor", "tier"),
    [
        (Level.BASIC, "totp", Tier.BASIC),
        (Level.ADVANCED, "totp", Tier.ADVANCED),
        (Level.PREMIUM, "totp", Tier.VERIFIED),
        (Level.PREMIUM, "webauthn", Tier.VERIFIED),
        (Level.PREMIUM, "recovery_codes", Tier.VERIFIED),
        (Level.PREMIUM, "", Tier.ADVANCED),
    ],
)
def test_tier_is_that_of_the_credential_used_now(
    client: Client, actor_seen: Callable[[], Actor], level: str, factor: str, tier: Tier
) -> None:
    account = factories.make_account(factories.make_record(), level=level)
    sign_in(client, account, factor=factor)
    client.get(PAGE)
    actor = actor_seen()
    assert (actor.kind, actor.account_id, actor.tier) == (ActorKind.VETERAN, account.id, tier)
    assert actor.second_factor is bool(factor)
    assert actor.record_id == account.record_id


def test_later_sign_in_at_a_lower_level_does_less(client: Client, actor_seen: Callable[[], Actor]) -> None:
    account = factories.make_account(factories.make_record(), level=Level.PREMIUM)
    sign_in(client, account, kind="idme", level="loa3", factor="")
    client.get(PAGE)
    assert actor_seen().tier == Tier.VERIFIED
    sign_in(client, account, kind="idme", level="loa1", factor="")
    client.get(PAGE)
    assert actor_seen().tier == Tier.BASIC


def test_session_without_its_sign_in_proves_nothing_and_ends(client: Client, actor_seen: Callable[[], Actor]) -> None:
    client.force_login(factories.make_account(factories.make_record()))
    client.get(PAGE)
    assert actor_seen().kind is ActorKind.ANONYMOUS
    assert "_auth_user_id" not in client.session


def test_merged_record_acts_as_the_surviving_one(client: Client, actor_seen: Callable[[], Actor]) -> None:
    last = factories.make_record()
    middle = factories.make_record(merged_into=last)
    account = factories.make_account(factories.make_record(merged_into=middle))
    sign_in(client, account)
    client.get(PAGE)
    assert actor_seen().record_id == last.id


@pytest.mark.parametrize("flag", ["deceased", "identity_theft"])
def test_locked_record_is_never_verified(client: Client, actor_seen: Callable[[], Actor], flag: str) -> None:
    account = factories.make_account(
        factories.make_record(deceased=flag == "deceased", identity_theft=flag == "identity_theft")
    )
    sign_in(client, account)
    client.get(PAGE)
    assert actor_seen().tier == Tier.ADVANCED


def test_staff_with_roles_in_force_only(client: Client, actor_seen: Callable[[], Actor]) -> None:
    staff = factories.make_staff()
    account = account_of(staff)
    facility = factories.make_facility()
    RoleGrant.objects.create(account=account, role="auditor", granted_at=clock.now())
    RoleGrant.objects.create(
        account=account, role="administrator", facility=facility, granted_at=clock.now(), revoked_at=clock.now()
    )
    sign_in(client, account)
    client.get(PAGE)
    actor = actor_seen()
    assert (actor.staff_id, actor.roles, actor.second_factor) == (staff.id, frozenset({("auditor", None)}), True)


def test_inactive_member_is_no_staff_member(client: Client, actor_seen: Callable[[], Actor]) -> None:
    staff = factories.make_staff(is_active=False)
    sign_in(client, account_of(staff))
    client.get(PAGE)
    assert actor_seen().staff_id is None


@pytest.mark.parametrize(
    ("factor", "passkey_only", "counts"),
    [
        ("totp", False, True),
        ("webauthn", False, True),
        ("recovery_codes", False, False),
        ("", False, False),
        ("totp", True, False),
        ("webauthn", True, True),
    ],
)
def test_staff_need_a_passkey_or_an_app(
    client: Client, actor_seen: Callable[[], Actor], settings: Settings, factor: str, passkey_only: bool, counts: bool
) -> None:
    settings.STAFF_PASSKEY_ONLY = passkey_only
    sign_in(client, account_of(factories.make_staff()), factor=factor)
    client.get(PAGE)
    assert actor_seen().second_factor is counts


def test_two_statements_for_a_veteran(client: Client, actor_seen: Callable[[], Actor]) -> None:
    sign_in(client, factories.make_account(factories.make_record(merged_into=factories.make_record())))
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(PAGE)
    assert len(queries) <= 2, [query["sql"] for query in queries]
    assert actor_seen().record_id


def test_anonymous_costs_no_statement(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        client.get(PAGE)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "expected"),
    [
        (0, "6.6.6.6", "10.0.0.9", "10.0.0.9"),
        (1, "6.6.6.6, 203.0.113.7", "10.0.0.9", "203.0.113.7"),
        (1, "203.0.113.7", "10.0.0.9", "203.0.113.7"),
        (1, "", "10.0.0.9", "10.0.0.9"),
        (2, "203.0.113.7", "10.0.0.9", "10.0.0.9"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.8", "10.0.0.9", "203.0.113.7"),
        (1, "rubbish'--", "10.0.0.9", "10.0.0.9"),
        (1, "2001:db8::1%eth0", "10.0.0.9", "2001:db8::1"),
        (1, "::ffff:203.0.113.7", "10.0.0.9", "203.0.113.7"),
    ],
)
def test_a062_address_is_what_our_last_proxy_saw(
    client: Client,
    actor_seen: Callable[[], Actor],
    settings: Settings,
    proxies: int,
    forwarded: str,
    peer: str,
    expected: str,
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded, "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
    client.get(PAGE, headers=headers, REMOTE_ADDR=peer)
    assert actor_seen().address == expected


def test_request_id_is_there(client: Client, actor_seen: Callable[[], Actor]) -> None:
    client.get(PAGE)
    assert len(actor_seen().request_id) == 32
