"""A GET reads. Only opening a conversation and showing a list to staff write, and what they write is named here."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from messaging.inbox import actions as team_actions
from messaging.mailbox import actions, drafts
from messaging.mailbox.content import DraftContent
from messaging.mailbox.folders import actions as folders
from messaging.search import actions as search_actions
from messaging.search.criteria import Criteria
from smportal.access import table
from tests import factories
from tests.consistency import urls
from tests.signing_in import sign_in

# What a GET may write besides its session's own row, by URL name.
DISCLOSING = {
    "mailbox_conversation": {"audit_append", "messaging_conversation"},
    "team_conversation": {"audit_append", "messaging_conversation", "messaging_messageopening"},
    "team_queue": {"audit_append"},
    "team_reminders": {"audit_append"},
    # Whom a text is for: the veteran's name.
    "team_start_write": {"audit_append"},
    # Who gets a text and who does not: veterans' names.
    "team_broadcast": {"audit_append"},
    # Choosing messages for the health record shows them; a note shows what it holds.
    "record_choose": {"audit_append", "messaging_conversation", "messaging_messageopening"},
    "team_reply_earlier": {"audit_append", "messaging_conversation", "messaging_messageopening"},
    "record_change": {"audit_append"},
    "record_note": {"audit_append"},
    "record_notes": {"audit_append"},
    # A page of results names in the trail what it shows.
    "mailbox_search_results": {"audit_append"},
    "team_search_results": {"audit_append"},
    # allauth notes the account's address for confirmation when it is shown for the first time.
    "account_email": {"account_emailaddress"},
    # The seed that waits in the session for its first code is sealed; the account's first one makes its key.
    "mfa_activate_totp": {"crypto_datakey"},
}
WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)|\b(audit_append)\b")
OWN_SESSION = {"django_session", "usersessions_usersession"}


class Written:
    """Collects the names of what statements write."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        for name, function in WRITES.findall(str(sql)):
            self.names.add(name or function)
        return execute(sql, params, many, context)


@pytest.fixture
def filled(db: None) -> dict[str, Any]:
    """Make one of everything, so that each page has something to show."""
    account, _, team = factories.make_eligible_veteran()
    veteran, nurse = factories.actor_for(account), factories.make_staff(team, leads=True)
    content = DraftContent(team_id=team.id, category="general", subject="Knee", body="It hurts.")
    message = actions.send(actor=veteran, draft_id=uuid.uuid4(), content=content)
    team_actions.reply(
        actor=factories.staff_actor(nurse), conversation_id=message.conversation_id, draft_id=uuid.uuid4(), body="Rest."
    )
    draft = drafts.save_draft(actor=veteran, draft_id=uuid.uuid4(), version=0, content=content)
    assert draft is not None
    folder = folders.create(actor=veteran, name="Diabetes")
    places = {
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "draft_id": draft.id,
        "team_id": team.id,
        "search_id": search_actions.keep(actor=veteran, criteria=Criteria(words="knee")),
        "folder_id": folder.id,
        "staff_id": factories.make_staff(team).id,
        "absence_id": factories.make_absence(nurse, factories.make_staff(team), team).id,
    }
    people = [account, nurse.account, factories.make_administrator()]
    return {"places": places, "people": people}


def test_no_get_writes_but_the_named_ones(filled: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for place, value in filled["places"].items():
        monkeypatch.setitem(urls.PLACES, place, value)
    opened = set()
    for account in filled["people"]:
        for name in sorted(name for name, rule in table().items() if "GET" in rule.methods):
            client = Client()
            sign_in(client, account)
            written = Written()
            with connection.execute_wrapper(written):
                response = client.get(urls.path_of(name))
            if response.status_code == 200:
                opened.add(name)
            assert written.names - OWN_SESSION <= DISCLOSING.get(name, set()), name
    assert "mailbox_search_results" in opened
    assert {
        "mailbox_conversation",
        "mailbox_folder",
        "team_conversation",
        "edit_draft",
        "sent_confirmation",
        "team_queue",
    } <= opened
