"""From proven traits to the one record that they belong to (domain rules, section 2)."""

import uuid
from functools import reduce
from operator import or_

from django.db.models import Q

from accounts.models import VeteranRecord
from accounts.oidc.claims import Traits
from accounts.oidc.problems import Reason, SignInProblem
from smportal.crypto.digests import ssn_digests


def locked_match(traits: Traits | None) -> VeteranRecord:
    """Return the one record in good standing that the traits match, locked for this transaction.

    Whoever signs up for the same record waits here for the other. Raises SignInProblem: no_match,
    several_matches, deceased, identity_theft.
    """
    if traits is None:
        raise SignInProblem(Reason.NO_MATCH, "traits_missing")
    survivors = candidates(traits)
    if not survivors:
        raise SignInProblem(Reason.NO_MATCH)
    if len(survivors) > 1:
        raise SignInProblem(Reason.SEVERAL_MATCHES)
    record = VeteranRecord.objects.select_for_update(no_key=True).get(pk=survivors.pop())
    check_standing(record)
    return record


def candidates(traits: Traits) -> set[uuid.UUID]:
    """Return the ids of all records that the traits match, each by the one under which it goes on."""
    # SSN digests are not unique and carry their pepper; all three traits must be equal.
    same_ssn = reduce(or_, (Q(ssn_pepper=pepper, ssn_digest=digest) for pepper, digest in ssn_digests(traits.ssn)))
    found = VeteranRecord.objects.filter(same_ssn, match_name=traits.name, birth_date=traits.born).order_by("pk")
    return {surviving(record).pk for record in found.select_related("merged_into")}


def check_standing(record: VeteranRecord) -> None:
    """Raise SignInProblem for a record that nobody may sign in as."""
    record = surviving(record)
    if record.identity_theft:
        raise SignInProblem(Reason.IDENTITY_THEFT)
    if record.deceased:
        raise SignInProblem(Reason.DECEASED)


def surviving(record: VeteranRecord) -> VeteranRecord:
    """Return the record under which a merged one goes on."""
    seen = {record.pk}
    while record.merged_into is not None and record.merged_into_id not in seen:
        record = record.merged_into
        seen.add(record.pk)
    return record
