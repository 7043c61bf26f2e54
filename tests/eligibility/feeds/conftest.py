"""The small world that most feed tests start from."""

import pytest


@pytest.fixture
def world(db: None) -> None:
    """Two facilities, two teams, two veterans, all through feeds."""
    # pytest reads this file before the settings are chosen.
    from tests.eligibility.feeds.helpers import ICN, ICN2, load

    load("facilities", "663,Puget Sound,WA,,America/Los_Angeles", "663GA,Everett,WA,663,America/Los_Angeles")
    load("care_teams", "PACT-1,663,PACT one,Primary care 1,primary_care,", "PACT-2,663,PACT two,Primary care 2,,")
    load("veterans", f"{ICN},Ann,,Lee,1950-02-03,666-12-3456,no,no", f"{ICN2},Bo,,Ray,1960-02-03,,no,no")
