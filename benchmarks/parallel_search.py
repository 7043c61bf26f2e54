"""`python -m benchmarks.parallel_search`: what other people's pages cost while 20 clients search without a pause.

Half of the clients are the veteran with 20,000 messages, half are staff of the team with 60,000 conversations; each
looks for a word that only the oldest message has, again as soon as it is answered. A client that is asked to try
again waits for as long as it was told.
"""

import itertools
import statistics
import threading
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

from benchmarks import stage
from benchmarks.measuring import Ask, Client

SEARCHERS = 20
ROUNDS = 60
# What the page's Retry-After says.
RETRY_SECONDS = 3


def main() -> None:
    """Measure inbox and queue, alone and beside the searches, and print a table."""
    with stage.raised("full") as ground:
        from benchmarks.cases import Portal
        from benchmarks.filling import RARE
        from messaging.search.criteria import Criteria

        portal = Portal()
        words = Criteria(words=RARE)
        heavy = next(portal.results("heavy", portal.heavy, words, rows=1).asks)
        lately = Criteria(words=RARE, since=portal.lately())
        staff = [next(portal.results("staff", account, lately, rows=0).asks) for account in portal.staff]
        pages = [case for case in portal.cases() if case.name in {"inbox", "team-inbox"}]
        client = Client(ground.port)
        alone = {case.name: _times(client, [next(case.asks) for _ in range(ROUNDS)]) for case in pages}
        with _searching(ground.port, [heavy, *staff]) as answers:
            beside = {case.name: _times(client, [next(case.asks) for _ in range(ROUNDS)]) for case in pages}
        client.close()
    print(
        f"\n{'page':12} {'alone p50':>10} {'p95':>8} {'beside p50':>11} {'p95':>8}  (ms, {SEARCHERS} clients searching)"
    )
    for name in alone:
        print(f"{name:12} {alone[name][0]:10.1f} {alone[name][1]:8.1f} {beside[name][0]:11.1f} {beside[name][1]:8.1f}")
    print("answers to the searches by status:", dict(answers))


class _searching:  # noqa: N801 - a context manager, read as a verb
    def __init__(self, port: int, asks: Sequence[Ask]) -> None:
        self.answers: Counter[int] = Counter()
        self._over = threading.Event()
        turns = itertools.cycle(asks)
        self._threads = [
            threading.Thread(target=self._go_on, args=(port, asks[0] if number % 2 else next(turns)))
            for number in range(SEARCHERS)
        ]

    def _go_on(self, port: int, ask: Ask) -> None:
        while not self._over.is_set():
            client = Client(port)
            status = client.ask(ask).status
            client.close()
            self.answers[status] += 1
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self._over.wait(RETRY_SECONDS)

    def __enter__(self) -> Counter[int]:
        for thread in self._threads:
            thread.start()
        return self.answers

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


def _times(client: Client, asks: Sequence[Ask]) -> tuple[float, float]:
    seconds = sorted(client.ask(ask).seconds for ask in asks)
    return statistics.median(seconds) * 1_000, seconds[int(len(seconds) * 0.95)] * 1_000


if __name__ == "__main__":
    main()
