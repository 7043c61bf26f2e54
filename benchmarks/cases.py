"""What is measured: one case for each name of the contract (domain rules, section 10)."""

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Count, QuerySet
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Account
from benchmarks import people
from benchmarks.filling import RARE
from benchmarks.measuring import Ask, Case
from eligibility.models import CareTeam
from messaging.keyset import ROWS, Cursor
from messaging.models import Category, Conversation, Draft, Folder
from messaging.search.actions import keep
from messaging.search.criteria import TEAM_DAYS, Criteria
from smportal import clock
from tests.factories import actor_for
from tests.signing_in import sign_in

# How many typical veterans take turns: no page profits from the one before it.
TYPICAL = 6
PAGE = 200
BODY = "The new medicine helps in the morning, but my knee still hurts at night. Is it all right to walk?\n" * 4
ROW = '<li class="row'
# None of the possibly urgent conversations has it.
NARROWED = Category.EDUCATION
SAVED = '"saved_at": "Saved at'


class Portal:
    """The loaded portal: sessions of its people and which of their pages to ask for."""

    def __init__(self) -> None:
        names = [people.username(number) for number in range(TYPICAL)]
        self.typical = list(Account.objects.filter(username__in=names).order_by("username"))
        self.heavy = Account.objects.get(username=people.HEAVY)
        self.searcher = Account.objects.get(username=people.SEARCHER)
        self.nurse = Account.objects.get(username=people.NURSE)
        self.staff = list(Account.objects.filter(username__startswith="bench-", kind="staff").order_by("username"))
        self.team = CareTeam.objects.get(code="BENCH-0")
        everybody = [*self.typical, self.heavy, self.searcher, *self.staff]
        self._sessions = {account.id: session_of(account) for account in everybody}

    def floor(self) -> Case:
        """The page that everything is compared with."""
        url = reverse("session_floor")
        return Case("floor", (self._ask(account, url) for account in itertools.cycle(self.typical)))

    def cases(self) -> list[Case]:
        """Return every case in the order of the table."""
        inbox, queue = reverse("mailbox_inbox"), reverse("team_queue", args=["open"])
        return [
            # The floor with the counts beside it: what 20,000 unread conversations cost a page.
            Case("unread-count", self._counts(), marker=" unread", times=1),
            self._list("inbox", self.typical, inbox),
            self._list("inbox-heavy", [self.heavy], inbox),
            self._list("inbox-page-200", [self.heavy], f"{inbox}?page={self._heavy_page()}"),
            # All 20,000 are unread. Team by team is the most expensive order, a rare category the thinnest filter.
            self._list("inbox-by-team", [self.heavy], f"{inbox}?sort=team"),
            self._list(
                "inbox-filtered",
                [self.heavy],
                f"{inbox}?category=education&unread=1",
                rows=self._matching(category="education"),
            ),
            self._list("inbox-files", [self.heavy], f"{inbox}?attachment=1", rows=self._matching(has_attachment=True)),
            self._list("folder", [self.heavy], reverse("mailbox_folder", args=[self._folder()])),
            self._list("sent", self.typical, reverse("mailbox_sent")),
            Case("conversation", self._conversations(), marker='<li class="entry', times=6),
            Case("send", self._sends(), status=HTTPStatus.FOUND),
            Case("autosave", self._autosaves(), marker=SAVED, times=1),
            Case("search-post", self._searches(), status=HTTPStatus.FOUND),
            # One word in the oldest message: all others are opened first.
            self.results("search-500", self.searcher, Criteria(words=RARE), rows=1),
            # On a busy machine its time may be up before the end: then the page says so, and is no faster for it.
            replace(
                self.results("search-rare-20000", self.heavy, Criteria(words=RARE), rows=1), marker='<p role="status">'
            ),
            # The possibly urgent ones stand above the first page.
            self._list("team-inbox", [self.nurse], queue, rows=ROWS + self._urgent()),
            self._list("team-inbox-page-200", [self.nurse], f"{queue}?page={self._queue_page()}"),
            # What nobody has of one category in seven, page 1 and 200; and all of one veteran.
            self._list("team-inbox-filtered", [self.nurse], f"{queue}?{self._narrowed()}"),
            self._list(
                "team-inbox-filtered-200",
                [self.nurse],
                f"{queue}?{self._narrowed()}&page={self._queue_page(category=NARROWED)}",
            ),
            self._list("team-inbox-veteran", [self.nurse], f"{queue}?veteran={self._busiest()}"),
            Case("team-conversation", self._team_conversations(), marker='<li class="entry', times=6),
            self.results("team-search", self.nurse, Criteria(words="medicine", since=self.lately()), rows=ROWS),
            Case("reply", self._replies(), status=HTTPStatus.FOUND),
        ]

    def results(self, name: str, account: Account, criteria: Criteria, *, rows: int) -> Case:
        """Measure the first page of results of a search that was posted before."""
        staff = account in self.staff
        search_id = keep(actor=actor_for(account), criteria=criteria)
        url = reverse("team_search_results" if staff else "mailbox_search_results", args=[search_id])
        return self._list(name, [account], url, rows=rows)

    def _searches(self) -> Iterator[Ask]:
        for account in itertools.cycle(self.typical):
            yield self._ask(account, reverse("mailbox_search"), {"words": "medicine"})

    @staticmethod
    def lately() -> dt.date:
        """Return the first day that a search of a whole team can begin with."""
        return clock.now().date() - dt.timedelta(days=TEAM_DAYS - 2)

    def _ask(self, account: Account, path: str, form: dict[str, str] | None = None) -> Ask:
        return Ask(self._sessions[account.id], path, form)

    def _list(self, name: str, accounts: Sequence[Account], url: str, rows: int = ROWS) -> Case:
        asks = (self._ask(account, url) for account in itertools.cycle(accounts))
        return Case(name, asks, marker=ROW, times=rows)

    def _counts(self) -> Iterator[Ask]:
        return (self._ask(account, reverse("counted_floor")) for account in itertools.cycle([self.heavy]))

    def _heavy_page(self) -> Cursor:
        own = Conversation.objects.filter(record_id=self.heavy.record_id, place="inbox")
        return _late_page(own.order_by("-last_message_at", "-id"), "last_message_at")

    def _matching(self, **condition: object) -> int:
        own = Conversation.objects.filter(record_id=self.heavy.record_id, place="inbox", **condition)
        return min(ROWS, own.count())

    def _folder(self) -> uuid.UUID:
        return Folder.objects.get(record_id=self.heavy.record_id).id

    def _queue_page(self, **condition: object) -> Cursor:
        waiting = self._waiting().filter(possibly_urgent=False, **condition)
        return _late_page(waiting.order_by("due_at", "id"), "due_at")

    @staticmethod
    def _narrowed() -> str:
        return f"category={NARROWED}&assignee=nobody"

    def _busiest(self) -> uuid.UUID:
        """Return a veteran who has at least a page of conversations with the team, none of them possibly urgent."""
        found = self._waiting().values("record_id").annotate(many=Count("id"), urgent=BoolOr("possibly_urgent"))
        record_id: uuid.UUID = found.filter(urgent=False, many__gte=ROWS).order_by("record_id")[0]["record_id"]
        return record_id

    def _waiting(self) -> QuerySet[Conversation]:
        return Conversation.objects.filter(team=self.team, state="new", due_at__isnull=False)

    def _urgent(self) -> int:
        return self._waiting().filter(possibly_urgent=True).count()

    def _conversations(self) -> Iterator[Ask]:
        found = [
            (account, conversation_id)
            for account in self.typical
            for conversation_id in Conversation.objects.filter(record_id=account.record_id, message_count=6)
            .order_by("id")
            .values_list("id", flat=True)[:5]
        ]
        for account, conversation_id in itertools.cycle(found):
            yield self._ask(account, reverse("mailbox_conversation", args=[conversation_id]))

    def _sends(self) -> Iterator[Ask]:
        url = reverse("compose")
        content = {"team": str(self.team.id), "category": "medication", "subject": "My new medicine", "body": BODY}
        for account in itertools.cycle(self.typical):
            yield self._ask(account, url, {**content, **_fresh_draft(), "version": "0"})

    def _autosaves(self) -> Iterator[Ask]:
        """Go on writing the same draft, one for each veteran, as a page does with the version that it was told."""
        url, text = reverse("autosave_compose"), {"category": "medication", "subject": "My new medicine"}
        drafts = [(account, uuid.uuid4()) for account in self.typical]
        for turn, (account, draft_id) in enumerate(itertools.cycle(drafts)):
            version = Draft.objects.filter(id=draft_id).values_list("version", flat=True).first() or 0
            key = {"draft_id": str(draft_id), "version": str(version), "team": str(self.team.id)}
            yield self._ask(account, url, {**key, **text, "body": f"{BODY} {turn}"})

    def _staff_conversations(self, size: int, use: Callable[[uuid.UUID], Ask]) -> Iterator[Ask]:
        """Go through conversations that the nurse has not opened, each one once."""
        unopened = self._waiting().filter(message_count=size, possibly_urgent=False)
        unopened = unopened.exclude(messages__openings__staff__account=self.nurse)
        ids = unopened.exclude(record_id__in=[account.record_id for account in self.typical]).order_by("id")
        return map(use, itertools.cycle(list(ids.values_list("id", flat=True)[:2_000])))

    def _team_conversations(self) -> Iterator[Ask]:
        return self._staff_conversations(
            6, lambda found: self._ask(self.nurse, reverse("team_conversation", args=[found]))
        )

    def _replies(self) -> Iterator[Ask]:
        return self._staff_conversations(
            2,
            lambda found: self._ask(
                self.nurse, reverse("team_reply", args=[found]), {"body": BODY, "send": "1", **_fresh_draft()}
            ),
        )


def _late_page(conversations: QuerySet[Conversation], field: str) -> Cursor:
    """Return the cursor of page 200, or of the last whole page of a tiny portal."""
    page = min(PAGE, conversations.count() // ROWS)
    before = conversations[(page - 1) * ROWS - 1]
    return Cursor(getattr(before, field), before.id)


def _fresh_draft() -> dict[str, str]:
    return {"draft_id": str(uuid.uuid4()), "send": "1"}


def session_of(account: Account) -> str:
    """Sign somebody in, and return the session's key."""
    browser = Browser()
    sign_in(browser, account)
    return str(browser.session.session_key)
