"""The codebase checks itself: who may touch what, and what templates may hold."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
OURS = ("smportal", "accounts", "eligibility", "messaging")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def sources(*patterns: str) -> list[Path]:
    return [path for package in OURS for pattern in patterns for path in sorted((ROOT / package).rglob(pattern))]


@pytest.mark.parametrize(
    "path",
    sources("views.py", "compose.py", "navigation.py", "thread.py"),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_views_reach_the_database_only_through_actions_and_queries(path: Path) -> None:
    reached = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "save", "_default_manager"}
    ]
    assert reached == []


def test_tasks_take_ids_and_call_one_action() -> None:
    for path in sources("tasks.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                assert len(node.body) <= 4, f"{path}: {node.name} does more than call an action"


def test_models_keep_their_save_and_no_signal_is_connected() -> None:
    for model in apps.get_models():
        if model.__module__.startswith(OURS):
            assert model.save is models.Model.save or "save" not in vars(model), model
    for path in sources("*.py"):
        text = path.read_text()
        assert "@receiver" not in text, path
        assert not re.search(r"\b(pre|post)_(save|delete|init)\b", text), path


def test_files_stay_small_enough_to_know_the_room_one_is_in() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources("*.py")
        if "migrations" not in path.parts and (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_script_style_or_unescaped_text(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)
    if "notifications" not in path.parts:  # an email has no style sheet
        assert not re.search(r"<style|\sstyle=", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert (
        not re.search(r"(src|href)=\"https?://(?!www\.va\.gov|www\.veteranscrisisline\.net|[a-z.]*va\.gov)", text)
        or "href" in text
    )
    assert "{% autoescape off" not in text


def test_safe_filters_are_few_and_known() -> None:
    used = {f"{path.relative_to(ROOT)}" for path in TEMPLATES if re.search(r"\|safe\b|\|safeseq\b", path.read_text())}
    # help_text is the project's own, never a person's.
    assert used <= {"templates/components/field_head.html", "templates/components/checkbox.html"}


def test_every_template_is_used() -> None:
    everything = "\n".join(path.read_text() for path in [*TEMPLATES, *sources("*.py")])
    unused = []
    for path in TEMPLATES:
        name = str(path.relative_to(ROOT / "templates"))
        library = name.split("/", maxsplit=1)[0] in {
            "account",
            "mfa",
            "allauth",
            "usersessions",
            "admin",
            "socialaccount",
        }
        if (
            not library
            and f'"{name}"' not in everything
            and f"'{name}'" not in everything
            and not _built(name, everything)
        ):
            unused.append(name)
    assert unused == []


def _built(name: str, everything: str) -> bool:
    """Tell whether some code names the file's folder and builds the rest: a widget, an error page, an email."""
    folder, _, file = name.rpartition("/")
    return (
        bool(re.search(rf"{re.escape(folder)}/[^\"']*[{{%]", everything))
        or file.startswith("__")
        or f"{folder}/{{" in everything
    )
