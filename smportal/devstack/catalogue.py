"""The translations: collected from code and templates, compiled for Django; Babel stands in for GNU gettext.

The catalogue locale/es/LC_MESSAGES/django.po is committed and edited by hand; what Django reads is made
from it by the step that builds the style sheet. docs/language.md says how to work with it.
"""

import datetime as dt
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
COMPILED = ROOT / "build" / "locale"
LANGUAGES = ("es",)
CODE = ("accounts", "eligibility", "messaging", "smportal")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# The catalogue says nothing about when it was written: git does, and two runs give the same file.
UNDATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def source(language: str) -> Path:
    """Return the catalogue that people edit."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return the committed catalogue."""
    with source(language).open("rb") as file:
        return read_po(file, locale=language)


def compile_all() -> None:
    """Make what Django reads, where a catalogue is newer than that."""
    for language in LANGUAGES:
        compiled = COMPILED / language / "LC_MESSAGES" / "django.mo"
        if compiled.exists() and compiled.stat().st_mtime_ns >= source(language).stat().st_mtime_ns:
            continue
        compiled.parent.mkdir(parents=True, exist_ok=True)
        fresh = compiled.with_suffix(".new")
        with fresh.open("wb") as file:
            write_mo(file, read(language))
        fresh.replace(compiled)


def collect() -> Catalog:
    """Return every marked string of the code and the templates, in the order of their files."""
    found = Catalog(fuzzy=False)
    for path, content in _sources():
        name = path.relative_to(ROOT).as_posix()
        for _, message, comments, context in extract("python", BytesIO(content), KEYWORDS, ["Translators:"]):
            found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def _sources() -> Iterator[tuple[Path, bytes]]:
    from django.utils.translation import templatize

    for app in CODE:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_bytes()
    for path in sorted((ROOT / "templates").rglob("*")):
        # The admin's pages stay English, and Django's own words on them are Django's.
        if path.suffix in {".html", ".txt"} and "admin" not in path.relative_to(ROOT).parts:
            # Django turns a template into calls with noise between them; in parentheses, lines need no order.
            yield path, f"({templatize(path.read_text(), origin=str(path))}\n)".encode()


def update(language: str) -> None:
    """Bring a catalogue up to date: new strings without translation, gone ones removed."""
    catalogue = read(language) if source(language).exists() else Catalog(locale=language)
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    source(language).parent.mkdir(parents=True, exist_ok=True)
    with source(language).open("wb") as file:
        file.write(_text(catalogue))


def _text(catalogue: Catalog) -> bytes:
    catalogue.project, catalogue.version = "smportal", "1"
    catalogue.creation_date = catalogue.revision_date = UNDATED
    catalogue.fuzzy = False
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def main() -> None:
    """Update the catalogues, compile them, and say what has no translation."""
    import django
    from django.conf import settings

    settings.configure(USE_I18N=False)
    django.setup()
    missing = 0
    for language in LANGUAGES:
        update(language)
        for message in read(language):
            if message.id and not all(message.string if isinstance(message.string, tuple) else [message.string]):
                missing += 1
                print(f"{language}: no translation: {message.id!r} ({message.locations[0][0]})")
    compile_all()
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
