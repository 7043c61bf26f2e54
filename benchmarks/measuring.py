"""One keep-alive client that asks for all pages in turn, with the session floor before each."""

import gzip
import http.client
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from benchmarks.counting import ANSWER, ASK

CSRF_SECRET = "b" * 32
WARM_UP_ROUNDS = 6
COUNTED_ANSWERS = 5


class WrongAnswer(Exception):
    """A page answered otherwise than the page that was meant to be measured."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; with `form` it is posted."""

    session: str
    path: str
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A page or an action under a name. `asks` never ends; `marker` stands `times` in the right answer."""

    name: str
    asks: Iterator[Ask]
    status: int = HTTPStatus.OK
    marker: str = ""
    times: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `seconds` from the first byte sent to the last one read, `size` as it was transferred."""

    status: int
    seconds: float
    size: int
    statements: int
    text: str


class Client:
    """A browser's part: one connection, compressed answers, cookies. It sends requests as one packet."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, ask: Ask, *, count: bool = False) -> Answer:
        """Send one request and read its answer; a redirect is not followed."""
        headers = {
            "Host": f"localhost:{self._port}",
            "Accept-Encoding": "gzip",
            "Cookie": f"__Host-session={ask.session}; __Host-csrf={CSRF_SECRET}",
        }
        body = None
        if ask.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**ask.form, "csrfmiddlewaretoken": CSRF_SECRET}).encode()
        if count:
            headers[ASK] = "1"
        began = time.perf_counter()
        self._connection.request("GET" if body is None else "POST", ask.path, body=body, headers=headers)
        response = self._connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - began
        zipped = response.headers.get("Content-Encoding") == "gzip"
        return Answer(
            response.status,
            seconds,
            len(content),
            int(response.headers.get(ANSWER, 0)),
            (gzip.decompress(content) if zipped else content).decode(),
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass(slots=True)
class Series:
    """What one case's measured requests took."""

    case: Case
    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    statements: int = 0

    def row(self, floor: float) -> dict[str, str | float | int]:
        """Return the case's figures: milliseconds, multiples of the floor's median, bytes of the median answer."""
        median = statistics.median(self.seconds)
        return {
            "name": self.case.name,
            "p50_ms": round(median * 1_000, 2),
            "p95_ms": round(_percentile(self.seconds, 0.95) * 1_000, 2),
            "ratio": round(median / floor, 2),
            "sql": self.statements,
            "bytes": round(statistics.median(self.sizes)),
        }


def _percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


def measure(client: Client, floor: Case, cases: Sequence[Case], rounds: int) -> tuple[float, list[Series]]:
    """Return the floor's median in seconds and one series for each case.

    Raises WrongAnswer when a page is not the one that was meant: a fast refusal is not a result.
    """
    series = [Series(case) for case in cases]
    floors: list[float] = []
    for turn in range(WARM_UP_ROUNDS + rounds):
        for one in series:
            base, answer = _once(client, floor), _once(client, one.case)
            if turn >= WARM_UP_ROUNDS:
                floors.append(base.seconds)
                one.seconds.append(answer.seconds)
                one.sizes.append(answer.size)
    # At the end, when every cache is warm.
    for one in series:
        one.statements = check(client, one.case)
    return statistics.median(floors), series


def check(client: Client, case: Case) -> int:
    """Look at whole answers and return the most SQL statements that one took. Raises WrongAnswer."""
    _once(client, case)
    most = 0
    for _ in range(COUNTED_ANSWERS):
        answer = _once(client, case, count=True)
        found = answer.text.count(case.marker) if case.marker else 0
        if found != case.times:
            raise WrongAnswer(f"{case.name}: {case.marker!r} stands {found} times on the page, not {case.times}")
        most = max(most, answer.statements)
    return most


def _once(client: Client, case: Case, *, count: bool = False) -> Answer:
    ask = next(case.asks)
    answer = client.ask(ask, count=count)
    if answer.status != case.status:
        raise WrongAnswer(f"{case.name}: {ask.path} answered {answer.status}, not {int(case.status)}")
    return answer
