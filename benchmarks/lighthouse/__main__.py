"""What Lighthouse says of the inbox, a conversation and compose: `python -m benchmarks.lighthouse`.

A phone on slow 4G with an empty cache, as Lighthouse simulates it. Each page some times over: performance, paint, blocking,
shift and bytes are the medians, accessibility and best practices the worst, since those do not depend on the machine's load.
Exits with 1 when a figure is missed, and names the audits that cost points.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from benchmarks import stage
from benchmarks.measuring import WrongAnswer
from smportal.devstack import chromium, frontend, ports
from smportal.devstack.supervisor import StackError

HOME = Path(__file__).resolve().parent
RUNS = 5
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100}
METRICS = ("largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "total-byte-weight")
# Longer than any page takes on a machine with other work.
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Visit:
    """One run: points by category, numbers by metric, and what cost points."""

    points: dict[str, int]
    metrics: dict[str, float]
    lost: frozenset[str]

    @classmethod
    def read(cls, report: dict[str, Any], path: str) -> "Visit":
        """Take what is used out of a report; raise WrongAnswer when it is about another page, or about none."""
        if problem := report.get("runtimeError"):
            raise WrongAnswer(f"{path}: {problem['message']}")
        if (shown := urlsplit(report["finalDisplayedUrl"]).path) != path:
            raise WrongAnswer(f"{path}: showed {shown}")
        audits, categories = report["audits"], report["categories"]
        points: dict[str, int] = {}
        for name in LEAST:
            # Without a score, some audit of the category did not come to its end.
            if (score := categories[name]["score"]) is None:
                raise WrongAnswer(f"{path}: no score for {name}")
            points[name] = round(score * 100)
        lost = frozenset(
            f"{category}: {reference['id']}"
            for category in LEAST
            for reference in categories[category]["auditRefs"]
            if reference["weight"] and (score := audits[reference["id"]]["score"]) is not None and score < 1
        )
        return cls(points, {name: float(audits[name]["numericValue"]) for name in METRICS}, lost)


def main() -> None:
    """Visit each page, print the table; exit 1 when a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lighthouse", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="visits to each page (the figures are for 5)")
    parser.add_argument("--only", action="append", help="one page by its name; can be repeated")
    parser.add_argument("--reports", type=Path, help="keep Lighthouse's own reports in this folder")
    options = parser.parse_args()
    try:
        install()
        with stage.raised("tiny", styled=True) as ground:
            site = f"http://localhost:{ground.port}"
            cookie, paths = _pages()
            wanted = {name: path for name, path in paths.items() if not options.only or name in options.only}
            if not wanted or options.runs < 1:
                parser.error(f"--runs is 1 or more, --only one of {', '.join(paths)}")
            with signed_in(site, cookie) as port:
                visits = {
                    name: [visit(site, path, port, options.reports, f"{name}-{run}") for run in range(options.runs)]
                    for name, path in wanted.items()
                }
    except (StackError, WrongAnswer, subprocess.TimeoutExpired) as problem:
        sys.exit(str(problem))
    if missed := show(visits):
        sys.exit(f"missed: {', '.join(missed)}")


def install() -> None:
    """Install Lighthouse from this folder's lock, unless it is there."""
    wanted = sha256((HOME / "package-lock.json").read_bytes()).hexdigest()
    stamp = HOME / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    node, npm = frontend.find_node()
    done = _node(node, [str(npm), "ci", "--loglevel=error"], dict(os.environ))
    if done.returncode:
        msg = f"npm ci failed:\n{(done.stdout + done.stderr)[-3000:]}"
        raise StackError(msg)
    stamp.write_text(wanted)


def _pages() -> tuple[str, dict[str, str]]:
    """Return a veteran's session and the pages by name."""
    from django.test import Client
    from django.urls import reverse

    from benchmarks.cases import Portal
    from messaging.mailbox.compose import SEEN_URGENT
    from messaging.models import Conversation
    from tests.signing_in import sign_in

    portal, browser = Portal(), Client()
    veteran = portal.typical[0]
    sign_in(browser, veteran)
    session = browser.session
    # Else compose begins with what to do when it cannot wait.
    session[SEEN_URGENT] = True
    session.save()
    talk = Conversation.objects.filter(record_id=veteran.record_id, message_count=6).order_by("id")[0]
    paths = {
        "inbox": reverse("mailbox_inbox"),
        "conversation": reverse("mailbox_conversation", args=[talk.id]),
        "compose": reverse("compose_to", args=[portal.team.id]),
    }
    return str(session.session_key), paths


@contextmanager
def signed_in(site: str, cookie: str) -> Iterator[int]:
    """Start a browser with the session's cookie in it; yield the port on which it can be driven."""
    found, port = chromium.find(), ports.free_port()
    with TemporaryDirectory() as profile, sync_playwright() as playwright:
        # Lighthouse opens its tab in the browser's own context, which only a persistent one is.
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=found.program,
            args=[*found.arguments, f"--remote-debugging-port={port}"],
            env={**os.environ, **found.environment},
        )
        # Over http a browser takes a Secure cookie for localhost from the site itself only.
        secure = site.replace("http:", "https:")
        context.add_cookies(
            [{"name": "__Host-session", "value": cookie, "url": secure, "secure": True, "httpOnly": True}]
        )
        yield port
        context.close()


def visit(site: str, path: str, port: int, reports: Path | None, name: str) -> Visit:
    """Let Lighthouse visit a page once."""
    node, _ = frontend.find_node()
    program = HOME / "node_modules" / "lighthouse" / "cli" / "index.js"
    options = [f"--port={port}", "--quiet", "--output=json", f"--only-categories={','.join(LEAST)}"]
    # Nothing is told to its makers.
    done = _node(node, [str(program), site + path, *options, "--no-enable-error-reporting"], dict(os.environ))
    if done.returncode:
        raise WrongAnswer(f"{path}: {(done.stderr or done.stdout)[-2000:]}")
    if reports:
        reports.mkdir(parents=True, exist_ok=True)
        (reports / f"{name}.json").write_text(done.stdout)
    return Visit.read(json.loads(done.stdout), path)


def _node(node: str, arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    # What npm and Lighthouse start by the name "node" is the same one.
    environment["PATH"] = f"{Path(node).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return subprocess.run(
        [node, *arguments],
        cwd=HOME,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def show(visits: dict[str, list[Visit]]) -> list[str]:
    """Print the table and what cost points; return the figures that were missed."""
    print(f"\nmedian of {max(map(len, visits.values()))} (accessibility, best practices: the worst)\n")
    print("| page | performance | accessibility | best practices | LCP s | TBT ms | CLS | transferred kB |")
    print("|---|---|---|---|---|---|---|---|")
    missed = []
    for name, runs in visits.items():
        # Rounded down where two middle ones differ: never a point that was not reached.
        points = {
            category: int(median(run.points[category] for run in runs))
            if category == "performance"
            else min(run.points[category] for run in runs)
            for category in LEAST
        }
        paint, blocked, shift, sent = (median(run.metrics[metric] for run in runs) for metric in METRICS)
        scores = " | ".join(str(points[category]) for category in LEAST)
        print(f"| {name} | {scores} | {paint / 1000:.2f} | {blocked:.0f} | {shift:.3f} | {sent / 1000:.1f} |")
        missed += [
            f"{name} {category} {points[category]} of {least}"
            for category, least in LEAST.items()
            if points[category] < least
        ]
    for name, runs in visits.items():
        for audit in sorted(frozenset().union(*(run.lost for run in runs))):
            print(f"{name}: points lost by {audit}")
    return missed


if __name__ == "__main__":
    main()
