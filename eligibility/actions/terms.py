"""Terms of use."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from eligibility.models import TermsAcceptance
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, NotFound


@transaction.atomic
def accept_terms(*, actor: Actor, version: str) -> None:
    """Note that the veteran who acts agreed to the terms that they were shown; again is the same as once.

    Raises Conflict when another version is current by now, and NotFound for anybody but a veteran.
    """
    if actor.kind is not ActorKind.VETERAN or actor.account_id is None:
        raise NotFound
    if version != settings.TERMS_VERSION:
        raise Conflict(
            _("The terms of use have changed. Please read the new ones before you agree."), code="terms_changed"
        )
    _row, is_new = TermsAcceptance.objects.get_or_create(
        account_id=actor.account_id, version=version, defaults={"accepted_at": clock.now()}
    )
    if is_new:
        record(actor=actor, deed=Deed.TERMS_ACCEPTED, subject_id=actor.record_id, details={"version": version})
