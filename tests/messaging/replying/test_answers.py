"""The answer that a team shares: saved while it is typed, never over a colleague's text, sent once, never lost."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import ended
from eligibility.models import StaffMember, TeamMembership
from messaging.inbox import actions, handing_over
from messaging.mailbox.discarding.actions import KEPT, purge_deleted_drafts
from messaging.models import Draft, LibraryLink, Message
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.library.shelves import make_link, make_topic
from tests.messaging.test_pages import Site
from tests.signing_in import sign_in

HIDDEN = re.compile(r'name="(ticket|draft_id|version|seen_until|csrfmiddlewaretoken)"[^>]*? value="([^"]*)"')


class Desk(Site):
    """A question of a veteran, and two members of the team with a browser each."""

    def __init__(self) -> None:
        super().__init__()
        self.kim = factories.make_staff(self.team, name="Kim Lee")
        self.kim_browser = browser_of(self.kim)
        self.conversation_id = self.send().conversation_id
        self.url = reverse("team_conversation", args=[self.conversation_id])
        self.reply_url = reverse("team_reply", args=[self.conversation_id])
        self.autosave_url = reverse("autosave_team_reply", args=[self.conversation_id])

    def form_of(self, browser: Client, **typed: Any) -> dict[str, Any]:
        page = browser.get(self.url).content.decode()
        start = page.index("data-autosave=")
        return dict(HIDDEN.findall(page[start : page.index("</form>", start)])) | {"body": ""} | typed

    def save(self, browser: Client, form: dict[str, Any]) -> Any:
        """Save as the page's script does, and go on with the version that came back."""
        answer = browser.post(self.autosave_url, form)
        if answer.status_code == 200:
            form["version"] = answer.json()["version"]
        return answer

    def answers(self) -> list[str]:
        sent = Message.objects.filter(conversation_id=self.conversation_id, side="staff")
        return [message.unseal_text("body_sealed") for message in sent]

    def earlier(self) -> str:
        page = self.nurse_browser.get(reverse("team_reply_earlier", args=[self.conversation_id]))
        return page.content.decode()

    def current(self) -> Draft:
        return Draft.objects.get(conversation_id=self.conversation_id, side="staff", deleted_at=None)


def browser_of(staff: StaffMember) -> Client:
    browser = Client()
    assert staff.account is not None
    sign_in(browser, staff.account)
    return browser


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def test_one_text_is_saved_sealed_shown_to_colleagues_and_never_to_the_veteran(desk: Desk) -> None:
    form = desk.form_of(desk.nurse_browser, body="Rest the kne")
    first = desk.save(desk.nurse_browser, form).json()
    assert first["saved_at"].startswith("Saved at ")
    form["body"] = "Rest the knee."
    desk.save(desk.nurse_browser, form)
    draft = desk.current()
    assert draft.record_id == desk.record.id
    assert b"knee" not in bytes(draft.body_sealed or b"")
    page = desk.kim_browser.get(desk.url).content.decode()
    assert "<bdi>Nora Nurse</bdi> is writing this answer" in page
    assert "Rest the knee." in page
    own = desk.nurse_browser.get(desk.url).content.decode()
    assert "is writing this answer" not in own
    assert "Saved by <bdi>Nora Nurse</bdi>" in own
    for name in ("mailbox_conversation", "mailbox_drafts", "deleted_drafts", "mailbox_inbox"):
        args = [desk.conversation_id] if name == "mailbox_conversation" else []
        assert "Rest the knee" not in desk.veteran_browser.get(reverse(name, args=args)).content.decode()


def test_who_comes_second_is_told_who_saved_when_and_nothing_is_overwritten(desk: Desk) -> None:
    mine, hers = desk.form_of(desk.nurse_browser, body="Mine"), desk.form_of(desk.kim_browser, body="Hers")
    desk.save(desk.kim_browser, hers)
    refused = desk.save(desk.nurse_browser, mine)
    assert refused.status_code == 409
    told = refused.json()
    assert told["text"].startswith("Kim Lee saved another text of this answer on ")
    assert told["line"] == "Not saved: a colleague saved another text"
    assert desk.current().unseal_text("body_sealed") == "Hers"
    # Without scripts, and when sending, the same question with both ways out.
    for button in ("save", "send"):
        page = desk.nurse_browser.post(desk.reply_url, mine | {button: "1"})
        assert page.status_code == 409
        text = page.content.decode()
        assert "Kim Lee saved another text" in text
        assert ">Mine</textarea>" in text.replace("\n", "")
        assert 'name="use_this"' in text
    assert not desk.answers()


@pytest.mark.parametrize(("button", "stays", "away"), [("use_this", "Mine", "Hers"), ("use_other", "Hers", "Mine")])
def test_either_text_goes_on_and_the_other_can_be_brought_back(desk: Desk, button: str, stays: str, away: str) -> None:
    mine, hers = desk.form_of(desk.nurse_browser, body="Mine"), desk.form_of(desk.kim_browser, body="Hers")
    desk.save(desk.kim_browser, hers)
    assert desk.nurse_browser.post(desk.reply_url, mine | {button: "1"}).status_code == 302
    assert desk.current().unseal_text("body_sealed") == stays
    assert away in desk.earlier()
    assert stays not in desk.earlier()
    kept = Draft.objects.get(deleted_at__isnull=False)
    back = reverse("team_reply_bring_back", args=[desk.conversation_id, kept.id])
    assert desk.kim_browser.post(back).status_code == 302
    assert desk.current().unseal_text("body_sealed") == away
    assert stays in desk.earlier()


def test_over_a_colleagues_newer_version_of_the_same_draft_hers_is_kept_apart_under_her_name(desk: Desk) -> None:
    form = desk.form_of(desk.nurse_browser, body="First")
    desk.save(desk.nurse_browser, form)
    desk.save(desk.kim_browser, desk.form_of(desk.kim_browser, body="First, then hers"))
    late = form | {"body": "First, then mine", "use_this": "1"}
    assert desk.nurse_browser.post(desk.reply_url, late).status_code == 302
    assert desk.current().unseal_text("body_sealed") == "First, then mine"
    assert str(desk.current().id) == form["draft_id"]
    assert "<bdi>Kim Lee</bdi>" in desk.earlier()
    assert "First, then hers" in desk.earlier()


def test_it_is_sent_once_whoever_presses_the_button(desk: Desk) -> None:
    mine = desk.form_of(desk.nurse_browser, body="Rest it.")
    desk.save(desk.nurse_browser, mine)
    hers = desk.form_of(desk.kim_browser, body="Rest it.", send="1")
    assert hers["draft_id"] == mine["draft_id"]
    assert desk.kim_browser.post(desk.reply_url, hers).status_code == 302
    assert desk.kim_browser.post(desk.reply_url, hers).status_code == 302
    late = desk.nurse_browser.post(desk.reply_url, mine | {"send": "1"})
    assert late.status_code == 409
    page = late.content.decode()
    assert "Kim Lee has sent this answer already" in page
    assert desk.answers() == ["Rest it."]
    assert not Draft.objects.exists()
    saved = desk.save(desk.nurse_browser, mine)
    assert saved.status_code == 409
    assert "Kim Lee has sent this answer already" in saved.json()["text"]
    # What came too late is still on the page, and can go as a further answer under an id of its own.
    again = dict(HIDDEN.findall(page[page.index("data-autosave=") :]))
    assert again["draft_id"] != mine["draft_id"]
    further = mine | again | {"body": "And ice.", "anyway": "1"}
    assert desk.nurse_browser.post(desk.reply_url, further).status_code == 302
    assert desk.answers() == ["Rest it.", "And ice."]


def test_an_answer_past_a_colleagues_or_the_veterans_newer_message_asks_first(desk: Desk) -> None:
    mine = desk.form_of(desk.nurse_browser, body="Mine", send="1")
    actions.reply(
        actor=factories.staff_actor(desk.kim), conversation_id=desk.conversation_id, draft_id=uuid.uuid4(), body="Hers"
    )
    asked = desk.nurse_browser.post(desk.reply_url, mine)
    assert asked.status_code == 409
    assert "Kim Lee answered while you were writing" in asked.content.decode()
    assert desk.answers() == ["Hers"]
    assert desk.nurse_browser.post(desk.reply_url, mine | {"anyway": "1"}).status_code == 302
    assert desk.answers() == ["Hers", "Mine"]


def test_a_send_in_spite_of_a_colleagues_text_puts_hers_away(desk: Desk) -> None:
    mine = desk.form_of(desk.nurse_browser, body="Mine")
    desk.save(desk.nurse_browser, mine)
    desk.save(desk.kim_browser, desk.form_of(desk.kim_browser, body="Hers is newer"))
    assert desk.nurse_browser.post(desk.reply_url, mine | {"anyway": "1"}).status_code == 302
    assert desk.answers() == ["Mine"]
    assert not Draft.objects.filter(deleted_at=None).exists()
    assert "Hers is newer" in desk.earlier()


def test_links_and_line_ends_are_part_of_it_and_come_back(desk: Desk) -> None:
    link: LibraryLink = make_link(make_topic())
    form = desk.form_of(desk.nurse_browser, body="Read\r\nthis", links=[str(link.id)])
    assert desk.nurse_browser.post(desk.reply_url, form | {"save": "1"}).status_code == 302
    draft = desk.current()
    assert str(link.id).encode() not in bytes(draft.links_sealed or b"")
    page = desk.kim_browser.get(desk.url).content.decode()
    assert re.search(rf'name="links" value="{link.id}" checked', page)
    # The same words again are no news to anybody's page.
    version = draft.version
    desk.save(desk.nurse_browser, form | {"draft_id": draft.id, "version": version})
    assert desk.current().version == version


def test_giving_up_and_emptying_can_be_undone_and_end_after_thirty_days(desk: Desk) -> None:
    form = desk.form_of(desk.nurse_browser, body="Never mind")
    desk.save(desk.nurse_browser, form)
    assert desk.kim_browser.post(reverse("team_reply_give_up", args=[desk.conversation_id])).status_code == 302
    assert "Never mind" not in desk.nurse_browser.get(desk.url).content.decode()
    assert "Earlier texts of this answer" in desk.nurse_browser.get(desk.url).content.decode()
    assert AuditEvent.objects.filter(deed=Deed.DRAFT_DELETED, subject_id=desk.record.id).count() == 1
    # The nurse goes on writing in the page that she had open: it is wanted again.
    form["body"] = "After all"
    assert desk.save(desk.nurse_browser, form).status_code == 200
    assert desk.current().unseal_text("body_sealed") == "After all"
    form["body"] = " "
    assert desk.save(desk.nurse_browser, form).json()["version"] == 0
    assert "After all" in desk.earlier()
    with clock.at(clock.now() + KEPT + dt.timedelta(hours=1)):
        purge_deleted_drafts(actor=Actor.system("test"))
    assert not Draft.objects.exists()


def test_completing_puts_it_away_and_handing_over_takes_it_along(desk: Desk) -> None:
    form = desk.form_of(desk.nurse_browser, body="For the next team")
    desk.save(desk.nurse_browser, form)
    other = factories.make_team(desk.team.facility)
    colleague = factories.make_staff(other, name="Olga Other")
    factories.participate(colleague, other)
    handing_over.hand_over(
        actor=factories.staff_actor(desk.nurse),
        conversation_id=desk.conversation_id,
        team_id=other.id,
        key=uuid.uuid4(),
    )
    page = browser_of(colleague).get(desk.url).content.decode()
    assert "<bdi>Nora Nurse</bdi> is writing this answer" in page
    assert "For the next team" in page
    actions.complete(actor=factories.staff_actor(colleague), conversation_id=desk.conversation_id, outcome="phoned")
    assert not Draft.objects.filter(deleted_at=None).exists()
    assert Draft.objects.count() == 1


@pytest.mark.parametrize("button", ["send", "save", "library", "autosave"])
def test_a013_who_is_removed_while_writing_is_told_and_the_team_keeps_the_text(desk: Desk, button: str) -> None:
    form = desk.form_of(desk.nurse_browser, body="Saved before")
    desk.save(desk.nurse_browser, form)
    TeamMembership.objects.filter(staff=desk.nurse).update(ended_at=clock.now())
    form["body"] = "Typed after"
    if button == "autosave":
        answer = desk.save(desk.nurse_browser, form)
        assert answer.status_code == 404
    else:
        answer = desk.nurse_browser.post(desk.reply_url, form | {button: "1"})
        assert answer.status_code == 403
    assert "You no longer have access to this conversation" in answer.content.decode()
    assert not desk.answers()
    assert desk.current().unseal_text("body_sealed") == "Typed after"
    assert "Typed after" in desk.kim_browser.get(desk.url).content.decode()
    assert AuditEvent.objects.filter(deed=Deed.DRAFT_SAVED, reason="left_team").exists()
    # Nothing of the conversation is shown, and a colleague's text stands in no danger.
    form["version"] = 1
    form["body"] = "Typed much later"
    refused = desk.nurse_browser.post(desk.reply_url, form | {"send": "1"})
    assert "stairs" not in refused.content.decode()
    assert desk.current().unseal_text("body_sealed") == "Typed after"


@pytest.mark.parametrize("wrong", ["", "forged", "other_account", "other_conversation", "other_draft"])
def test_without_a_ticket_of_ones_own_a_stranger_leaves_nothing_and_learns_nothing(desk: Desk, wrong: str) -> None:
    form = desk.form_of(desk.kim_browser, body="Let me in")
    stranger = factories.make_staff(factories.make_team(desk.team.facility))
    browser, conversation_id = browser_of(stranger), desk.conversation_id
    if wrong in {"", "forged"}:
        form["ticket"] = wrong
    elif wrong != "other_account":
        browser = desk.kim_browser
        TeamMembership.objects.filter(staff=desk.kim).update(ended_at=clock.now())
        if wrong == "other_draft":
            form["draft_id"] = uuid.uuid4()
        else:
            conversation_id = desk.send().conversation_id
    for button in ("send", "save", "use_this", "use_other", "library"):
        assert browser.post(reverse("team_reply", args=[conversation_id]), form | {button: "1"}).status_code == 404
    for name in ("team_reply_give_up", "autosave_team_reply"):
        assert browser.post(reverse(name, args=[conversation_id]), form).status_code == 404
    assert browser.get(reverse("team_reply_earlier", args=[conversation_id])).status_code == 404
    assert not Draft.objects.filter(side="staff").exists()


def test_anothers_draft_is_no_answer_of_this_conversation(desk: Desk) -> None:
    """A veteran's draft, and the answer of another conversation, stay what they are."""
    other = desk.send().conversation_id
    desk.save(desk.nurse_browser, desk.form_of(desk.nurse_browser, body="Here"))
    form = desk.form_of(desk.nurse_browser, body="There", draft_id=desk.current().id, version=0)
    assert desk.nurse_browser.post(reverse("autosave_team_reply", args=[other]), form).status_code == 404
    back = reverse("team_reply_bring_back", args=[other, desk.current().id])
    assert desk.nurse_browser.post(back).status_code == 404
    assert desk.current().unseal_text("body_sealed") == "Here"


def test_what_comes_after_the_sessions_end_is_kept_beside_a_colleagues_text(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = desk.form_of(desk.nurse_browser, body="Typed too long")
    desk.save(desk.kim_browser, desk.form_of(desk.kim_browser, body="Kim was faster"))
    monkeypatch.setattr(ended, "by_limit", lambda *_: True)
    answer = Client().post(desk.reply_url, form | {"send": "1"})
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]
    assert not desk.answers()
    assert desk.current().unseal_text("body_sealed") == "Kim was faster"
    assert Draft.objects.get(deleted_at__isnull=False).unseal_text("body_sealed") == "Typed too long"


def test_the_page_costs_one_statement_more_with_an_answer_begun_and_none_without(desk: Desk) -> None:
    def cost() -> int:
        desk.nurse_browser.get(desk.url)
        with CaptureQueriesContext(connection) as counted:
            desk.nurse_browser.get(desk.url)
        return len(counted)

    before = cost()
    desk.save(desk.nurse_browser, desk.form_of(desk.nurse_browser, body="Something"))
    assert cost() == before + 1
