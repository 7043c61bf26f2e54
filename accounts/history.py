"""An account's own sign-ins and how they ended, from the audit trail: for its owner to recognise or not."""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import CredentialKind
from smportal import times
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent

MOST = 30
_WORDS = {
    Deed.SIGNED_IN: _("Signed in"),
    Deed.SIGNED_OUT: _("Signed out"),
    Deed.SIGN_IN_FAILED: _("A try to sign in that failed"),
    Deed.SESSION_ENDED: _("Signed out by us"),
}
_REASONS = {
    "idle": _("Signed out by us: nothing happened for a while"),
    "absolute": _("Signed out by us: 12 hours had passed"),
    "others_ended_by_owner": _("Signed out by us: you signed out everywhere else"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the history."""

    when: str
    when_iso: str
    what: str
    address: str


def recent(account_id: uuid.UUID, *, zone: str) -> list[Happening]:
    """Return the last 30 sign-ins, failures and ends, the latest first, in the chosen zone (empty: Eastern)."""
    viewer = times.viewer_zone(zone, "")
    found = AuditEvent.objects.filter(actor_account_id=account_id, deed__in=list(_WORDS)).order_by("-id")[:MOST]
    return [
        Happening(
            when=times.moment(event.occurred_at, viewer),
            when_iso=event.occurred_at.isoformat(),
            what=_what(event),
            address=event.address or "",
        )
        for event in found
    ]


def _what(event: AuditEvent) -> str:
    words = _WORDS[Deed(event.deed)]
    service = str(event.details.get("credential", ""))
    if event.deed == Deed.SIGNED_IN and service in CredentialKind.values:
        return gettext("Signed in with {service}").format(service=CredentialKind(service).label)
    return str(_REASONS.get(event.reason, words))
