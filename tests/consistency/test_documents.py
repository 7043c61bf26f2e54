"""The documents hold together: links lead somewhere, and every variable of the settings is explained."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r"\benv\.(?!fail|refuse)\w+\(\s*\"([A-Z][A-Z_]+)\"")
# Read by itself in the code, not through env.py.
OTHERS = {"DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    targets = [target for target in LINK.findall(document.read_text(encoding="utf-8")) if "://" not in target]
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert missing == []


def test_every_variable_of_the_settings_is_explained() -> None:
    sources = [path.read_text() for path in sorted((ROOT / "smportal" / "settings").glob("*.py"))]
    read = {name for source in sources for name in VARIABLE.findall(source)} | OTHERS
    assert {"SECRET_KEY", "DATABASE_URL", "LOG_LEVEL", "INTERNAL_TLS"} <= read
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    # `…_STAFF` stands for the rest of a name that its row begins with.
    explained = set(re.findall(r"`([A-Z][A-Z_]+)`", guide)) | {
        f"IDLE_SECONDS{rest}" for rest in re.findall(r"`…(_[A-Z]+)`", guide)
    }
    assert read - explained == set()


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "docs" / "adr").glob("0*.md") if path.name not in listed] == []
