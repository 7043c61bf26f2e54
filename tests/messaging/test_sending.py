"""A send happens exactly once or not at all, and a refused one loses nothing."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import connections

from eligibility.models import CareTeam, Participation
from messaging.mailbox import actions, drafts
from messaging.mailbox.content import DraftContent
from messaging.mailbox.discarding.actions import delete_draft
from messaging.mailbox.drafts import DraftChangedElsewhere
from messaging.models import Conversation, Draft, Message, Obligation, Side, State
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound, Refused
from tests import factories

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


def content(team: CareTeam, **changes: Any) -> DraftContent:
    values: dict[str, Any] = {"team_id": team.id, "category": "general", "subject": "Knee", "body": "It hurts."}
    return DraftContent(**(values | changes))


@pytest.fixture
def veteran(db: None) -> tuple[Actor, CareTeam]:
    account, _, team = factories.make_eligible_veteran()
    return factories.actor_for(account), team


def test_a_send_makes_message_clock_and_audit_row(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    with clock.at(TUESDAY):
        message = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team))
    conversation = Conversation.objects.get()
    assert message.unseal_text("body_sealed") == "It hurts."
    assert conversation.unseal_text("subject_sealed") == "Knee"
    assert (conversation.state, conversation.number) == (State.NEW, message.number)
    assert conversation.due_at == dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    assert Obligation.objects.get().started_at == TUESDAY
    event = AuditEvent.objects.get(deed="message_sent")
    assert (event.subject_id, event.object_id) == (actor.record_id, str(message.id))


def test_sending_takes_the_draft_with_it(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    draft_id = uuid.uuid4()
    drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=content(team))
    actions.send(actor=actor, draft_id=draft_id, content=content(team))
    assert not Draft.objects.exists()
    with pytest.raises(Conflict):
        drafts.save_draft(actor=actor, draft_id=draft_id, version=1, content=content(team))


def test_a073_the_same_form_twice_sends_once(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    draft_id = uuid.uuid4()
    first = actions.send(actor=actor, draft_id=draft_id, content=content(team))
    second = actions.send(actor=actor, draft_id=draft_id, content=content(team))
    assert first.id == second.id
    assert (Message.objects.count(), Obligation.objects.count()) == (1, 1)


def test_a074_the_same_key_with_other_content_changes_nothing(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    draft_id = uuid.uuid4()
    actions.send(actor=actor, draft_id=draft_id, content=content(team))
    with pytest.raises(Conflict):
        actions.send(actor=actor, draft_id=draft_id, content=content(team, body="Something else"))
    assert Message.objects.get().unseal_text("body_sealed") == "It hurts."


def test_a073_two_posts_at_once_send_once(committed_db: Any) -> None:
    account, _, team = factories.make_eligible_veteran()
    actor, draft_id = factories.actor_for(account), uuid.uuid4()
    barrier, sent = threading.Barrier(4), []

    def post() -> None:
        barrier.wait()
        try:
            sent.append(actions.send(actor=actor, draft_id=draft_id, content=content(team)).id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 4
    assert len(set(sent)) == 1
    assert (Conversation.objects.count(), Message.objects.count(), Obligation.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("team", {"team_id": None}),
        ("category", {"category": ""}),
        ("category", {"category": "gossip"}),
        ("subject", {"subject": "  \u200b "}),
        ("subject", {"subject": "x" * 121}),
        ("subject", {"subject": "a\x07b"}),
        ("body", {"body": "\n \t\n"}),
        ("body", {"body": "x" * 10_001}),
        ("body", {"body": "nul\x00"}),
    ],
)
def test_a_field_at_fault_is_named_and_nothing_is_sent(
    veteran: tuple[Actor, CareTeam], field: str, changes: dict[str, Any]
) -> None:
    actor, team = veteran
    with pytest.raises(InvalidInput) as refused:
        actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team, **changes))
    assert refused.value.field == field
    assert not Message.objects.exists()


def test_text_is_kept_as_typed_but_for_normal_form(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    typed = "Cafe\u0301 \U0001f9bf\r\n<b>not bold</b> \u202egnp.exe\r\n"
    message = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team, body=typed))
    assert message.unseal_text("body_sealed") == "Café \U0001f9bf\n<b>not bold</b> \u202egnp.exe"
    longest = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team, body="x" * 9_999 + "\r\ny"[-1]))
    assert len(longest.unseal_text("body_sealed")) == 10_000


def test_a013_a_refused_send_keeps_the_text_and_is_on_record(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    Participation.objects.filter(team=team).update(opted_in=False)
    draft_id = uuid.uuid4()
    with pytest.raises(Refused):
        actions.send(actor=actor, draft_id=draft_id, content=content(team))
    assert drafts.content_of(Draft.objects.get(id=draft_id)).body == "It hurts."
    assert not Message.objects.exists()
    assert AuditEvent.objects.get(deed="send_refused").subject_id == actor.record_id


def test_a008_a_team_of_nobody_is_refused_like_an_unknown_one(veteran: tuple[Actor, CareTeam]) -> None:
    actor, _ = veteran
    other = factories.make_eligible_veteran()[2]
    texts = set()
    for team_id in (other.id, uuid.uuid4()):
        with pytest.raises(Refused) as refused:
            actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(other, team_id=team_id))
        texts.add((refused.value.code, refused.value.text, refused.value.field))
    assert [field for *_, field in texts] == ["team"]
    assert set(Draft.objects.values_list("team_id", flat=True)) == {None}


def test_a005_somebody_elses_draft_is_not_there(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    stranger = factories.actor_for(factories.make_eligible_veteran(team)[0])
    draft_id = uuid.uuid4()
    drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=content(team))
    for attempt in (
        lambda: drafts.save_draft(actor=stranger, draft_id=draft_id, version=1, content=content(team, body="stolen")),
        lambda: delete_draft(actor=stranger, draft_id=draft_id),
        lambda: actions.send(actor=stranger, draft_id=draft_id, content=content(team)),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert drafts.content_of(Draft.objects.get()).body == "It hurts."


def test_two_tabs_never_overwrite_each_other(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    draft_id = uuid.uuid4()
    opened = drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=content(team))
    assert opened is not None
    drafts.save_draft(actor=actor, draft_id=draft_id, version=opened.version, content=content(team, body="first tab"))
    with pytest.raises(DraftChangedElsewhere):
        drafts.save_draft(
            actor=actor, draft_id=draft_id, version=opened.version, content=content(team, body="second tab")
        )
    assert drafts.content_of(Draft.objects.get()).body == "first tab"


def test_an_empty_draft_is_not_kept(veteran: tuple[Actor, CareTeam]) -> None:
    actor, _ = veteran
    draft_id = uuid.uuid4()
    assert drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=DraftContent(subject=" ")) is None
    kept = drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=DraftContent(subject="Only this"))
    assert kept is not None
    assert drafts.save_draft(actor=actor, draft_id=draft_id, version=kept.version, content=DraftContent()) is None
    assert not Draft.objects.exists()


def test_a003_a_reply_to_somebody_elses_conversation_finds_nothing(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    stranger = factories.actor_for(factories.make_eligible_veteran(team)[0])
    conversation_id = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team)).conversation_id
    with pytest.raises(NotFound):
        actions.reply(actor=stranger, conversation_id=conversation_id, draft_id=uuid.uuid4(), body="Hello")
    assert Message.objects.count() == 1


def test_a_reply_joins_the_open_clock_and_does_not_move_it(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    with clock.at(TUESDAY):
        first = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team))
    with clock.at(TUESDAY + dt.timedelta(days=1)):
        actions.reply(actor=actor, conversation_id=first.conversation_id, draft_id=uuid.uuid4(), body="And one more")
    assert Obligation.objects.get().started_at == TUESDAY
    assert Conversation.objects.get().due_at == dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    assert Conversation.objects.get().message_count == 2


@pytest.mark.parametrize(
    ("age", "accepted"), [(dt.timedelta(days=45), True), (dt.timedelta(days=45, seconds=1), False)]
)
def test_a080_the_reply_window_ends_after_45_days(
    veteran: tuple[Actor, CareTeam], age: dt.timedelta, *, accepted: bool
) -> None:
    actor, team = veteran
    with clock.at(TUESDAY):
        first = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team))
    draft_id = uuid.uuid4()
    with clock.at(TUESDAY + age):
        if accepted:
            actions.reply(actor=actor, conversation_id=first.conversation_id, draft_id=draft_id, body="Late")
            return
        with pytest.raises(Refused) as refused:
            actions.reply(actor=actor, conversation_id=first.conversation_id, draft_id=draft_id, body="Too late")
    assert refused.value.code == "window_closed"
    assert drafts.content_of(Draft.objects.get(id=draft_id)).body == "Too late"


def test_f001_what_is_not_committed_whole_is_not_there_at_all(
    veteran: tuple[Actor, CareTeam], monkeypatch: pytest.MonkeyPatch
) -> None:
    actor, team = veteran

    def fail(*_: Any) -> None:
        raise RuntimeError

    # The last step of a send.
    monkeypatch.setattr(actions, "tell_team", fail)
    with pytest.raises(RuntimeError):
        actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team))
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Obligation.objects.exists()


def test_sides_are_told_apart(veteran: tuple[Actor, CareTeam]) -> None:
    actor, team = veteran
    message = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content(team))
    assert (message.side, message.author_account_id) == (Side.VETERAN, actor.account_id)
    assert not Draft.objects.exists()
