"""Many at once: counts and codes hold when requests race (attacks A064, A068, A072)."""

import threading
from collections.abc import Callable

from django.db import connections

from accounts import attempts, factors
from smportal.errors import Refused
from tests.accounts.people import BY, Hands, make_person, wrong_codes
from tests.fixtures.databases import CommittedDatabase


def race(*calls: Callable[[], None]) -> None:
    """Run the calls in as many threads, ten at a time, each with a connection of its own."""

    def run(call: Callable[[], None]) -> None:
        try:
            call()
        finally:
            connections.close_all()

    for start in range(0, len(calls), 10):
        threads = [threading.Thread(target=run, args=(call,)) for call in calls[start : start + 10]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def test_a064_fifty_at_once_get_five_tries(committed_db: CommittedDatabase, hands: Hands) -> None:
    person = make_person()
    answers: list[str] = []

    def guess(code: str) -> None:
        try:
            factors.check_code(actor=BY, account=person.account, code=code)
            answers.append("looked at")
        except Refused:
            answers.append("refused")

    race(*[lambda code=code: guess(code) for code in wrong_codes(50)])
    assert (answers.count("looked at"), answers.count("refused")) == (5, 45)


def test_a068_same_code_in_two_requests_at_once(committed_db: CommittedDatabase, hands: Hands) -> None:
    person = make_person()
    code, answers = person.code, []

    def use() -> None:
        answers.append(factors.check_code(actor=BY, account=person.account, code=code))

    race(use, use, use, use)
    assert sum(answer is not None for answer in answers) == 1


def test_a072_flood_is_counted_before_anything_is_hashed(committed_db: CommittedDatabase, hands: Hands) -> None:
    let_through: list[bool] = []
    race(*[lambda: let_through.append(attempts.consume("flood", most=7, seconds=60))] * 40)
    assert let_through.count(True) == 7
