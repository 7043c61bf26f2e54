"""Counts and places agree with a recount, whatever happens in whatever order; and nobody can write a count."""

import os
import uuid
from collections import Counter
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from messaging import disclosure
from messaging.inbox import actions as team_actions
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.folders import actions as folders
from messaging.mailbox.folders.queries import Tally
from messaging.mailbox.moving import actions as moving
from messaging.mailbox.moving.spots import INBOX, TRASH, Spot
from messaging.models import Conversation, MailboxTally
from messaging.models.folder import NO_FOLDER
from smportal.errors import Conflict, NotFound
from tests import factories
from tests.messaging.mailbox.owner import Owner

pytestmark = pytest.mark.django_db
ANY = st.integers(min_value=0, max_value=1_000)


class Mailbox(RuleBasedStateMachine):
    """A veteran whose old record was merged into the present one, and everything that moves or marks a conversation."""

    @initialize()
    def begin(self) -> None:
        self.owner = Owner()
        self.old = factories.make_record(merged_into=self.owner.record)
        self.nurse = factories.staff_actor(factories.make_staff(self.owner.team))
        self.where: dict[uuid.UUID, Spot] = {}
        self.unread: dict[uuid.UUID, bool] = {}
        # What came with the old record is out of sight while that is no longer merged into the present one.
        self.old_ones: set[uuid.UUID] = set()
        self.merged = True
        self.folders: list[Spot] = []
        self.last: list[moving.Moved] = []

    def chosen(self, picks: list[int]) -> list[uuid.UUID]:
        known = list(self.visible())
        return sorted({known[pick % len(known)] for pick in picks})

    def visible(self) -> dict[uuid.UUID, Spot]:
        return {one: spot for one, spot in self.where.items() if self.merged or one not in self.old_ones}

    @rule()
    def merge_or_take_out_again(self) -> None:
        self.merged = not self.merged
        self.old.merged_into = self.owner.record if self.merged else None
        self.old.save(update_fields=["merged_into"])

    def target(self, pick: int) -> Spot:
        places = [INBOX, TRASH, *self.folders]
        return places[pick % len(places)]

    @rule(old=st.booleans(), unread=st.booleans())
    def the_team_writes(self, old: bool, unread: bool) -> None:
        made = self.owner.conversation(record=self.old if old else None, veteran_unread=unread)
        self.where[made], self.unread[made] = INBOX, unread
        if old:
            self.old_ones.add(made)

    @rule()
    def the_veteran_writes(self) -> None:
        content = DraftContent(team_id=self.owner.team.id, category="general", subject="Knee", body="It hurts.")
        made = actions.send(actor=self.owner.actor, draft_id=uuid.uuid4(), content=content).conversation_id
        self.where[made], self.unread[made] = INBOX, False

    @precondition(lambda self: self.visible())
    @rule(pick=ANY)
    def the_team_answers(self, pick: int) -> None:
        (one,) = self.chosen([pick])
        team_actions.reply(actor=self.nurse, conversation_id=one, draft_id=uuid.uuid4(), body="Rest it.")
        self.unread[one] = True
        if self.where[one] == TRASH:
            self.where[one] = INBOX

    @precondition(lambda self: self.visible())
    @rule(picks=st.lists(ANY, min_size=1, max_size=6), to=ANY)
    def move(self, picks: list[int], to: int) -> None:
        ids, target = self.chosen(picks), self.target(to)
        self.last = moving.move(actor=self.owner.actor, conversation_ids=ids, target=target)
        assert {each.id for each in self.last} == {each for each in ids if self.where[each] != target}
        self.where |= dict.fromkeys(ids, target)

    @rule()
    def undo(self) -> None:
        if not self.last:
            return
        if not {each.id for each in self.last} <= self.visible().keys():
            with pytest.raises(NotFound):
                moving.undo(actor=self.owner.actor, moved=self.last)
            return
        back = [each for each in self.last if self.where[each.id] == each.after]
        assert moving.undo(actor=self.owner.actor, moved=self.last) == len(back)
        for each in back:
            gone = each.before.folder_id and each.before not in self.folders
            self.where[each.id] = INBOX if gone else each.before
        self.last = []

    @precondition(lambda self: self.visible())
    @rule(picks=st.lists(ANY, min_size=1, max_size=6), read=st.booleans())
    def mark(self, picks: list[int], read: bool) -> None:
        ids = self.chosen(picks)
        moving.set_read(actor=self.owner.actor, conversation_ids=ids, read=read)
        self.unread |= dict.fromkeys(ids, not read)

    @precondition(lambda self: self.visible())
    @rule(pick=ANY)
    def read(self, pick: int) -> None:
        (one,) = self.chosen([pick])
        disclosure.disclose(actor=self.owner.actor, conversation_id=one)
        self.unread[one] = False

    @precondition(lambda self: len(self.folders) < 4)
    @rule()
    def make_folder(self) -> None:
        self.folders.append(self.owner.folder(f"Folder {uuid.uuid4().hex[:8]}"))

    @precondition(lambda self: self.folders)
    @rule(pick=ANY)
    def remove_folder(self, pick: int) -> None:
        spot = self.folders[pick % len(self.folders)]
        assert spot.folder_id is not None
        if spot in self.visible().values():
            with pytest.raises(Conflict):
                folders.remove(actor=self.owner.actor, folder_id=spot.folder_id)
        else:
            folders.remove(actor=self.owner.actor, folder_id=spot.folder_id)
            self.folders.remove(spot)
            self.where |= {one: INBOX for one, where in self.where.items() if where == spot}

    @invariant()
    def counts_and_lists_say_what_happened(self) -> None:
        if not hasattr(self, "owner"):
            return
        visible = self.visible()
        total = Counter(visible.values())
        unread = Counter(spot for one, spot in visible.items() if self.unread[one])
        found = self.owner.shelves()
        assert (found.inbox, found.trash) == (Tally(total[INBOX], unread[INBOX]), Tally(total[TRASH], unread[TRASH]))
        by_id = {folder.id: Tally(folder.total, folder.unread) for folder in found.folders}
        assert by_id == {spot.folder_id: Tally(total[spot], unread[spot]) for spot in self.folders}
        for spot in (INBOX, TRASH, *self.folders):
            assert sorted(self.owner.listed(spot)) == sorted(one for one, place in visible.items() if place == spot)


def test_counts_and_places_agree_with_a_recount_whatever_happens() -> None:
    limits = settings(
        max_examples=200 if os.environ.get("FULL") else 12,
        stateful_step_count=50 if os.environ.get("FULL") else 24,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Mailbox, settings=limits)
    # Over everybody at once: the table holds what a recount finds, and no row too many.
    recount: Counter[tuple[Any, ...]] = Counter(
        Conversation.objects.values_list("record_id", "place", "folder_id", "veteran_unread")
    )
    expected: dict[tuple[object, ...], list[int]] = {}
    for (record, place, folder, unread), count in recount.items():
        tally = expected.setdefault((record, place, NO_FOLDER if folder is None else folder), [0, 0])
        tally[0] += count
        tally[1] += count * unread
    kept = MailboxTally.objects.values_list("record_id", "place", "folder_key", "total", "unread")
    assert {row[:3]: list(row[3:]) for row in kept} == expected


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE messaging_mailboxtally SET unread = 0",
        "DELETE FROM messaging_mailboxtally",
        "INSERT INTO messaging_mailboxtally SELECT * FROM messaging_mailboxtally",
        "SELECT mailbox_tally_add(gen_random_uuid(), 'inbox', gen_random_uuid(), 1, 1)",
    ],
)
def test_the_application_cannot_write_a_count(statement: str) -> None:
    Owner().conversation()
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_lies_in_a_folder_of_a_record_that_was_merged_by_mistake_shows_in_the_inbox() -> None:
    owner = Owner()
    old = factories.make_record(merged_into=owner.record)
    account = factories.make_account(old)
    one, spot = owner.conversation(record=old, veteran_unread=True), owner.folder()
    moving.move(actor=owner.actor, conversation_ids=[one], target=spot)
    old.merged_into = None
    old.save(update_fields=["merged_into"])
    other = Owner()
    other.record, other.actor = old, factories.actor_for(account)
    assert owner.listed(spot) == []
    assert other.listed(INBOX) == [one]
    assert (other.shelves().inbox, other.shelves().folders) == (Tally(1, 1), ())
    # It does not keep the folder from being removed, where nobody would find what is still in it.
    folders.remove(actor=owner.actor, folder_id=uuid.UUID(str(spot)))
    assert other.listed(INBOX) == [one]
    assert (other.shelves().inbox, owner.shelves().folders) == (Tally(1, 1), ())
