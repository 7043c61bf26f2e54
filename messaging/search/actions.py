"""Keeping what somebody searches for, sealed and for hours only."""

import datetime as dt
import uuid

from django.db import transaction

from messaging.models import SavedSearch
from messaging.search.criteria import Criteria, check_dates
from messaging.search.permissions import owner_of
from messaging.search.terms import parse
from smportal import clock
from smportal.actor import Actor

# As long as a session can last: reload, back and the next page work until then.
KEPT = dt.timedelta(hours=12)
# Of one account; older ones make room.
MOST_KEPT = 50


def keep(*, actor: Actor, criteria: Criteria) -> uuid.UUID:
    """Keep a search and return its id. Raises InvalidInput for criteria that say nothing findable."""
    parse(criteria.words)
    check_dates(criteria)
    account_id, record_id = owner_of(actor)
    search = SavedSearch(account_id=account_id, record_id=record_id, created_at=clock.now())
    with transaction.atomic():
        search.seal_text("criteria_sealed", criteria.to_json())
        search.save(force_insert=True)
        own = SavedSearch.objects.filter(account_id=account_id).order_by("-created_at", "-id")
        old = list(own.values_list("id", flat=True)[MOST_KEPT : 2 * MOST_KEPT])
        if old:
            SavedSearch.objects.filter(id__in=old).delete()
    return search.id


def purge() -> int:
    """Delete searches that nobody can page through any more; return how many. Running it twice is harmless."""
    deleted, _ = SavedSearch.objects.filter(created_at__lt=clock.now() - KEPT).delete()
    return deleted
