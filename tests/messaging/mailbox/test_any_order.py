"""Drafts over HTTP in any order: two tabs and a second device, saves, sends, choices, deletions, ended sessions.

What is asked of every step: a text that was accepted as saved may only go where the page that asked for it
had shown that very text; what is accepted can be found again; a draft is sent at most once; a page that is
told of another version changes nothing.
"""

import datetime as dt
import html
import os
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from messaging.mailbox import actions, drafts
from messaging.mailbox.content import DraftContent
from messaging.models import Draft, Message
from smportal import clock
from tests.messaging.mailbox.owner import TUESDAY, Owner
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
FULL = bool(os.environ.get("FULL"))
HIDDEN = re.compile(r'name="(ticket|draft_id|version)"[^>]*? value="([^"]*)"')
BODY = re.compile(r'<textarea[^>]*name="body"[^>]*>(.*?)</textarea>', re.DOTALL)
SESSIONS_ENDED = 4
PAGES = st.integers(min_value=0, max_value=2)
ANY = st.integers(min_value=0, max_value=1_000)
# What happens in the page before a button is pressed; "as it is" presses it again.
TYPED = st.sampled_from(["a text", "a text", "a text", "as it is", "nothing"])


@dataclass
class Page:
    """One tab: the form as it was given out, what is typed into it, and every text that it has shown."""

    device: int
    conversation: uuid.UUID | None = None
    hidden: dict[str, str] = field(default_factory=dict)
    text: str = ""
    seen: set[str] = field(default_factory=set)

    def shows(self, page: str, conversation: uuid.UUID | None) -> None:
        """Take over a page that the server sent."""
        form = page[page.index("data-autosave=") :]
        typed = BODY.search(form)
        assert typed is not None
        self.hidden, self.conversation = dict(HIDDEN.findall(form)), conversation
        self.text = html.unescape(typed.group(1)).strip("\r\n")
        self.seen.add(self.text)

    def form(self, team_id: uuid.UUID) -> dict[str, str]:
        """Return what the page posts."""
        typed = {"body": self.text}
        if self.conversation is None:
            rest = {"category": "general", "subject": "Knee"} if self.text else {"category": "", "subject": ""}
            typed |= {"team": str(team_id), **rest}
        return self.hidden | typed


class Writing(RuleBasedStateMachine):
    """A veteran with two tabs on one device and a third page on another one."""

    sent_at_all: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        self.owner, self.now, self.typed, self.ended = Owner(), TUESDAY, 0, 0
        content = DraftContent(team_id=self.owner.team.id, category="general", subject="Old", body="An old one.")
        with clock.at(self.now):
            first = actions.send(actor=self.owner.actor, draft_id=uuid.uuid4(), content=content)
        self.thread = first.conversation_id
        self.devices = [Client(), Client()]
        for device in (0, 1):
            self.sign_in(device)
        self.pages = [Page(0), Page(0), Page(1)]
        for who in range(3):
            self.open_new(who)

    def sign_in(self, device: int) -> None:
        with clock.at(self.now):
            sign_in(self.devices[device], self.owner.account)
        session = self.devices[device].session
        session["seen_urgent_needs"] = True
        session.save()

    def found(self) -> set[str]:
        """Return every text that the veteran can get at: drafts, deleted ones, and what was sent."""
        own = Draft.objects.filter(author=self.owner.account)
        sent = Message.objects.filter(author_account=self.owner.account)
        return {drafts.content_of(draft).body for draft in own} | {one.unseal_text("body_sealed") for one in sent}

    def get(self, page: Page, url: str) -> HttpResponse:
        with clock.at(self.now):
            response: Any = self.devices[page.device].get(url, follow=True)
            if response.redirect_chain and response.redirect_chain[-1][0].startswith(reverse("account_login")):
                self.sign_in(page.device)
                response = self.devices[page.device].get(url, follow=True)
        return response  # type: ignore[no-any-return]

    def post(self, url: str, form: dict[str, str], page: Page, *, may_lose: set[str]) -> Any:
        """Post from a page and hold the answer against what everything says before and after."""
        before, sent = self.found(), Message.objects.count()
        with clock.at(self.now):
            response = self.devices[page.device].post(url, form)
        after = self.found()
        if response.headers.get("Location", "").startswith(reverse("account_login")):
            # After the session's end every button only saves: what was emptied in a page that showed it may go.
            may_lose = may_lose | page.seen
        assert before - after <= may_lose, (before - after, may_lose)
        assert response.status_code in {200, 302, 400, 401, 409}, response.status_code
        if response.status_code in {400, 409}:
            assert (after, Message.objects.count()) == (before, sent)
        return response

    def press(self, who: int, button: str, *, may_lose: set[str]) -> None:
        """Press a button of a page's form, and follow where it leads."""
        page, conversation = self.pages[who], self.pages[who].conversation
        url = reverse("mailbox_reply", args=[conversation]) if conversation else reverse("compose")
        response = self.post(url, page.form(self.owner.team.id) | {button: "1"}, page, may_lose=may_lose)
        if response.status_code in {400, 409}:
            typed = page.text
            page.shows(response.content.decode(), conversation)
            assert page.text == typed
            return
        target = response["Location"]
        if target.startswith(reverse("account_login")):
            # The session had ended: nothing was sent, and signing in leads to the text.
            self.sign_in(page.device)
            target = parse_qs(urlsplit(target).query)["next"][0]
            button = "save"
        self.follow(page, target, button)

    def follow(self, page: Page, target: str, button: str) -> None:
        typed, opened = page.text, self.get(page, target)
        assert not typed or typed in self.found(), button
        if "data-autosave=" not in opened.content.decode():
            self.opens_new(page)
            return
        conversation = self.thread if str(self.thread) in target else None
        page.shows(opened.content.decode(), conversation)
        if button in {"save", "use_this", "copy"} and typed:
            assert page.text == typed, (button, typed, page.text)

    def opens_new(self, page: Page) -> None:
        page.seen.clear()
        page.shows(self.get(page, reverse("compose_to", args=[self.owner.team.id])).content.decode(), None)

    # --- What somebody does ---------------------------------------------------------------------

    @rule(who=PAGES)
    def open_new(self, who: int) -> None:
        self.opens_new(self.pages[who])

    @rule(who=PAGES)
    def open_the_conversation(self, who: int) -> None:
        page = self.pages[who]
        page.seen.clear()
        page.shows(self.get(page, reverse("mailbox_conversation", args=[self.thread])).content.decode(), self.thread)

    @rule(who=PAGES, pick=ANY)
    def open_a_draft(self, who: int, pick: int) -> None:
        own = list(Draft.objects.filter(author=self.owner.account, deleted_at=None).order_by("created_at", "id"))
        if own:
            self.opens(self.pages[who], own[pick % len(own)])

    @rule(who=PAGES, other=PAGES)
    def open_what_another_page_shows(self, who: int, other: int) -> None:
        draft = Draft.objects.filter(id=self.pages[other].hidden["draft_id"], deleted_at=None).first()
        if draft is not None and who != other:
            self.opens(self.pages[who], draft)

    def opens(self, page: Page, draft: Draft) -> None:
        opened = self.get(page, reverse("edit_draft", args=[draft.id]))
        page.seen.clear()
        page.shows(opened.content.decode(), draft.conversation_id)
        assert page.text == drafts.content_of(draft).body
        assert page.hidden["version"] == str(draft.version)

    def type(self, page: Page, what: str) -> None:
        self.typed += 1
        page.text = {"a text": f"Text number {self.typed}.", "nothing": ""}.get(what, page.text)

    @rule(who=PAGES, what=TYPED)
    def autosave(self, who: int, what: str) -> None:
        page = self.pages[who]
        self.type(page, what)
        thread = page.conversation
        url = reverse("autosave_reply", args=[thread]) if thread else reverse("autosave_compose")
        response = self.post(url, page.form(self.owner.team.id), page, may_lose=page.seen | {page.text})
        answer = response.json()
        if response.status_code == 200:
            page.hidden |= {"version": str(answer["version"]), "ticket": answer["ticket"]}
        if response.status_code == 200 or answer.get("kept"):
            page.seen.add(page.text)
            assert not page.text or page.text in self.found()
        else:
            assert response.status_code == 409, response.status_code
            assert answer["code"] in {"draft_changed", "already_sent"}

    @rule(who=PAGES, what=TYPED)
    def save(self, who: int, what: str) -> None:
        self.type(self.pages[who], what)
        self.press(who, "save", may_lose=set(self.pages[who].seen))

    @rule(who=PAGES, what=TYPED, twice=st.booleans())
    def send(self, who: int, what: str, twice: bool) -> None:
        page = self.pages[who]
        self.type(page, what)
        form, conversation = page.form(self.owner.team.id), page.conversation
        ids, count = Message.objects.filter(draft_id=form["draft_id"]), Message.objects.count()
        self.press(who, "send", may_lose=set(page.seen))
        assert ids.count() <= 1
        assert Message.objects.count() <= count + 1
        Writing.sent_at_all += Message.objects.count() - count
        if twice and ids.exists():
            url = reverse("mailbox_reply", args=[conversation]) if conversation else reverse("compose")
            count = Message.objects.count()
            again = self.post(url, form | {"send": "1"}, page, may_lose=set())
            assert again.status_code in {302, 409}
            assert Message.objects.count() == count

    @rule(who=PAGES, what=TYPED, button=st.sampled_from(["use_this", "use_other", "copy"]))
    def choose(self, who: int, what: str, button: str) -> None:
        self.type(self.pages[who], what)
        self.press(who, button, may_lose=set())

    @rule(who=PAGES, pick=ANY, back=st.booleans())
    def delete_or_restore(self, who: int, pick: int, back: bool) -> None:
        own = Draft.objects.filter(author=self.owner.account, deleted_at__isnull=not back)
        ids = list(own.order_by("created_at", "id").values_list("id", flat=True))
        if ids:
            url = reverse("restore_draft" if back else "discard_draft", args=[ids[pick % len(ids)]])
            self.post(url, {}, self.pages[who], may_lose=set())

    @precondition(lambda self: self.ended < SESSIONS_ENDED)
    @rule(device=st.integers(min_value=0, max_value=1))
    def a_session_runs_out(self, device: int) -> None:
        """One device is left alone for more than half an hour, the other one is not."""
        self.ended += 1
        self.now += dt.timedelta(minutes=20)
        self.get(Page(1 - device), reverse("mailbox_sent"))
        self.now += dt.timedelta(minutes=12)


def test_no_order_of_tabs_devices_and_ended_sessions_loses_a_saved_text_or_sends_twice() -> None:
    limits = settings(
        max_examples=200 if FULL else 10,
        stateful_step_count=50 if FULL else 30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Writing, settings=limits)
    # It got as far as sending: otherwise every step may have been refused.
    assert Writing.sent_at_all > 0
