"""The scripts' words: every name that a script uses exists, no word is left over, and no sentence hides in a script."""

import inspect
import json
import pkgutil
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import lazystr

from smportal import script_words
from smportal.script_words import WORDS

SCRIPTS = Path(__file__).parents[2] / "smportal/assets/js"
# The scripts whose words have moved; a string with a space in one of them is a sentence that nobody can translate.
MOVED = ("autosave", "choosing", "counter", "files", "filestates", "forms", "holding", "passkey", "session", "teams")


@pytest.mark.parametrize("name", sorted(WORDS))
def test_scripts_and_words_agree(name: str) -> None:
    source = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
    assert f"portalWords.{name}" in source
    used = set(re.findall(rf"(?:\bwords|portalWords\.{name})\.(\w+)", source))
    assert used == set(WORDS[name])


@pytest.mark.parametrize("name", MOVED)
def test_no_sentence_stands_in_a_script(name: str) -> None:
    source = (SCRIPTS / f"{name}.js").read_text(encoding="utf-8")
    code = "\n".join(line for line in source.split("\n") if not line.lstrip().startswith("//"))
    sentences = [text for text in re.findall(r'"([A-Z][^"\n]*[ …][^"\n]*)"', code) if not text.startswith("X-")]
    assert sentences == []


def test_every_page_carries_them_as_data_that_cannot_end_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(script_words.WORDS, "counter", {"left_one": lazystr("</script>{count}")})
    kept = "smportal.templatetags.components._script_words"
    monkeypatch.setattr(kept, inspect.unwrap(pkgutil.resolve_name(kept)))
    with translation.override("en"):
        page = render_to_string("errors/404.html")
    found = re.search(r'<script id="script-words" type="application/json">(.*?)</script>', page)
    assert found is not None
    words = json.loads(found[1])
    assert words["counter"]["left_one"] == "</script>{count}"
    assert words["forms"]["sending"] == "Sending…"
