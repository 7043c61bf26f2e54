"""Saving while typing: one JSON answer, and no text that was acknowledged is lost behind anybody's back."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts import sessions
from messaging.mailbox import drafts
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import DraftChangedElsewhere
from messaging.models import Draft, Message
from smportal import clock
from smportal.actor import Actor
from smportal.errors import Conflict
from tests import factories
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.test_pages import Site
from tests.signing_in import sign_in

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, 10, tzinfo=dt.UTC)


@pytest.fixture
def site(db: None, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(clock.SystemClock, "now", staticmethod(lambda: TUESDAY))
    return Site()


def save(site: Site, form: dict[str, Any], *, conversation: uuid.UUID | None = None, polling: bool = False) -> Any:
    url = reverse("autosave_reply", args=[conversation]) if conversation else reverse("autosave_compose")
    return site.veteran_browser.post(url, form, headers={"X-Portal-Polling": "1"} if polling else {})


def test_it_answers_the_version_and_the_time_with_its_zone(site: Site) -> None:
    form = site.form(subject="")
    answer = save(site, form).json()
    draft = Draft.objects.get()
    assert answer["version"] == draft.version
    assert answer["saved_at"] == "Saved at 10:42 a.m. EST"
    assert answer["url"] == reverse("edit_draft", args=[draft.id])
    again = save(site, {**form, "version": answer["version"], "body": "More."}).json()
    assert again["version"] == answer["version"] + 1
    assert drafts.content_of(Draft.objects.get()).body == "More."


def test_a_reply_is_kept_in_its_conversation(site: Site) -> None:
    conversation_id = site.send().conversation_id
    answer = save(site, {"draft_id": uuid.uuid4(), "version": 0, "body": "Better"}, conversation=conversation_id).json()
    assert answer["saved_at"] == "Saved at 10:42 a.m. EST"
    assert answer["url"] == reverse("mailbox_conversation", args=[conversation_id])
    assert Draft.objects.get().conversation_id == conversation_id


def test_another_tab_is_told_and_nothing_is_overwritten(site: Site) -> None:
    form = site.form()
    first = save(site, form).json()
    told = save(site, {**form, "body": "Second tab"})
    assert told.status_code == 409
    assert "changed in another tab" in told.json()["text"]
    assert told.json()["other_url"] == first["url"]
    assert drafts.content_of(Draft.objects.get()).body == form["body"]


def test_saving_the_same_words_again_is_no_news_to_another_tab(site: Site) -> None:
    form = site.form(body="It hurts.\r\nAt night, too.")
    version = save(site, form).json()["version"]
    assert save(site, form | {"version": version}).json()["version"] == version
    assert save(site, form | {"version": version, "body": "From the other tab."}).json()["version"] == version + 1


def test_a_lost_answer_is_no_other_tab(site: Site) -> None:
    form = site.form(body="It hurts.\r\nAt night, too. \r\n")
    save(site, form)
    assert save(site, form).status_code == 200
    assert site.veteran_browser.post(reverse("compose"), {**form, "send": "1"}).status_code == 302


@pytest.mark.parametrize("field", ["subject", "body"])
def test_characters_that_cannot_be_kept_are_named_with_their_field(site: Site, field: str) -> None:
    answer = save(site, site.form(**{field: "a\x1bb"}))
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Draft.objects.exists()


def test_a_draft_that_was_sent_meanwhile_points_at_sent(site: Site) -> None:
    form = site.form(send="1")
    site.veteran_browser.post(reverse("compose"), form)
    answer = save(site, {**form, "body": "More"})
    assert (answer.status_code, answer.json()["other_url"]) == (409, reverse("mailbox_sent"))
    assert Message.objects.count() == 1


def test_somebody_elses_draft_is_not_there(site: Site) -> None:
    form = site.form()
    save(site, form)
    stranger = Client()
    sign_in(stranger, factories.make_eligible_veteran(site.team)[0])
    assert stranger.post(reverse("autosave_compose"), {**form, "body": "stolen"}).status_code == 404
    assert drafts.content_of(Draft.objects.get()).body == form["body"]


def test_emptied_text_leaves_no_draft(site: Site) -> None:
    form = site.form()
    version = save(site, form).json()["version"]
    empty = {**form, "version": version, "team": "", "category": "", "subject": "", "body": ""}
    assert save(site, empty).json()["version"] == 0
    assert not Draft.objects.exists()


def test_typing_keeps_the_session_alive_and_the_page_alone_does_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = TUESDAY + dt.timedelta(minutes=20)
    monkeypatch.setattr(clock.SystemClock, "now", staticmethod(lambda: later))
    form = site.form()
    answer = save(site, form, polling=True).json()
    assert answer["remaining_seconds"] == 10 * 60
    assert save(site, form | {"version": answer["version"]}).json()["remaining_seconds"] == 30 * 60
    facts = sessions.read(site.veteran_browser.session)
    assert facts is not None
    assert facts.last_active_at == later.timestamp()


@pytest.mark.parametrize("kind", ["first", "again", "reply"])
def test_it_costs_at_most_twelve_statements(site: Site, kind: str) -> None:
    conversation = site.send().conversation_id if kind == "reply" else None
    form = site.form() if conversation is None else {"draft_id": uuid.uuid4(), "version": 0, "body": "x"}
    if kind == "again":
        form["version"] = save(site, form).json()["version"]
    with CaptureQueriesContext(connection) as queries:
        assert save(site, {**form, "body": "Newer"}, conversation=conversation).status_code == 200
    assert len(queries) <= 12, "\n".join(query["sql"][:120] for query in queries)


def test_the_page_of_a_conflict_offers_the_other_version_and_a_draft_of_its_own(site: Site) -> None:
    form = site.form()
    save(site, form)
    for button in ("save", "send"):
        page = site.veteran_browser.post(reverse("compose"), {**form, "body": "Second tab", button: "1"})
        assert page.status_code == 409
        text = page.content.decode()
        assert "Second tab" in text
        assert f'href="{reverse("edit_draft", args=[form["draft_id"]])}" target="_blank"' in text
        assert "data-autosave-conflict>" in text
    kept = site.veteran_browser.post(reverse("compose"), {**form, "body": "Second tab", "copy": "1"})
    bodies = {drafts.content_of(draft).body for draft in Draft.objects.all()}
    assert bodies == {form["body"], "Second tab"}
    copy = Draft.objects.exclude(id=form["draft_id"]).get()
    assert kept["Location"] == reverse("edit_draft", args=[copy.id])
    assert not Message.objects.exists()


def test_a_second_text_for_one_reply_becomes_a_message_to_the_same_team(site: Site) -> None:
    conversation = site.send().conversation_id
    reply = {"draft_id": uuid.uuid4(), "version": 0, "body": "First tab"}
    save(site, reply, conversation=conversation)
    other = {"draft_id": uuid.uuid4(), "version": 0, "body": "Second tab"}
    assert save(site, other, conversation=conversation).status_code == 409
    site.veteran_browser.post(reverse("mailbox_reply", args=[conversation]), {**other, "copy": "1"})
    copy = drafts.content_of(Draft.objects.get(conversation=None))
    assert copy == DraftContent(team_id=site.team.id, category="general", subject="Knee pain", body="Second tab")
    assert drafts.content_of(Draft.objects.get(conversation_id=conversation)).body == "First tab"


class Tab:
    """One page with a draft in it, as the script behaves: it names the version that it was last told."""

    def __init__(self, actor: Actor, draft_id: uuid.UUID, version: int) -> None:
        self.actor, self.draft_id, self.version = actor, draft_id, version
        self.text, self.told = "", False

    def save(self, text: str) -> bool:
        """Save, and tell whether that was acknowledged."""
        self.text = text
        try:
            draft = drafts.save_draft(
                actor=self.actor, draft_id=self.draft_id, version=self.version, content=DraftContent(body=text)
            )
        except Conflict:
            self.told = True
            return False
        self.version = draft.version if draft else 0
        return True

    def open_again(self) -> None:
        """Load the page anew: the draft, or an empty form where there is none."""
        draft = drafts.own_draft(self.actor, self.draft_id)
        self.version = draft.version if draft else 0
        self.text = drafts.content_of(draft).body if draft else ""


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from(["save", "empty", "open", "copy"])), min_size=2, max_size=14
)


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
# Emptied and begun again: the new draft must not meet the version that an old page was told.
@example(steps=[(0, "save"), (2, "open"), (0, "empty"), (1, "save"), (2, "save")])
def test_no_interleaving_of_tabs_loses_an_acknowledged_text_behind_its_back(steps: list[tuple[int, str]]) -> None:
    actor = factories.actor_for(factories.make_eligible_veteran()[0])
    draft_id = uuid.uuid4()
    tabs = [Tab(actor, draft_id, 0) for _ in range(3)]
    # What is stored, and which tabs have seen it: written it, or opened the page on it.
    stored, seen = "", {0, 1, 2}
    for number, (who, what) in enumerate(steps):
        tab = tabs[who]
        if what == "open":
            tab.open_again()
            seen.add(who)
            assert tab.text == stored
        elif what == "copy":
            copy = drafts.keep_copy(actor=actor, content=DraftContent(body=f"copy {number}"))
            assert copy is not None
        else:
            text = "" if what == "empty" else f"text {number}"
            acknowledged = tab.save(text)
            if acknowledged:
                # Nothing that this tab had not seen was replaced.
                assert who in seen or stored in {"", text}, steps
                stored, seen = text, {who}
            else:
                assert tab.told
        draft = drafts.own_draft(actor, draft_id)
        assert (drafts.content_of(draft).body if draft else "") == stored
    kept = {drafts.content_of(draft).body for draft in Draft.objects.filter(author_id=actor.account_id)}
    assert {f"copy {number}" for number, (_, what) in enumerate(steps) if what == "copy"} <= kept


def test_two_tabs_at_the_same_moment_keep_one_and_tell_the_other(committed_db: CommittedDatabase) -> None:
    actor = factories.actor_for(factories.make_eligible_veteran()[0])
    start = threading.Barrier(2)
    results: list[str] = []

    def tab(text: str, draft_id: uuid.UUID) -> None:
        start.wait()
        try:
            drafts.save_draft(actor=actor, draft_id=draft_id, version=0, content=DraftContent(body=text))
            results.append(text)
        except DraftChangedElsewhere:
            results.append("told")
        finally:
            connections.close_all()

    for _ in range(10):
        draft_id, results[:] = uuid.uuid4(), []
        threads = [threading.Thread(target=tab, args=(text, draft_id)) for text in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert "told" in results
        assert drafts.content_of(Draft.objects.get(id=draft_id)).body in results


def test_sending_an_old_text_does_not_drop_a_newer_draft_unasked(site: Site) -> None:
    form = site.form()
    version = save(site, form).json()["version"]
    save(site, {**form, "version": version, "body": "Newer, from the phone"})
    old = {**form, "version": version}
    for _ in range(2):
        page = site.veteran_browser.post(reverse("compose"), {**old, "send": "1"})
        assert page.status_code == 409
        # Pressing Send once more is no choice: the page still says what it was opened with.
        assert f'name="version" value="{version}"' in page.content.decode()
    assert not Message.objects.exists()
    chosen = site.veteran_browser.post(reverse("compose"), {**old, "use_this": "1"}, follow=True)
    assert "Your draft has this text now" in chosen.content.decode()
    shown = Draft.objects.get(deleted_at=None).version
    assert f'name="version" value="{shown}"' in chosen.content.decode()
    sent = site.veteran_browser.post(reverse("compose"), {**form, "version": shown, "send": "1"})
    assert sent.status_code == 302
    assert Message.objects.get().unseal_text("body_sealed") == form["body"]
    # What was not used is not lost.
    assert drafts.content_of(Draft.objects.get()).body == "Newer, from the phone"


def test_using_the_other_version_leaves_it_as_it_was_and_keeps_this_text_among_the_deleted(site: Site) -> None:
    form = site.form()
    save(site, form)
    chosen = site.veteran_browser.post(reverse("compose"), {**form, "body": "Second tab", "use_other": "1"})
    assert chosen["Location"] == reverse("edit_draft", args=[form["draft_id"]])
    assert drafts.content_of(Draft.objects.get(deleted_at=None)).body == form["body"]
    assert "Second tab" not in site.veteran_browser.get(chosen["Location"]).content.decode()
    assert drafts.content_of(Draft.objects.exclude(deleted_at=None).get()).body == "Second tab"


@pytest.mark.parametrize("same_draft", [True, False])
def test_of_two_texts_of_one_reply_the_chosen_one_goes_on(site: Site, same_draft: bool) -> None:
    conversation = site.send().conversation_id
    first = {"draft_id": uuid.uuid4(), "version": 0, "body": "First tab"}
    save(site, first, conversation=conversation)
    second = {**first, "draft_id": first["draft_id"] if same_draft else uuid.uuid4(), "body": "Second tab"}
    url = reverse("mailbox_reply", args=[conversation])
    told = site.veteran_browser.post(url, {**second, "save": "1"})
    assert (told.status_code, 'name="use_this"' in told.content.decode()) == (409, True)
    page = site.veteran_browser.post(url, {**second, "use_this": "1"}, follow=True).content.decode()
    assert "Second tab</textarea>" in page
    assert drafts.content_of(Draft.objects.get(conversation_id=conversation, deleted_at=None)).body == "Second tab"
    assert drafts.content_of(Draft.objects.exclude(deleted_at=None).get()).body == "First tab"


def test_what_was_sent_already_is_said_and_the_other_text_can_be_kept(site: Site) -> None:
    form = site.form()
    site.veteran_browser.post(reverse("compose"), {**form, "send": "1"})
    other = {**form, "body": "Second device"}
    for button in ("send", "save", "use_this"):
        page = site.veteran_browser.post(reverse("compose"), {**other, button: "1"})
        text = page.content.decode()
        assert page.status_code == 409
        assert "Not saved: this message was sent already" in text
        assert "Second device</textarea>" in text
        assert 'name="use_this"' not in text
    site.veteran_browser.post(reverse("compose"), {**other, "copy": "1"})
    assert drafts.content_of(Draft.objects.get()).body == "Second device"
    assert Message.objects.count() == 1
