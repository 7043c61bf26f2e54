"""bin/bench on a tiny portal: its figures mean nothing, but it must measure what it says it measures."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.urls import NoReverseMatch, reverse

from benchmarks.measuring import Ask, Case, Client, WrongAnswer, measure

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = {
    *(
        "unread-count",
        "inbox",
        "inbox-heavy",
        "inbox-page-200",
        "inbox-by-team",
        "inbox-filtered",
        "inbox-files",
        "folder",
        "sent",
    ),
    *("conversation", "send", "autosave"),
    *("search-post", "search-500", "search-rare-20000"),
    *("team-inbox", "team-inbox-page-200", "team-inbox-filtered", "team-inbox-filtered-200", "team-inbox-veteran"),
    *("team-conversation", "team-search", "reply"),
}


def bench(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={**os.environ, "BENCH_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    state = tmp_path_factory.mktemp("bench")
    done = bench("--scale", "tiny", "--rounds", "2", "--json", str(state / "figures.json"), state=state)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((state / "figures.json").read_text()), done.stdout


def test_the_file_has_the_contract_s_names_and_columns(tiny: tuple[dict[str, Any], str]) -> None:
    figures, _ = tiny
    assert figures.keys() == {"floor_ms", "rows"}
    assert figures["floor_ms"] > 0
    assert {row["name"] for row in figures["rows"]} == NAMES
    for row in figures["rows"]:
        assert row.keys() == {"name", "p50_ms", "p95_ms", "ratio", "sql", "bytes"}
        assert 0 < row["p50_ms"] <= row["p95_ms"]
        assert row["ratio"] == pytest.approx(row["p50_ms"] / figures["floor_ms"], abs=0.02)


def test_statements_do_not_grow_with_the_mailbox_or_the_page(tiny: tuple[dict[str, Any], str]) -> None:
    sql = {row["name"]: row["sql"] for row in tiny[0]["rows"]}
    assert sql["inbox"] == sql["inbox-heavy"] == sql["inbox-page-200"]
    # The first page of a queue also shows the possibly urgent ones.
    assert sql["team-inbox-page-200"] <= sql["team-inbox"] <= sql["team-inbox-page-200"] + 1
    assert sql["send"] <= 20


def test_later_pages_weigh_at_most_15_kb(tiny: tuple[dict[str, Any], str]) -> None:
    assert max(row["bytes"] for row in tiny[0]["rows"]) <= 15_000


def test_the_table_has_the_machine_s_facts_and_every_name(tiny: tuple[dict[str, Any], str]) -> None:
    table = tiny[1]
    assert "PostgreSQL 1" in table
    assert "cores" in table
    assert all(f"\n{name} " in table for name in NAMES)


def test_an_unknown_name_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = bench("--only", "inbocks", state=tmp_path)
    assert done.returncode == 2
    assert "inbocks" in done.stderr
    assert not list(tmp_path.iterdir())


def test_the_floor_is_no_page_of_the_portal() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("session_floor")


class Refuses(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"<p>row</p>"
        self.send_response(HTTPStatus.OK if self.path == "/" else HTTPStatus.FORBIDDEN)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        pass


@pytest.fixture
def client() -> Iterator[Client]:
    server = HTTPServer(("127.0.0.1", 0), Refuses)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    client = Client(server.server_port)
    yield client
    client.close()
    server.shutdown()
    server.server_close()
    thread.join()


def asking(path: str) -> Iterator[Ask]:
    while True:
        yield Ask("session", path)


def test_a_fast_refusal_is_not_a_result(client: Client) -> None:
    floor = Case("floor", asking("/"))
    assert measure(client, floor, [Case("page", asking("/"), marker="<p>", times=1)], rounds=1)[0] > 0
    with pytest.raises(WrongAnswer, match="answered 403"):
        measure(client, floor, [Case("page", asking("/no"))], rounds=1)
    with pytest.raises(WrongAnswer, match="stands 1 times on the page, not 25"):
        measure(client, floor, [Case("page", asking("/"), marker="<p>", times=25)], rounds=1)
