"""Order, repetition and batches change nothing: what a file says is all that counts."""

import random
from collections.abc import Sequence

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eligibility.models import Association, Enrollment, QuarantinedRow
from smportal.audit.models import AuditEvent
from tests.eligibility.feeds.helpers import ICN, ICN2, Counts, counts, load, reasons

pytestmark = pytest.mark.django_db


def enrollments() -> list[tuple[object, ...]]:
    columns = ("record__icn", "effective_date", "status", "priority_group", "stated_end_date", "end_date")
    return sorted(Enrollment.objects.values_list(*columns), key=str)


def test_an_identical_repeat_is_unchanged_and_a_different_row_is_set_aside(world: None) -> None:
    good, other = f"{ICN},enrolled,1,2020-01-01,", f"{ICN},cancelled,1,2020-01-01,"
    for rows, line in (((good, good, other), 4), ((other, good, good), 2)):
        with transaction.atomic():
            feed = load("enrollment", *rows)
            assert counts(feed) == Counts(created=1, unchanged=1, quarantined=1)
            assert reasons(feed) == [(line, "another row of this file says something else for the same key")]
            assert Enrollment.objects.get().status == "enrolled"
            transaction.set_rollback(True)


def test_repeats_are_compared_after_reading_their_values(world: None) -> None:
    rows = (f"{ICN},enrolled,1,2020-01-01,", f" {ICN.lower()} ,ENROLLED, 1,2020-01-01,")
    assert counts(load("enrollment", *rows)) == Counts(created=1, unchanged=1)


def test_a_later_file_corrects_and_an_earlier_one_loaded_again_corrects_back(world: None) -> None:
    first, second = f"{ICN},enrolled,1,2020-01-01,", f"{ICN},enrolled,2,2020-01-01,2020-06-30"
    assert counts(load("enrollment", first)) == Counts(created=1)
    assert counts(load("enrollment", second)) == Counts(changed=1)
    assert counts(load("enrollment", second)) == Counts(unchanged=1)
    assert counts(load("enrollment", first)) == Counts(changed=1)


def test_a_row_that_closes_another_is_audited_at_both(world: None) -> None:
    load("enrollment", f"{ICN},enrolled,1,2020-01-01,")
    before = AuditEvent.objects.count()
    assert counts(load("enrollment", f"{ICN},cancelled,1,2021-01-01,")) == Counts(created=1)
    details = [event.details for event in AuditEvent.objects.order_by("id")[before:]]
    assert details[0] == {"old_end_date": None, "new_end_date": "2020-12-31"}
    assert details[1]["new_status"] == "cancelled"


def test_relations_have_periods_of_their_own(world: None) -> None:
    rows = (f"{ICN},PACT-1,clinic,2020-01-01,", f"{ICN},PACT-1,manual,2020-01-01,", f"{ICN},PACT-2,clinic,2020-01-01,")
    assert counts(load("associations", *rows)) == Counts(created=3)
    assert Association.objects.filter(effective_until__isnull=True).count() == 3


def test_the_same_bad_row_is_kept_once(world: None) -> None:
    for _ in range(2):
        assert counts(load("enrollment", "9999999999V999999,enrolled,1,2020-01-01,", "x")) == Counts(quarantined=2)
    assert QuarantinedRow.objects.count() == 2


_DATES = st.sampled_from(["2020-01-01", "2020-01-02", "2020-02-01", "2020-02-02", "2020-03-01", "2021-01-01"])
_ROWS = st.lists(
    st.tuples(
        st.sampled_from([ICN, ICN2, "9999999999V999999"]),
        st.sampled_from(["enrolled", "cancelled"]),
        st.sampled_from(["1", "2", "9"]),
        _DATES,
        st.one_of(st.just(""), _DATES),
    ).map(",".join),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ROWS, st.randoms(use_true_random=False), st.sampled_from([1, 2, 1_000]))
def test_any_order_of_a_file_and_any_size_of_batch_leave_the_same(
    world: None, rows: list[str], chance: random.Random, batch: int
) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert outcome(rows, 1_000) == outcome(shuffled, batch)


def outcome(rows: Sequence[str], batch: int) -> tuple[object, ...]:
    """Load twice from nothing; return everything that must not depend on the order."""
    point = transaction.savepoint()
    first = counts(load("enrollment", *rows, batch=batch))
    state = enrollments()
    events = AuditEvent.objects.filter(deed="fact_changed").count()
    again = counts(load("enrollment", *reversed(rows), batch=batch))
    assert again == Counts(unchanged=first.created + first.unchanged, quarantined=first.quarantined)
    assert enrollments() == state
    assert AuditEvent.objects.filter(deed="fact_changed").count() == events
    aside = sorted(QuarantinedRow.objects.values_list("row_sha256", "reason"))
    transaction.savepoint_rollback(point)
    return first, state, events, aside
