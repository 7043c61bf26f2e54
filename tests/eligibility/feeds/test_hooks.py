"""Who must follow a new time zone hears of it in the same transaction."""

from collections.abc import Sequence

import pytest
from django.db import connection

from eligibility import hooks
from eligibility.models import Facility
from smportal.actor import Actor
from tests.eligibility.feeds.helpers import load


def test_a_new_zone_and_a_team_that_moves_are_told(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, list[int], bool]] = []

    def listen(actor: Actor, facility_ids: Sequence[int]) -> None:
        heard.append((actor.name, list(facility_ids), connection.in_atomic_block))

    monkeypatch.setattr(hooks, "on_zone_changed", [listen])
    load("facilities", "663,Puget Sound,WA,,America/Los_Angeles", "663GA,Everett Clinic,WA,663,America/Los_Angeles")
    assert heard == []
    everett = Facility.objects.get(station_number="663GA").pk
    load("facilities", "663GA,Everett,WA,663,America/Denver")
    load("care_teams", "PACT-1,663GA,PACT one,Primary care 1,primary_care,")
    assert heard == [("test", [everett], True), ("test", [everett], True)]
