"""Automatic acknowledgements: when, how often, in which words; and that nothing but the thread knows of them."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from eligibility.models import CareTeam, TeamMembership
from messaging.acknowledging import actions
from messaging.inbox import actions as team_actions
from messaging.inbox import queries
from messaging.inbox.queries import Queue
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.models import Absence, Closure, Conversation, Message, Notification, Obligation
from messaging.models.message import MessageKind
from messaging.response.actions import sweep
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, Refused
from tests import factories
from tests.messaging.threads import Thread, fresh
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
ENGLISH, SPANISH = "We are closed.", "Estamos cerrados."


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """Return an instant of March 2026 on the wall clock of New York before the clocks change (the 2nd is a Monday)."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=-5)))


def turn_on(thread: Thread, when: str) -> None:
    actions.set_acknowledgement(
        actor=Actor.system("test"), team_id=thread.team.id, when=when, text=ENGLISH, text_es=SPANISH
    )


def automatic() -> list[Message]:
    return list(Message.objects.filter(kind=MessageKind.ACKNOWLEDGEMENT).order_by("sent_at"))


@pytest.fixture
def thread(db: None) -> Thread:
    return Thread()


@pytest.mark.parametrize(
    ("when", "sent", "expected"),
    [
        ("off", at(3, 10), 0),
        ("off", at(3, 20), 0),
        ("always", at(3, 10), 1),
        ("always", at(3, 20), 1),
        ("closed", at(3, 10), 0),
        ("closed", at(3, 8), 0),
        ("closed", at(3, 7, 59), 1),
        ("closed", at(3, 16, 59), 0),
        ("closed", at(3, 17), 1),
        ("closed", at(7, 12), 1),
        # Martin Luther King Day, and a day that an administrator has closed.
        ("closed", dt.datetime(2026, 1, 19, 17, tzinfo=dt.UTC), 1),
        ("closed", at(5, 12), 1),
    ],
)
def test_it_is_sent_when_the_teams_setting_says_so(thread: Thread, when: str, sent: dt.datetime, expected: int) -> None:
    snow = at(5, 0).date()
    Closure.objects.create(
        facility=thread.team.facility, first_date=snow, last_date=snow, reason="Snow", created_at=at(1, 0)
    )
    turn_on(thread, when)
    with clock.at(sent):
        thread.send()
    assert len(automatic()) == expected


def test_closed_is_in_the_facilitys_zone(thread: Thread) -> None:
    thread.team.facility.time_zone = "Pacific/Honolulu"
    thread.team.facility.save()
    turn_on(thread, "closed")
    with clock.at(dt.datetime(2026, 3, 3, 14, tzinfo=dt.UTC)):
        thread.send("Four in the morning there")
    with clock.at(dt.datetime(2026, 3, 4, 2, tzinfo=dt.UTC)):
        thread.send("Four in the afternoon there")
    assert len(automatic()) == 1


def test_in_one_conversation_it_is_sent_once_for_each_time_the_team_is_closed(thread: Thread) -> None:
    turn_on(thread, "closed")
    with clock.at(at(3, 20)):
        message = thread.send()
    sent = []
    for moment in (at(3, 21), at(4, 6), at(4, 10), at(4, 19), at(6, 18), at(7, 12), at(8, 12)):
        with clock.at(moment):
            thread.reply(message.conversation_id)
        sent.append(len(automatic()))
    # The evening, the next one, and the weekend from Friday on.
    assert sent == [1, 1, 1, 2, 3, 3, 3]
    with clock.at(at(8, 13)):
        thread.send("Another conversation")
    assert len(automatic()) == 4


def test_always_acknowledges_what_starts_a_wait_and_not_what_joins_it(thread: Thread) -> None:
    turn_on(thread, "always")
    with clock.at(at(3, 10)):
        message = thread.send()
    with clock.at(at(3, 11)):
        thread.reply(message.conversation_id)
    assert len(automatic()) == 1
    with clock.at(at(3, 12)):
        thread.answer(message.conversation_id)
    with clock.at(at(3, 13)):
        thread.reply(message.conversation_id)
    assert len(automatic()) == 2


def test_with_nobody_on_duty_it_is_sent_once_for_the_whole_absence(thread: Thread) -> None:
    turn_on(thread, "closed")
    members = [row.staff for row in TeamMembership.objects.filter(team=thread.team)]
    for staff in members[1:]:
        Absence.objects.create(
            staff=staff, first_date=at(2, 0).date(), last_date=at(13, 0).date(), entered_at=at(1, 12)
        )
    with clock.at(at(3, 10)):
        message = thread.send()
    assert automatic() == [], "one is there still"
    Absence.objects.create(
        staff=members[0], first_date=at(4, 0).date(), last_date=at(6, 0).date(), entered_at=at(1, 12)
    )
    sent = []
    for moment in (at(4, 10), at(4, 20), at(5, 10), at(6, 18), at(7, 10)):
        with clock.at(moment):
            thread.reply(message.conversation_id)
        sent.append(len(automatic()))
    # Saturday the 7th: the last one is back, and the team is closed.
    assert sent == [1, 1, 1, 1, 2]


def test_a_team_that_everybody_has_left_is_unattended(thread: Thread) -> None:
    turn_on(thread, "closed")
    TeamMembership.objects.filter(team=thread.team).update(ended_at=at(2, 12))
    with clock.at(at(3, 10)):
        thread.send()
    assert len(automatic()) == 1


def test_it_is_marked_and_signed_by_the_team_and_nothing_else_knows_of_it(thread: Thread) -> None:
    turn_on(thread, "always")
    with clock.at(at(3, 10)):
        message = thread.send()
        (entry,) = automatic()
        conversation = fresh(message)
        nurse = factories.staff_actor(thread.nurse)
        assert queries.queue_counts(nurse)[Queue.UNASSIGNED] == 1
    assert entry.unseal_text("body_sealed") == ENGLISH
    assert (entry.side, entry.author_name, entry.author_staff_id) == ("staff", thread.team.public_name, None)
    assert entry.sent_at > message.sent_at
    # The veteran's message is the last one, unanswered and unread, and waits; nobody was emailed.
    assert (conversation.last_from, conversation.last_message_at) == ("veteran", message.sent_at)
    assert (conversation.state, conversation.veteran_unread, conversation.team_unread) == ("new", False, True)
    assert conversation.message_count == Message.objects.count() == 2
    clock_of = Obligation.objects.get()
    assert (clock_of.ended_at, clock_of.answered_minutes, conversation.due_at) == (None, None, clock_of.due_at)
    assert not Notification.objects.exists()
    assert sweep(now=clock_of.due_at).overdue == 1
    rows = AuditEvent.objects.filter(deed="message_sent", object_id=str(entry.id))
    assert [row.details["acknowledges"] for row in rows] == [str(message.id)]


def test_an_answer_does_not_cross_it(thread: Thread) -> None:
    turn_on(thread, "always")
    with clock.at(at(3, 10)):
        message = thread.send()
        nurse = factories.staff_actor(thread.nurse)
    with clock.at(at(3, 11)):
        team_actions.reply(
            actor=nurse,
            conversation_id=message.conversation_id,
            draft_id=uuid.uuid4(),
            body="Rest.",
            seen_until=fresh(message).last_message_at,
        )
    assert Obligation.objects.get().end == "answered"


def test_a_message_that_is_sent_twice_is_acknowledged_once(thread: Thread) -> None:
    turn_on(thread, "always")
    content, draft_id = DraftContent(thread.team.id, "general", "Knee", "It hurts."), uuid.uuid4()
    for _ in range(2):
        mailbox_actions.send(actor=thread.veteran, draft_id=draft_id, content=content)
    assert Message.objects.count() == 2


def test_a_send_that_fails_after_it_leaves_neither(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_on(thread, "always")

    def fail(*_: object) -> None:
        assert Message.objects.count() == 2, "both are written before the failure"
        raise RuntimeError("the lights went out")

    monkeypatch.setattr(mailbox_actions, "tell_team", fail)
    with pytest.raises(RuntimeError):
        thread.send()
    assert (Message.objects.count(), Conversation.objects.count()) == (0, 0)


def test_it_speaks_the_language_that_the_veteran_reads(thread: Thread) -> None:
    turn_on(thread, "always")
    with translation.override("es"):
        thread.send()
    assert automatic()[0].unseal_text("body_sealed") == SPANISH


def test_the_veteran_sees_it_on_the_confirmation_and_in_the_conversation(thread: Thread) -> None:
    turn_on(thread, "always")
    with clock.at(at(3, 10)):
        message = thread.send()
        client = Client()
        sign_in(client, thread.account)
        confirmation = client.get(f"/messages/sent/{message.id}/").text
        assert ENGLISH in confirmation
        assert "It is not the answer to your message" in confirmation
        page = client.get(f"/messages/{message.conversation_id}/").text
        assert page.count("Automatic reply") == 1
        assert "Answer due by" in page


def test_leads_and_administrators_in_scope_set_it_and_nobody_else(thread: Thread) -> None:
    lead = factories.make_staff(thread.team, leads=True)
    other_lead = factories.make_staff(factories.make_team(facility=thread.team.facility), leads=True)
    administrator = factories.make_administrator(thread.team.facility)
    stranger = factories.make_administrator(factories.make_facility())
    text: dict[str, Any] = {"team_id": thread.team.id, "when": "always", "text": ENGLISH, "text_es": SPANISH}
    for actor in (
        factories.staff_actor(thread.nurse),
        factories.staff_actor(other_lead),
        factories.actor_for(stranger),
        factories.actor_for(administrator, second_factor=False),
        thread.veteran,
    ):
        with pytest.raises(Refused):
            actions.set_acknowledgement(actor=actor, **text)
    assert CareTeam.objects.get(id=thread.team.id).acknowledgement == "off"
    for actor in (factories.staff_actor(lead), factories.actor_for(administrator)):
        actions.set_acknowledgement(actor=actor, **text)
    (row,) = AuditEvent.objects.filter(deed="team_changed")
    assert (row.details["from"], row.details["to"]) == ("off", "always")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"when": "sometimes"}, "acknowledgement"),
        ({"text": " \n"}, "acknowledgement_text"),
        ({"text_es": ""}, "acknowledgement_text_es"),
        ({"text": "x" * 1001}, "acknowledgement_text"),
        ({"text": "a\x00b"}, "acknowledgement_text"),
    ],
)
def test_words_that_cannot_be_sent_are_refused_beside_their_field(
    thread: Thread, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        actions.set_acknowledgement(
            actor=Actor.system("test"),
            team_id=thread.team.id,
            **{"when": "always", "text": ENGLISH, "text_es": SPANISH, **changes},
        )
    assert refused.value.field == field


def test_a_lead_sets_it_on_a_page_that_others_do_not_have(thread: Thread) -> None:
    lead = factories.make_staff(thread.team, leads=True)
    assert lead.account is not None
    assert thread.nurse.account is not None
    client, colleague = Client(), Client()
    sign_in(client, lead.account)
    sign_in(colleague, thread.nurse.account)
    page = f"/team/settings/{thread.team.id}/"
    assert colleague.get(page).status_code == colleague.get("/team/settings/").status_code == 404
    assert colleague.post(page, {}).status_code == 404
    assert "nobody has read it yet" in client.get(page).text, "the standard text to start from"
    posted = {"acknowledgement": "closed", "acknowledgement_text": "<b>Hi</b> {name}", "acknowledgement_text_es": ""}
    wrong = client.post(page, posted)
    assert wrong.status_code == 400
    assert "&lt;b&gt;Hi&lt;/b&gt; {name}" in wrong.text, "what was typed comes back, as text"
    answer = client.post(page, {**posted, "acknowledgement_text_es": "Hola"}, follow=True)
    assert "was saved" in answer.text
    with clock.at(at(3, 20)):
        thread.send()
        veteran = Client()
        sign_in(veteran, thread.account)
        assert "&lt;b&gt;Hi&lt;/b&gt; {name}" in veteran.get(f"/messages/{automatic()[0].conversation_id}/").text
