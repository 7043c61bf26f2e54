"""The table of docs/security/asvs.md names tests that are there, settings that hold, and documents that exist."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.smportal.test_settings import GOOD

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "security" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (L[123]) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SETTING = re.compile(r"`([A-Z][A-Z0-9_]+) = ([^`]+)`")
LINK = re.compile(r"\]\(([^)#]+)\)")
# What a row without a test or a setting must say.
OTHER = ("document:", "by review:", "by lint:", "not yet:", "the installation’s:")


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(TABLE.read_text(encoding="utf-8"))


def functions(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def production_settings(names: set[str]) -> dict[str, Any]:
    """Return the values under production's settings, read in a process of its own."""
    script = f"""
import json, smportal.settings.production as found
print(json.dumps({{name: getattr(found, name) for name in {sorted(names)!r}}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **GOOD},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_each_requirement_stands_once_and_in_order() -> None:
    ids = [tuple(map(int, row[0].split("."))) for row in rows()]
    assert len(ids) > 100
    assert ids == sorted(set(ids))
    lines = [line for line in TABLE.read_text().splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == len(ids), "a row that cannot be read"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_row_is_shown_by_something(row: tuple[str, str, str, str]) -> None:
    shown = row[3]
    for file, name in TEST.findall(shown):
        assert (ROOT / file).is_file(), file
        assert name in functions(ROOT / file), f"{file}::{name}"
    for path in LINK.findall(shown):
        assert (TABLE.parent / path).is_file(), path
    assert TEST.search(shown) or SETTING.search(shown) or shown.startswith(OTHER), shown


def test_each_setting_has_its_value_in_production() -> None:
    stated = [(name, ast.literal_eval(value)) for row in rows() for name, value in SETTING.findall(row[3])]
    assert len(stated) > 5
    actual = production_settings({name for name, _ in stated})
    assert [(name, value) for name, value in stated if actual[name] != value] == []
