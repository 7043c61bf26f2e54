"""Own folders: what they may be called, how many there may be, and that nobody else can tell."""

import threading
import uuid

import pytest
from django.db import connections

from messaging.mailbox.folders import actions
from messaging.mailbox.moving import actions as moving
from messaging.mailbox.moving.spots import INBOX
from messaging.models import Conversation, Folder
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound
from tests import factories
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.mailbox.owner import Owner


@pytest.fixture
def owner(db: None) -> Owner:
    return Owner()


@pytest.mark.parametrize("name", ["A", "Diabetes 2", "Ñandú año", "Мои анализы", "血压", "हृदय जाँच", "x" * 50])
def test_letters_of_any_language_digits_and_spaces_make_a_name(owner: Owner, name: str) -> None:
    actions.create(actor=owner.actor, name=f"  {name} ")
    assert Folder.objects.get().unseal_text("name_sealed") == name
    assert AuditEvent.objects.get(deed="folder_changed").details == {"change": "made"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x" * 51, "too_long"),
        ("a/b", "bad_characters"),
        ("<b>", "bad_characters"),
        ("a\u202eb", "bad_characters"),
        ("☃", "bad_characters"),
        ("a\x00b", "control_characters"),
        ("inBOX", "reserved"),
        ("Trash", "reserved"),
    ],
)
def test_a_bad_name_is_an_error_of_the_field(owner: Owner, name: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        actions.create(actor=owner.actor, name=name)
    assert (refused.value.field, refused.value.code) == ("name", code)
    assert not Folder.objects.exists()


@pytest.mark.parametrize("again", ["Straße", "STRASSE", "strasse ", "\uff33traße"])
def test_the_same_name_is_refused_without_regard_to_case(owner: Owner, again: str) -> None:
    actions.create(actor=owner.actor, name="Straße")
    other = actions.create(actor=owner.actor, name="Other")
    with pytest.raises(InvalidInput, match="already"):
        actions.create(actor=owner.actor, name=again)
    with pytest.raises(InvalidInput, match="already"):
        actions.rename(actor=owner.actor, folder_id=other.id, name=again)
    actions.rename(actor=owner.actor, folder_id=other.id, name="OTHER")


def test_equal_names_of_two_veterans_cannot_be_told_from_the_table(owner: Owner) -> None:
    first, second = (actions.create(actor=each.actor, name="HIV") for each in (owner, Owner()))
    assert bytes(first.name_digest) != bytes(second.name_digest)


def test_no_table_holds_a_name_in_clear(owner: Owner) -> None:
    made = actions.create(actor=owner.actor, name="Zebracanary")
    assert b"zebracanary" not in (bytes(made.name_sealed) + bytes(made.name_digest)).lower()
    assert "zebracanary" not in str(list(AuditEvent.objects.values())).lower()


def test_the_same_name_is_refused_after_the_digests_key_was_changed_and_in_a_merged_record(
    owner: Owner, settings: object
) -> None:
    old = factories.make_record()
    actions.create(actor=factories.actor_for(factories.make_account(old)), name="Heart")
    old.merged_into = owner.record
    old.save(update_fields=["merged_into"])
    actions.create(actor=owner.actor, name="Eyes")
    settings.AUDIT_KEYS = {"newer": b"n" * 32, **settings.AUDIT_KEYS}  # type: ignore[attr-defined]
    for name in ("heart", "eyes"):
        with pytest.raises(InvalidInput, match="already"):
            actions.create(actor=owner.actor, name=name)


def test_there_are_at_most_thirty(owner: Owner) -> None:
    for number in range(actions.FOLDERS_MOST):
        actions.create(actor=owner.actor, name=f"Folder {number}")
    with pytest.raises(InvalidInput, match="30"):
        actions.create(actor=owner.actor, name="One more")


def test_a_folder_is_removed_only_when_empty(owner: Owner) -> None:
    spot, one = owner.folder(), owner.conversation()
    moving.move(actor=owner.actor, conversation_ids=[one], target=spot)
    assert spot.folder_id is not None
    with pytest.raises(Conflict, match="1 conversation"):
        actions.remove(actor=owner.actor, folder_id=spot.folder_id)
    moving.move(actor=owner.actor, conversation_ids=[one], target=INBOX)
    actions.remove(actor=owner.actor, folder_id=spot.folder_id)
    assert not Folder.objects.exists()


def test_a001_somebody_elses_folder_is_not_there(owner: Owner) -> None:
    spot, stranger = owner.folder(), Owner(owner.team)
    one = stranger.conversation()
    assert spot.folder_id is not None
    for folder_id in (spot.folder_id, uuid.uuid4()):
        for attempt in (
            lambda folder_id=folder_id: actions.rename(actor=stranger.actor, folder_id=folder_id, name="Mine"),
            lambda folder_id=folder_id: actions.remove(actor=stranger.actor, folder_id=folder_id),
            lambda: moving.move(actor=stranger.actor, conversation_ids=[one], target=spot),
        ):
            with pytest.raises(NotFound):
                attempt()
    assert Conversation.objects.get(id=one).folder_id is None


def test_of_two_of_one_name_at_once_one_is_made(committed_db: CommittedDatabase) -> None:
    owner = Owner()
    told: list[str] = []
    together = threading.Barrier(2)

    def make() -> None:
        together.wait()
        try:
            actions.create(actor=owner.actor, name="Diabetes")
        except InvalidInput as refused:
            told.append(refused.code)
        finally:
            connections.close_all()

    both = [threading.Thread(target=make) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (Folder.objects.count(), told) == (1, ["taken"])
