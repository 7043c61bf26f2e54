"""New conversations that refer to earlier ones: after 45 days, and with another team."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from messaging.around import around
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.continuing import References, continue_conversation, copy_to_another_team, references
from messaging.mailbox.drafts import content_of, save_draft
from messaging.models import Conversation, Draft, Message, Side
from messaging.permissions import reach_of
from smportal import clock
from smportal.actor import Actor
from smportal.errors import Conflict, NotFound, Refused
from tests import factories
from tests.messaging.threads import DAY, TUESDAY, Thread, fresh
from tests.signing_in import sign_in

LATE = TUESDAY + 46 * DAY


@pytest.fixture
def thread(db: None) -> Thread:
    return Thread()


def seen_by(actor: Actor, conversation: Conversation) -> References:
    """Return what the page of a conversation names beside it."""
    page, side = ("team_conversation", Side.STAFF) if actor.staff_id else ("mailbox_conversation", Side.VETERAN)
    return references(reach_of(actor), conversation, page, around=around(conversation, side))


@pytest.fixture
def old(thread: Thread) -> Message:
    with clock.at(TUESDAY):
        return thread.send()


def test_the_window_counts_from_the_last_message_of_either_side(thread: Thread, old: Message) -> None:
    with clock.at(TUESDAY + 40 * DAY):
        thread.answer(old.conversation_id)
    with clock.at(TUESDAY + 85 * DAY):
        with pytest.raises(Conflict):
            continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
        thread.reply(old.conversation_id)
    with clock.at(TUESDAY + 131 * DAY):
        continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)


def test_continuing_starts_a_new_conversation_that_refers_to_the_earlier_one(thread: Thread, old: Message) -> None:
    with clock.at(LATE):
        draft = continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
        again = continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
        content = content_of(draft)
        sent = actions.send(
            actor=thread.veteran,
            draft_id=draft.id,
            content=DraftContent(content.team_id, content.category, content.subject, "It came back."),
        )
    assert again.id == draft.id
    assert (content.team_id, content.category, content.subject) == (thread.team.id, "general", "Knee pain")
    assert sent.conversation.continues_id == old.conversation_id
    assert sent.conversation.copy_of_id is None
    seen = seen_by(factories.staff_actor(thread.nurse), sent.conversation)
    assert seen.earlier is not None
    assert seen.earlier.url == reverse("team_conversation", args=[old.conversation_id])
    back = seen_by(thread.veteran, fresh(old))
    assert [later.number for later in back.later] == [sent.number]


def test_an_unsent_reply_goes_along(thread: Thread, old: Message) -> None:
    with clock.at(TUESDAY):
        reply = save_draft(
            actor=thread.veteran,
            draft_id=uuid.uuid4(),
            version=0,
            content=DraftContent(body="Not finished"),
            conversation_id=old.conversation_id,
        )
    assert reply is not None
    with clock.at(LATE):
        draft = continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
    assert (draft.id, draft.conversation_id) == (reply.id, None)
    assert content_of(draft) == DraftContent(thread.team.id, "general", "Knee pain", "Not finished")
    assert Draft.objects.get().continues_id == old.conversation_id


def test_an_emptied_draft_still_refers_to_the_earlier_conversation(thread: Thread, old: Message) -> None:
    with clock.at(LATE):
        draft = continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
        save_draft(actor=thread.veteran, draft_id=draft.id, version=draft.version, content=DraftContent())
    assert Draft.objects.get().continues_id == old.conversation_id


def test_a080_a_stale_reply_is_refused_with_its_text_kept_and_the_way_on(thread: Thread, old: Message) -> None:
    browser = Client()
    with clock.at(LATE):
        sign_in(browser, thread.account)
        typed = {"draft_id": uuid.uuid4(), "version": 0, "body": "Written on an old page", "send": "1"}
        refused = browser.post(reverse("mailbox_reply", args=[old.conversation_id]), typed)
        page = refused.content.decode()
        assert refused.status_code == 403
        assert "more than 45 days old" in page
        assert "Written on an old page" in page
        assert 'name="go_on"' in page
        gone_on = browser.post(reverse("mailbox_continue", args=[old.conversation_id]), follow=True)
    form = gone_on.content.decode()
    assert "Written on an old page" in form
    assert "This continues your conversation with" in form
    assert Message.objects.count() == 1


def test_continuing_needs_what_any_new_message_needs_and_keeps_the_draft(thread: Thread, old: Message) -> None:
    with clock.at(LATE):
        draft = continue_conversation(actor=thread.veteran, conversation_id=old.conversation_id)
        factories.block(thread.record, team=thread.team)
        with pytest.raises(Refused):
            actions.send(
                actor=thread.veteran,
                draft_id=draft.id,
                content=DraftContent(thread.team.id, "general", "Knee pain", "It came back."),
            )
    kept = Draft.objects.get()
    assert (kept.id, kept.continues_id, content_of(kept).body) == (draft.id, old.conversation_id, "It came back.")
    assert Conversation.objects.count() == 1


def test_a_copy_goes_to_another_team_which_learns_only_number_and_team(thread: Thread, old: Message) -> None:
    other = factories.make_team()
    colleague = factories.make_staff(other)
    factories.participate(colleague, other)
    factories.associate(thread.record, other)
    draft = copy_to_another_team(actor=thread.veteran, message_id=old.id)
    assert copy_to_another_team(actor=thread.veteran, message_id=old.id).id == draft.id
    assert content_of(draft) == DraftContent(None, "general", "Knee pain", "It hurts when I climb stairs.")
    sent = actions.send(
        actor=thread.veteran,
        draft_id=draft.id,
        content=DraftContent(other.id, "general", "Knee pain", "It hurts. The other team said to ask you."),
    )
    assert (sent.conversation.continues_id, sent.conversation.copy_of_id) == (old.conversation_id, old.id)
    theirs = seen_by(factories.staff_actor(colleague), sent.conversation).earlier
    assert theirs is not None
    assert (theirs.number, theirs.is_copy, theirs.url) == (old.conversation.number, True, "")
    first_team = seen_by(factories.staff_actor(thread.nurse), fresh(old))
    assert first_team.later == ()


def test_only_own_messages_of_one_s_own_can_be_copied(thread: Thread, old: Message) -> None:
    with clock.at(TUESDAY):
        answer = thread.answer(old.conversation_id)
    stranger = factories.actor_for(factories.make_eligible_veteran(thread.team)[0])
    for actor, message_id in ((thread.veteran, answer.id), (stranger, old.id), (thread.veteran, uuid.uuid4())):
        with pytest.raises(NotFound):
            copy_to_another_team(actor=actor, message_id=message_id)
    with clock.at(LATE), pytest.raises(NotFound):
        continue_conversation(actor=stranger, conversation_id=old.conversation_id)
    assert not Draft.objects.exists()
