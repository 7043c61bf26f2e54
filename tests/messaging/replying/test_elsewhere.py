"""What a conversation's page says of the veteran's other open ones, and a queue of answers that are begun."""

import uuid

import pytest
from django.urls import reverse

from eligibility.models import TeamMembership
from messaging.inbox import actions
from messaging.models import Conversation
from smportal import clock
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import make_conversation
from tests.messaging.replying.test_answers import Desk


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_it_names_other_open_ones_with_own_teams_and_no_others(desk: Desk) -> None:
    mine, theirs = factories.make_team(desk.team.facility), factories.make_team(desk.team.facility)
    factories.add_member(desk.nurse, mine)
    made = {}
    for name, team in (("own", mine), ("foreign", theirs), ("stranger", mine), ("merged", mine)):
        made[name] = make_conversation(team)
        if name in {"own", "foreign"}:
            Conversation.objects.filter(id=made[name].id).update(record=desk.record)
    merged = made["merged"].record
    merged.merged_into = desk.record
    merged.save(update_fields=["merged_into"])
    closed = desk.send().conversation_id
    actions.complete(actor=factories.staff_actor(desk.nurse), conversation_id=closed, outcome="phoned")
    page = desk.nurse_browser.get(desk.url).content.decode()
    assert "Also open" in page
    for name in ("own", "merged"):
        assert reverse("team_conversation", args=[made[name].id]) in page
    for hidden in (made["foreign"].id, made["stranger"].id, closed):
        assert str(hidden) not in page
    shown = AuditEvent.objects.filter(deed=Deed.LIST_SHOWN, object_id="elsewhere").latest("id")
    assert set(shown.details["conversations"]) == {str(made["own"].id), str(made["merged"].id)}
    # The other way round too; and who has left the other team no longer learns of it.
    other = desk.nurse_browser.get(reverse("team_conversation", args=[made["merged"].id])).content.decode()
    assert desk.url in other
    TeamMembership.objects.filter(staff=desk.nurse, team=mine).update(ended_at=clock.now())
    assert "Also open" not in desk.nurse_browser.get(desk.url).content.decode()
    assert "Also open" not in desk.kim_browser.get(desk.url).content.decode()


def test_a_queue_says_who_is_writing_an_answer_until_it_is_sent(desk: Desk) -> None:
    queue = reverse("team_queue", args=["open"])
    form = desk.form_of(desk.kim_browser, body="Rest it.")
    assert "Reply being written" not in desk.nurse_browser.get(queue).content.decode()
    desk.save(desk.kim_browser, form)
    assert "Reply being written by <bdi>Kim Lee</bdi>" in desk.nurse_browser.get(queue).content.decode()
    desk.nurse_browser.post(reverse("team_reply_give_up", args=[desk.conversation_id]))
    assert "Reply being written" not in desk.nurse_browser.get(queue).content.decode()
    assert desk.kim_browser.post(desk.reply_url, form | {"draft_id": uuid.uuid4(), "send": "1"}).status_code == 302
