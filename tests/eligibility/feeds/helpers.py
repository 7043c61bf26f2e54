"""Small words for feed tests: a file as text, its counts, and the state that it leaves."""

import io
from typing import NamedTuple

from eligibility.feeds.loading import load_feed
from eligibility.models import FeedLoad, QuarantinedRow
from smportal.actor import Actor

ICN = "1000000001V000001"
ICN2 = "1000000002V000002"
ICN3 = "1000000003V000003"

HEADERS = {
    "facilities": "station_number,name,state,parent_station,time_zone",
    "veterans": "icn,first_name,middle_name,last_name,birth_date,ssn,deceased,identity_theft",
    "enrollment": "icn,status,priority_group,effective_date,end_date",
    "registration": "icn,station_number,registered_on,ended_on",
    "care_teams": "code,station_number,internal_name,public_name,care_type,phone",
    "participation": "staff_id,care_team_code,role,opted_in,effective_from,effective_until",
    "associations": "icn,care_team_code,relation,effective_from,effective_until",
    "staff": "staff_id,name,email,station_number,title,active,care_team_codes,lead_of",
}


class Counts(NamedTuple):
    """What a load counted."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0


def load(kind: str, *rows: str, header: str = "", batch: int = 1_000) -> FeedLoad:
    """Load rows under the kind's header."""
    text = "\n".join([header or HEADERS[kind], *rows]) + "\n"
    return load_bytes(kind, text.encode(), batch=batch)


def load_bytes(kind: str, content: bytes, *, batch: int = 1_000) -> FeedLoad:
    """Load a file of exactly these bytes."""
    return load_feed(actor=Actor.system("test"), kind=kind, stream=io.BytesIO(content), batch=batch)


def counts(feed: FeedLoad) -> Counts:
    """Return what the load counted, as its stored row says."""
    feed.refresh_from_db()
    return Counts(feed.created, feed.changed, feed.unchanged, feed.quarantined)


def reasons(feed: FeedLoad) -> list[tuple[int, str]]:
    """Return line and reason of what the load set aside."""
    return list(QuarantinedRow.objects.filter(load=feed).order_by("line").values_list("line", "reason"))
