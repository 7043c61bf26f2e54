"""Trying again what was set aside."""

import uuid

import pytest

from accounts.models import VeteranRecord
from eligibility.feeds.retry import Retried, retry_rows
from eligibility.models import Enrollment, Facility, QuarantinedRow, Role
from smportal.actor import Actor, ActorKind
from smportal.crypto.digests import ssn_digest
from smportal.errors import Refused
from tests.eligibility.feeds.helpers import HEADERS, ICN, ICN3, load

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def everything() -> list[uuid.UUID]:
    return list(QuarantinedRow.objects.values_list("pk", flat=True))


def test_a_row_is_loaded_once_what_it_named_is_there(world: None) -> None:
    load("enrollment", f"{ICN3},enrolled,1,2020-01-01,", f"{ICN},enrolled,1,bad,", f"{ICN},x")
    assert retry_rows(actor=SYSTEM, row_ids=everything()) == Retried(loaded=0, waiting=2, lost=1)
    load("veterans", f"{ICN3},Al,,Lee,,,no,no")
    assert retry_rows(actor=SYSTEM, row_ids=everything()) == Retried(loaded=1, waiting=1, lost=1)
    assert Enrollment.objects.get().record.icn == ICN3
    assert QuarantinedRow.objects.filter(resolved_at__isnull=True).count() == 2
    assert retry_rows(actor=SYSTEM, row_ids=everything()) == Retried(loaded=0, waiting=1, lost=1)


def test_a_veteran_keeps_the_digest_of_the_ssn() -> None:
    header = HEADERS["veterans"] + ",merged_into"
    load("veterans", f"{ICN},Ann,,Lee,,666-12-3456,no,no,{ICN3}", header=header)
    load("veterans", f"{ICN3},Ann,,Lee,,,no,no")
    assert retry_rows(actor=SYSTEM, row_ids=everything()) == Retried(loaded=1)
    record = VeteranRecord.objects.get(icn=ICN)
    assert bytes(record.ssn_digest or b"") == ssn_digest("666123456")[1]
    assert record.merged_into is not None


def test_rows_of_several_kinds_are_tried_in_the_order_in_which_they_need_each_other() -> None:
    load("registration", f"{ICN},663AA,2020-01-01,")
    load("facilities", "663AA,Child,WA,663,America/Los_Angeles")
    load("veterans", f"{ICN},Ann,,Lee,,,no,no")
    load("facilities", "663,Top,WA,,America/Los_Angeles")
    assert retry_rows(actor=SYSTEM, row_ids=everything()) == Retried(loaded=2)
    assert Facility.objects.count() == 2


@pytest.mark.parametrize(
    "actor",
    [
        Actor(ActorKind.STAFF, second_factor=True, roles=frozenset({(Role.ADMINISTRATOR.value, 7)})),
        Actor(ActorKind.STAFF, second_factor=True, roles=frozenset({(Role.AUDITOR.value, None)})),
        Actor(ActorKind.STAFF, second_factor=False, roles=frozenset({(Role.ADMINISTRATOR.value, None)})),
        Actor(ActorKind.VETERAN, second_factor=True),
    ],
)
def test_only_national_administrators_may(actor: Actor) -> None:
    with pytest.raises(Refused):
        retry_rows(actor=actor, row_ids=[])
