"""A deleted draft can be had back for thirty days, and nothing typed after the deletion is lost."""

import datetime as dt
import uuid

import pytest

from eligibility.models import Facility
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.discarding.actions import delete_draft, purge_deleted_drafts, restore_draft
from messaging.mailbox.discarding.queries import drafts_page
from messaging.mailbox.drafts import content_of, save_draft
from messaging.mailbox.queries import mailbox_of
from messaging.models import Draft, Message
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, NotFound
from tests.messaging.mailbox.owner import TUESDAY, Owner


@pytest.fixture
def owner(db: None) -> Owner:
    return Owner()


def content(owner: Owner, body: str = "It hurts.") -> DraftContent:
    return DraftContent(team_id=owner.team.id, category="general", subject="Knee", body=body)


def draft(owner: Owner, conversation_id: uuid.UUID | None = None) -> Draft:
    what = content(owner) if conversation_id is None else DraftContent(body="Thank you.")
    made = save_draft(
        actor=owner.actor, draft_id=uuid.uuid4(), version=0, content=what, conversation_id=conversation_id
    )
    assert made is not None
    return made


def test_deleted_and_restored(owner: Owner) -> None:
    made = draft(owner)
    delete_draft(actor=owner.actor, draft_id=made.id)
    assert owner.shelves().drafts == 0
    with pytest.raises(NotFound):
        delete_draft(actor=owner.actor, draft_id=made.id)
    restore_draft(actor=owner.actor, draft_id=made.id)
    assert owner.shelves().drafts == 1
    assert content_of(Draft.objects.get()) == content(owner)
    with pytest.raises(NotFound):
        restore_draft(actor=owner.actor, draft_id=made.id)
    assert AuditEvent.objects.filter(deed__in=["draft_deleted", "draft_restored"]).count() == 2


def test_the_list_shows_the_time_where_the_care_team_is_like_the_page_of_the_draft(owner: Owner) -> None:
    Facility.objects.filter(id=owner.team.facility_id).update(time_zone="Pacific/Honolulu")
    with clock.at(TUESDAY):
        draft(owner)
        draft(owner, owner.conversation())
        rows = drafts_page(mailbox_of(owner.actor), None).rows
    assert [row.saved.rpartition(" ")[2] for row in rows] == ["HST", "HST"]


def test_a005_somebody_elses_deleted_draft_is_not_there(owner: Owner) -> None:
    made, stranger = draft(owner), Owner(owner.team)
    delete_draft(actor=owner.actor, draft_id=made.id)
    with pytest.raises(NotFound):
        restore_draft(actor=stranger.actor, draft_id=made.id)


def test_a_page_that_was_open_goes_on_saving_and_sending(owner: Owner) -> None:
    made = draft(owner)
    delete_draft(actor=owner.actor, draft_id=made.id)
    saved = save_draft(
        actor=owner.actor, draft_id=made.id, version=made.version, content=content(owner, "It hurts more.")
    )
    assert saved is not None
    assert owner.shelves().drafts == 1
    delete_draft(actor=owner.actor, draft_id=made.id)
    actions.send(actor=owner.actor, draft_id=made.id, content=content(owner))
    assert (Draft.objects.count(), Message.objects.count()) == (0, 1)


def test_a_deleted_reply_leaves_room_for_another_and_waits_for_it(owner: Owner) -> None:
    conversation_id = owner.conversation()
    first = draft(owner, conversation_id)
    delete_draft(actor=owner.actor, draft_id=first.id)
    second = draft(owner, conversation_id)
    with pytest.raises(Conflict, match="another reply"):
        restore_draft(actor=owner.actor, draft_id=first.id)
    delete_draft(actor=owner.actor, draft_id=second.id)
    restore_draft(actor=owner.actor, draft_id=first.id)


def test_after_thirty_days_it_is_gone_and_not_before(owner: Owner) -> None:
    with clock.at(TUESDAY):
        deleted, kept = draft(owner), draft(owner)
        delete_draft(actor=owner.actor, draft_id=deleted.id)
    with clock.at(TUESDAY + dt.timedelta(days=30, seconds=-1)):
        assert purge_deleted_drafts(actor=Actor.system("test")) == 0
    with clock.at(TUESDAY + dt.timedelta(days=30)):
        assert purge_deleted_drafts(actor=Actor.system("test")) == 1
    assert list(Draft.objects.values_list("id", flat=True)) == [kept.id]
