"""Moving and marking: for all that are named or for none, and back again."""

import uuid

import pytest

from messaging.inbox import actions as team_actions
from messaging.mailbox.moving import actions
from messaging.mailbox.moving.spots import INBOX, TRASH
from messaging.models import Conversation
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, NotFound
from tests import factories
from tests.messaging.mailbox.owner import Owner


@pytest.fixture
def owner(db: None) -> Owner:
    return Owner()


def test_one_that_is_not_the_veterans_stops_all(owner: Owner) -> None:
    mine, theirs = owner.conversation(veteran_unread=True), Owner(owner.team).conversation()
    for other in (theirs, uuid.uuid4()):
        with pytest.raises(NotFound):
            actions.move(actor=owner.actor, conversation_ids=[mine, other], target=TRASH)
        with pytest.raises(NotFound):
            actions.set_read(actor=owner.actor, conversation_ids=[mine, other], read=True)
    row = Conversation.objects.get(id=mine)
    assert (row.place, row.veteran_unread) == ("inbox", True)
    assert not AuditEvent.objects.filter(deed="conversation_moved").exists()


@pytest.mark.parametrize("ids", [[], [uuid.UUID(int=number) for number in range(101)]])
def test_none_and_too_many_are_an_error(owner: Owner, ids: list[uuid.UUID]) -> None:
    with pytest.raises(InvalidInput):
        actions.move(actor=owner.actor, conversation_ids=ids, target=TRASH)


def test_each_move_is_on_record_without_the_folders_name(owner: Owner) -> None:
    one, two, spot = owner.conversation(), owner.conversation(), owner.folder("Secret illness")
    actions.move(actor=owner.actor, conversation_ids=[one, two], target=spot)
    events = AuditEvent.objects.filter(deed="conversation_moved")
    assert {event.object_id for event in events} == {str(one), str(two)}
    assert {(event.details["from"], event.details["to"]) for event in events} == {("inbox", str(spot))}


def test_an_undo_leaves_what_was_moved_again_since(owner: Owner) -> None:
    one, two, spot = owner.conversation(), owner.conversation(), owner.folder()
    moved = actions.move(actor=owner.actor, conversation_ids=[one, two], target=TRASH)
    actions.move(actor=owner.actor, conversation_ids=[two], target=spot)
    assert actions.undo(actor=owner.actor, moved=moved) == 1
    assert (owner.listed(INBOX), owner.listed(spot)) == ([one], [two])


def test_an_answer_comes_back_from_the_trash_and_stays_in_a_folder(owner: Owner) -> None:
    thrown, filed, spot = owner.conversation(), owner.conversation(), owner.folder()
    actions.move(actor=owner.actor, conversation_ids=[thrown], target=TRASH)
    actions.move(actor=owner.actor, conversation_ids=[filed], target=spot)
    nurse = factories.staff_actor(factories.make_staff(owner.team))
    for one in (thrown, filed):
        team_actions.reply(actor=nurse, conversation_id=one, draft_id=uuid.uuid4(), body="Rest it.")
    assert (owner.listed(INBOX), owner.listed(TRASH), owner.listed(spot)) == ([thrown], [], [filed])
    assert owner.shelves().unread == 2


def test_one_veterans_trash_moves_nothing_of_the_teams_view(owner: Owner) -> None:
    one = owner.conversation()
    actions.move(actor=owner.actor, conversation_ids=[one], target=TRASH)
    nurse = factories.staff_actor(factories.make_staff(owner.team))
    assert team_actions.visible(nurse, one).id == one
