"""A veteran's search over HTTP: what is found, what is said, what is kept and what is on record."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, VeteranRecord
from eligibility.models import CareTeam
from messaging.mailbox.folders.actions import create
from messaging.models import Conversation, Place, SavedSearch
from messaging.search import actions, scanning
from smportal import clock
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.search.making import START, add_file, first_message, make_thread
from tests.signing_in import sign_in


class Site:
    """A veteran with a browser."""

    def __init__(self) -> None:
        self.account: Account
        self.record: VeteranRecord
        self.team: CareTeam
        self.account, self.record, self.team = factories.make_eligible_veteran(
            factories.make_team(public_name="Heart care team")
        )
        self.browser = Client()
        sign_in(self.browser, self.account)

    def thread(self, subject: str, *bodies: str, **fields: Any) -> uuid.UUID:
        return make_thread(self.record, fields.pop("team", self.team), subject, bodies or ("Nothing.",), **fields).id

    def post(self, words: str = "", **fields: Any) -> Any:
        return self.browser.post(reverse("mailbox_search"), {"words": words, **fields})

    def search(self, words: str = "", **fields: Any) -> str:
        posted = self.post(words, **fields)
        assert posted.status_code == 302, posted.content.decode()
        return self.page(posted.headers["Location"])

    def page(self, url: str, status: int = 200) -> str:
        response = self.browser.get(url)
        assert response.status_code == status
        return response.content.decode()


def shown(page: str) -> list[uuid.UUID]:
    """Return the conversations of a page, in its order."""
    return [uuid.UUID(found) for found in re.findall(r'row__title"><a href="/messages/([0-9a-f-]{36})/', page)]


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def test_words_are_found_everywhere_and_across_the_messages_of_a_conversation(site: Site) -> None:
    in_body = site.thread("My knee", "It hurts.", "Take ibuprofen and rest.")
    in_subject = site.thread("Ibuprofen", at=START + dt.timedelta(days=1))
    in_trash = site.thread("Pills", "IBUPROFÉN again", at=START + dt.timedelta(days=2), place=Place.TRASH)
    site.thread("Something else", "It hurts.")
    assert shown(site.search("ibuprofen")) == [in_trash, in_subject, in_body]
    assert shown(site.search("rest knee hurts")) == [in_body]
    assert shown(site.search("nora ibuprofen knee")) == [in_body]
    assert len(shown(site.search("heart"))) == 4
    number = first_message_number(in_subject)
    assert shown(site.search(number)) == shown(site.search(number=f" #{number[:3]} {number[3:]}")) == [in_subject]


def first_message_number(conversation_id: uuid.UUID) -> str:
    return str(first_message(Conversation.objects.get(id=conversation_id)).number)


def test_hits_are_marked_and_the_link_leads_to_the_message(site: Site) -> None:
    conversation = site.thread("My knees", "It hurts.", "Rest your <b>knee</b> & call us.")
    page = site.search("knee")
    assert "<bdi>My <mark>knees</mark></bdi>" in page
    assert "Rest your &lt;b&gt;<mark>knee</mark>&lt;/b&gt; &amp; call us." in page
    assert "<bdi>Nora Nurse</bdi>" in page
    assert re.search(rf'href="/messages/{conversation}/#m-[0-9a-f-]{{36}}"', page)
    assert "1 conversation found." in page


def test_a_search_by_filters_alone_lists_what_passes_them(site: Site) -> None:
    other = factories.make_team(public_name="Eye care")
    day = dt.timedelta(days=1)
    eye = site.thread("Glasses", team=other, category="referral", at=START + 2 * day)
    unread = site.thread("Knee", "One.", "Two.", veteran_unread=True, at=START + day)
    trashed = site.thread("Pills", place=Place.TRASH, last_sent_at=None)
    assert shown(site.search(team=str(other.id))) == shown(site.search(category="referral")) == [eye]
    assert shown(site.search(unread="on")) == [unread]
    assert shown(site.search(place="trash")) == [trashed]
    assert shown(site.search(place="sent")) == [eye, unread]
    assert shown(site.search(place="inbox", team=str(site.team.id))) == [unread]
    assert "<mark>" not in site.search(unread="on")


def test_an_own_folder_is_a_filter_and_is_named_beside_what_lies_in_it(site: Site) -> None:
    actor = factories.actor_for(site.account)
    folder = create(actor=actor, name="My knee folder")
    inside = site.thread("Knee", place=Place.FOLDER, folder=folder, at=START + dt.timedelta(days=1))
    outside = site.thread("Knee")
    page = site.search("knee")
    assert shown(page) == [inside, outside]
    assert "In the folder <bdi>My knee folder</bdi>" in page
    assert shown(site.search("knee", place=str(folder.id))) == [inside]
    stranger = Client()
    sign_in(stranger, factories.make_eligible_veteran(site.team)[0])
    foreign = stranger.post(reverse("mailbox_search"), {"words": "knee", "place": str(folder.id)})
    assert foreign.status_code == 400


def test_names_of_files_are_found_and_having_one_is_a_filter(site: Site) -> None:
    with_file = site.thread("My papers", "See this.", "Thank you.")
    without = site.thread("My papers", "Nothing.")
    add_file(Conversation.objects.get(id=with_file), site.account, "mri_<knee>_2026.pdf")
    page = site.search("knee")
    assert shown(page) == [with_file]
    assert "<bdi>mri_&lt;<mark>knee</mark>&gt;_2026.pdf</bdi>" in page
    assert "<bdi>See this.</bdi>" in page
    assert shown(site.search("papers mri thank")) == [with_file]
    assert shown(site.search(attachment="on")) == [with_file]
    assert shown(site.search("papers", since="2026-03-04")) == []
    assert set(shown(site.search("papers"))) == {with_file, without}


def test_days_are_whole_and_words_are_looked_for_in_messages_of_those_days(site: Site) -> None:
    # Half past eleven at night in New York is the next day in Greenwich.
    late = site.thread("Knee", "An old word.", at=dt.datetime(2026, 3, 4, 4, 30, tzinfo=dt.UTC))
    assert shown(site.search("old", since="2026-03-03", until="2026-03-03")) == [late]
    assert shown(site.search("old", since="2026-03-04")) == []
    assert shown(site.search("old", until="03/02/2026")) == []
    long = site.thread(
        "Eyes", "First word.", "Last word.", at=START - dt.timedelta(days=40), apart=dt.timedelta(days=20)
    )
    assert shown(site.search("eyes first", since="2026-01-22", until="2026-01-22")) == [long]
    assert shown(site.search("eyes first", since="2026-02-11", until="2026-02-11")) == []
    assert shown(site.search("eyes", since="2026-02-01", until="2026-02-05")) == []


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"words": " "}, "words", "Enter words to search for, or choose a filter."),
        ({"words": "?! … \u00ab\u00bb"}, "words", "Enter at least one letter or number to search for."),
        ({"words": "x" * 201}, "words", "Search for at most 200 characters."),
        ({"words": "a b c d e f g h i j k"}, "words", "Search for at most 10 words at a time."),
        ({"words": "a\x00b"}, "words", "Null characters are not allowed."),
        ({"words": "x", "since": "2026-02-30"}, "since", "Enter a date like 12/31/2026."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "until", "Enter a last day that is not before the first day."),
        ({"number": "123"}, "number", "Enter the ten digits of a message number."),
        ({"number": "١٢٣٤٥٦٧٨٩٠"}, "number", "Enter the ten digits of a message number."),
        ({"team": str(uuid.uuid4())}, "team", "Choose a care team from the list."),
        ({"team": "1e99"}, "team", "Choose a care team from the list."),
        ({"category": "-1"}, "category", "Choose a category from the list."),
        ({"place": "' OR 1=1--"}, "place", "Choose a folder from the list."),
    ],
)
def test_a026_a107_what_cannot_be_searched_for_is_an_error_of_its_field(
    site: Site, typed: dict[str, str], field: str, words: str
) -> None:
    response = site.browser.post(reverse("mailbox_search"), typed)
    page = response.content.decode()
    assert response.status_code == 400
    error = re.search(rf'id="id_{field}_error">.*?</span> (.*?)</span>', page, re.DOTALL)
    assert error is not None
    assert error.group(1).startswith(words.split(" …", maxsplit=1)[0])
    for name, value in typed.items():
        if name in {"words", "number"} and "\x00" not in value and value.strip():
            assert f'value="{value}"' in page
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    "words",
    ["' OR 1=1--", "%", "_", "\\", "%needle%", 'ne"edle', "(a+)+$ needle", "<script>alert(1)</script>", "\u202eneedle"],
)
def test_a024_a026_signs_are_text_and_wildcards_are_literal(site: Site, words: str) -> None:
    site.thread("Knee", "Ordinary words.")
    hit = site.thread("Found", f"{words} or 1 1", at=START + dt.timedelta(days=1))
    posted = site.post(words)
    if posted.status_code == 302:
        page = site.page(posted.headers["Location"])
        assert shown(page) == [hit]
    else:
        page = posted.content.decode()
        assert "at least one letter or number" in page
    assert "<script>alert" not in page


def test_a001_a_search_is_its_owners_and_says_nothing_to_others(site: Site) -> None:
    site.thread("My knee")
    url = site.post("zebrawords").headers["Location"]
    stranger = Client()
    sign_in(stranger, factories.make_eligible_veteran(site.team)[0])
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|search(/|%2F)[0-9a-f-]{36}')
    theirs, nothing = (
        token.sub("", stranger.get(address).content.decode())
        for address in (url, reverse("mailbox_search_results", args=[uuid.uuid4()]))
    )
    assert theirs == nothing
    assert "This search is no longer here" in theirs
    assert stranger.get(url).status_code == 404


def test_what_is_typed_lies_sealed_in_one_row_and_runs_out(site: Site) -> None:
    with clock.at(START):
        sign_in(site.browser, site.account)
        url = site.post("zebracanary").headers["Location"]
        saved = SavedSearch.objects.get()
        assert "zebracanary" not in url
        assert b"zebracanary" not in bytes(saved.criteria_sealed)
        assert saved.sealing_owner().id == site.record.id
        assert 'value="zebracanary"' in site.page(url)
        assert not any("zebracanary" in str(value) for value in site.browser.session.values())
        assert actions.purge() == 0
    with clock.at(START + actions.KEPT + dt.timedelta(seconds=1)):
        assert actions.purge() == 1
        sign_in(site.browser, site.account)
        assert "This search is no longer here" in site.page(url, 404)


def test_the_oldest_searches_make_room(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_KEPT", 3)
    urls = [site.post(f"word{number}").headers["Location"] for number in range(5)]
    assert [site.browser.get(url).status_code for url in urls] == [404, 404, 200, 200, 200]


def test_a100_each_page_of_results_is_one_row_that_names_what_it_shows(site: Site) -> None:
    threads = [site.thread("Knee", at=START + dt.timedelta(hours=number)) for number in range(30)]
    url = site.post("knee").headers["Location"]
    assert not AuditEvent.objects.filter(deed="search_shown").exists()
    page = site.page(url)
    onward = re.search(r'rel="next" href="([^"]+)"', page)
    assert onward is not None
    site.page(onward.group(1).replace("&amp;", "&"))
    second, first = AuditEvent.objects.filter(deed="search_shown")
    assert first.details["conversations"] == [str(found) for found in reversed(threads[5:])]
    assert second.details["conversations"] == [str(found) for found in reversed(threads[:5])]
    assert (first.subject_id, first.object_kind) == (site.record.id, "search")
    assert first.object_id in url
    assert "knee" not in str(first.details)
    assert site.browser.get(url, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    assert site.browser.head(url).status_code == 405
    assert AuditEvent.objects.filter(deed="search_shown").count() == 2


def test_pages_show_every_hit_once_and_the_count_says_no_more_than_is_known(site: Site) -> None:
    threads = [site.thread("Knee", at=START + dt.timedelta(hours=number)) for number in range(60)]
    url, seen, said = site.post("knee").headers["Location"], [], []
    while url:
        page = site.page(url)
        seen += shown(page)
        said += re.findall(r'<p role="status">(.*?)</p>', page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        url = onward.group(1).replace("&amp;", "&") if onward else ""
    assert seen == list(reversed(threads))
    assert said == [
        "Conversations 1 to 25 shown. More may follow.",
        "Conversations 26 to 50 shown. More may follow.",
        "That is all: 60 conversations found.",
    ]


def test_a093_a_scan_whose_time_is_up_says_how_far_it_came_and_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "SECONDS", 0.0)
    monkeypatch.setattr(scanning, "FIRST_BATCH", 4)
    monkeypatch.setattr(scanning, "LARGEST_BATCH", 4)
    needle = site.thread("Needle", at=START)
    for number in range(1, 10):
        site.thread("Hay", at=START + dt.timedelta(days=number))
    page = site.search("needle")
    assert "0 conversations found so far. We have looked back to March 9, 2026." in page
    assert "We found nothing" not in page
    steps = 0
    while onward := re.search(r'href="([^"]+)">Search older messages', page):
        page = site.page(onward.group(1).replace("&amp;", "&"))
        steps += 1
    assert (steps, shown(page)) == (2, [needle])
    assert "1 conversation found." in page or "That is all: 1 conversation found." in page


@pytest.mark.parametrize("query", ["page=x", "page=Zg", "shown=-1", "shown=1e9", "shown=99999999", "shown=\u0661"])
def test_a107_forged_places_of_results_are_not_found(site: Site, query: str) -> None:
    url = site.post("knee").headers["Location"]
    assert site.browser.get(f"{url}?{query}").status_code == 404


def test_merged_records_are_searched_as_one_mailbox(site: Site) -> None:
    old = factories.make_record(merged_into=site.record)
    theirs = make_thread(old, site.team, "Needle", ["Before the merge."], at=START + dt.timedelta(days=1))
    own = site.thread("Needle")
    assert shown(site.search("needle")) == [theirs.id, own]


def test_a_mailbox_without_a_message_finds_nothing_and_says_what_to_try(site: Site) -> None:
    page = site.search('"my knee"', unread="on")
    assert "0 conversations found." in page
    for advice in ("Check the spelling", "Leave out the quotes", "Take away filters"):
        assert advice in page
    assert "Leave out the quotes" not in site.search("knee")


def test_the_box_stands_on_every_page_of_the_mailbox_and_not_twice_on_the_search_page(site: Site) -> None:
    conversation = site.thread("Knee")
    for name in ("mailbox_inbox", "mailbox_sent", "mailbox_drafts"):
        assert 'id="search-box-words"' in site.browser.get(reverse(name)).content.decode(), name
    assert 'id="search-box-words"' in site.page(reverse("mailbox_conversation", args=[conversation]))
    assert 'id="search-box-words"' not in site.page(reverse("mailbox_search"))
