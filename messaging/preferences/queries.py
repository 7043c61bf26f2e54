"""What the settings page shows beside its forms: the address, the last email, the kinds of email."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AccountKind
from eligibility.models import Role
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.addresses import address_of, masked
from messaging.notifications.choices import ALWAYS, Handling
from messaging.notifications.kinds import KINDS, Audience
from smportal import times
from smportal.actor import Actor

_OUTCOMES: Final = {
    NotificationState.SENT: "sent",
    NotificationState.FAILED: "refused",
    NotificationState.EXPIRED: "given_up",
    NotificationState.PENDING: "delayed",
}
# Only real ones have a reason: history that was made up (the demo) expires without.
_GIVEN_UP = Q(state=NotificationState.EXPIRED) & ~Q(last_error="")
_TRIED = Q(state__in=_OUTCOMES.keys() - {NotificationState.EXPIRED}, attempts__gt=0)
_DIGESTS = {NotificationKind.DIGEST, NotificationKind.TEAM_DIGEST}
_WHEN: Final[dict[Handling, str | Promise]] = {
    Handling.NOW: gettext_lazy("Right away"),
    Handling.HELD: gettext_lazy("In the daily email"),
    Handling.NOT: gettext_lazy("Not sent"),
}


@dataclass(frozen=True, slots=True)
class LastEmail:
    """What became of the last email: "sent", "refused", "given_up" or "delayed"; to which address, masked."""

    outcome: str
    when: str
    address: str
    code: str
    # Whether the address is still the one that we write to.
    is_current: bool


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of email, and what happens to it under the choice made."""

    event: str
    when: str


def last_email(account: Account, zone: dt.tzinfo) -> LastEmail | None:
    """Return what became of the last email that a mail server was to take; None when there was none."""
    handled = Notification.objects.filter(_TRIED | _GIVEN_UP, recipient=account)
    row = handled.order_by("-created_at", "-id").first()
    if row is None:
        return None
    address = masked(address_of(account))
    return LastEmail(
        outcome=_OUTCOMES[NotificationState(row.state)],
        when=times.moment(row.sent_at or row.created_at, zone),
        address=row.sent_to or address,
        code=row.last_error,
        is_current=row.sent_to in {"", address},
    )


def kind_rows(actor: Actor, account: Account) -> list[KindRow]:
    """Return the kinds of email that may reach this person, with when each is sent now."""
    audiences = _audiences(actor, account)
    rows = []
    for name, kind in KINDS.items():
        if kind.audience in audiences and name not in _DIGESTS:
            when = _("Always sent, right away") if kind.rule is ALWAYS else str(_WHEN[kind.rule[account.wanted_emails]])
            rows.append(KindRow(str(kind.event), when))
    return rows


def _audiences(actor: Actor, account: Account) -> set[Audience]:
    if account.kind == AccountKind.VETERAN:
        return {Audience.VETERAN}
    found = {Audience.STAFF} if actor.staff_id is not None else set()
    if actor.has_role(Role.ADMINISTRATOR):
        found |= {Audience.STAFF, Audience.ADMINISTRATOR}
    if actor.has_role(Role.PRIVACY_OFFICER):
        found.add(Audience.PRIVACY_OFFICER)
    return found
