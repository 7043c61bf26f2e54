"""A conversation behind glass, and who stands before it."""

import datetime as dt
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from messaging.models import (
    BreakGlassUse,
    InternalNote,
)
from messaging.response.actions import start_obligation
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import make_conversation, make_message
from tests.signing_in import sign_in

NOW = dt.datetime(2026, 3, 4, 15, tzinfo=dt.UTC)
REASON = "The veteran called: <b>bloodcanary</b> results must be found."
OPEN = reverse("admin:messaging_breakglassuse_open")
LIST = reverse("admin:messaging_breakglassuse_changelist")
WORDS = ("zebracanary is well", "About zebracanary", "notecanary", "bloodcanary")


def shown_again(client: Client, account: Account, *, kind: str = "totp", again: bool = True, ago: float = 0) -> None:
    """Leave behind in the session what showing a factor again leaves behind."""
    session = client.session
    entry = {"method": "mfa", "type": kind, "at": clock.now().timestamp() - ago} | (
        {"reauthenticated": True} if again else {}
    )
    if kind == "password":
        entry["method"] = "password"
    session["account_authentication_methods_user"] = str(account.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [entry]
    session.save()


class Glass:
    """A conversation with a note and a running clock; who administers its facility, and who judges."""

    def __init__(self) -> None:
        self.conversation = make_conversation()
        self.facility = self.conversation.team.facility
        make_message(self.conversation)
        nurse = factories.make_staff(self.conversation.team)
        note = InternalNote(
            conversation=self.conversation,
            record_id=self.conversation.record_id,
            author_staff=nurse,
            created_at=NOW,
            draft_id=self.conversation.id,
        )
        note.seal_text("body_sealed", "Tell her notecanary.")
        note.save(force_insert=True)
        with transaction.atomic():
            start_obligation(actor=Actor.system("test"), conversation=self.conversation, at=NOW)
        self.account = factories.make_administrator(self.facility)
        self.officer = factories.make_administrator(self.facility, role="privacy_officer")
        self.client = self.browser_of(self.account)

    def browser_of(self, account: Account) -> Client:
        client = Client()
        sign_in(client, account)
        shown_again(client, account)
        return client

    def ask(self, client: Client | None = None, **data: str) -> Any:
        asked = {"number": str(self.conversation.number), "reason": REASON, **data}
        return (client or self.client).post(OPEN, asked)

    def opened(self) -> BreakGlassUse:
        response = self.ask()
        assert response.status_code == 302, response.content.decode()
        return BreakGlassUse.objects.get(account=self.account)


def content_of(use: BreakGlassUse) -> str:
    return reverse("admin:messaging_breakglassuse_conversation", args=[use.id])


def page_of(use: BreakGlassUse) -> str:
    return reverse("admin:messaging_breakglassuse_change", args=[use.id])


def events(deed: str, **values: Any) -> int:
    return AuditEvent.objects.filter(deed=deed, **values).count()


def later(**span: int) -> Any:
    return clock.at(NOW + dt.timedelta(**span))
