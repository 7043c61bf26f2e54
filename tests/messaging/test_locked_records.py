"""Open conversations of veterans who have died, are flagged or were merged: what staff see, and what the clock does."""

import uuid

import pytest
from django.test import Client

from accounts.models import VeteranRecord
from messaging.inbox import actions
from messaging.models import Message, Obligation
from messaging.response.actions import sweep
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import Refused
from tests import factories
from tests.messaging.threads import TUESDAY, Thread, fresh
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(db: None) -> Thread:
    return Thread()


def page_of(thread: Thread, message: Message) -> str:
    client = Client()
    assert thread.nurse.account is not None
    sign_in(client, thread.nurse.account)
    return client.get(f"/team/conversations/{message.conversation_id}/").text


@pytest.mark.parametrize(
    ("flag", "words"), [("deceased", "this veteran has died"), ("identity_theft", "possible identity theft")]
)
def test_nobody_is_answered_who_cannot_read_and_the_clock_goes_on_until_somebody_completes(
    thread: Thread, flag: str, words: str
) -> None:
    with clock.at(TUESDAY):
        message = thread.send()
        assert "Nobody can read an answer" not in page_of(thread, message)
        VeteranRecord.objects.filter(id=thread.record.id).update(**{flag: True})
        page = page_of(thread, message)
        assert words in page
        assert "Send answer" not in page
        with pytest.raises(Refused, match=words):
            thread.answer(message.conversation_id, "Please rest it.")
        client = Client()
        assert thread.nurse.account is not None
        sign_in(client, thread.nurse.account)
        posted = {"draft_id": str(uuid.uuid4()), "body": "Please rest it.", "send": "1"}
        refused = client.post(f"/team/conversations/{message.conversation_id}/reply/", posted)
        assert refused.status_code == 403
        assert "Please rest it." in refused.text, "what was typed comes back"
    assert sweep(now=Obligation.objects.get().due_at).overdue == 1
    actions.complete(
        actor=factories.staff_actor(thread.nurse), conversation_id=message.conversation_id, outcome="deceased"
    )
    assert (fresh(message).state, Obligation.objects.get().end) == ("completed", "handled")
    assert AuditEvent.objects.filter(deed="obligation_met", reason="handled").count() == 1
    assert not Message.objects.filter(side="staff").exists()


def test_a_merged_veteran_is_answered_as_before_and_staff_read_the_name_that_goes_on(thread: Thread) -> None:
    with clock.at(TUESDAY):
        message = thread.send()
        survivor = factories.make_record()
        VeteranRecord.objects.filter(id=survivor.id).update(first_name="Rosa", last_name="Survivor")
        VeteranRecord.objects.filter(id=thread.record.id).update(merged_into=survivor)
        assert "They go on under the name <bdi>Rosa" in page_of(thread, message)
        thread.answer(message.conversation_id)
    assert Obligation.objects.get().end == "answered"


def test_a_record_that_was_merged_into_that_of_somebody_who_died_is_not_answered(thread: Thread) -> None:
    with clock.at(TUESDAY):
        message = thread.send()
        VeteranRecord.objects.filter(id=thread.record.id).update(merged_into=factories.make_record(deceased=True))
        with pytest.raises(Refused, match="has died"):
            thread.answer(message.conversation_id)
