"""``bin/test``: every tool on everything, then one summary; with arguments only pytest with these."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smportal.devstack import frontend
from smportal.devstack.supervisor import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
PYTEST = ("-m", "pytest", "-n", "2")


@dataclass(frozen=True)
class Tool:
    """One check: its name for the summary and how Python runs it."""

    name: str
    arguments: Sequence[str]


TOOLS = (
    Tool("ruff check", ("-m", "ruff", "check", ".")),
    Tool("ruff format", ("-m", "ruff", "format", "--check", ".")),
    Tool("mypy", ("-m", "mypy")),
    Tool("djlint", ("-m", "djlint", "templates", "--lint", "--quiet")),
    Tool(
        "migrations",
        ("-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run", "--settings=smportal.settings.test"),
    ),
    Tool("import law", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    # Last: the end of the output is what people and machines look at.
    Tool("pytest", PYTEST),
)


def run(tool: Tool, environment: dict[str, str]) -> tuple[bool, float]:
    """Run one tool with its output on ours; return whether it passed and the seconds it took."""
    print(f"--- {tool.name}", flush=True)
    began = time.monotonic()
    done = subprocess.run([sys.executable, *tool.arguments], cwd=ROOT, env=environment, check=False)
    return done.returncode == 0, time.monotonic() - began


def run_all(environment: dict[str, str]) -> int:
    """Run every tool, also after one has failed; return the exit code."""
    lines: list[str] = []
    failed: list[str] = []
    for tool in TOOLS:
        if tool.name == "pytest" and lines:
            print("\n".join(["--- so far", *lines]), flush=True)
        passed, seconds = run(tool, environment)
        lines.append(f"{'ok    ' if passed else 'FAILED'} {tool.name} ({seconds:.0f} s)")
        if not passed:
            failed.append(tool.name)
    if failed:
        print(f"FAILED: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def main() -> None:
    """Build what the browser tests need, then check."""
    arguments = sys.argv[1:]
    # Settings of the caller's shell must not reach the tests; they choose their own.
    environment = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    }
    if "--full" in arguments:
        arguments.remove("--full")
        environment["FULL"] = "1"
    try:
        frontend.install(tests=True)
        frontend.build()
    except StackError as problem:
        sys.exit(f"bin/test: {problem}")
    if arguments:
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "pytest", *arguments], environment)
    sys.exit(run_all(environment))


if __name__ == "__main__":
    main()
