"""Names of files in the archive: fit for every system, each once in its folder."""

import unicodedata
from typing import Final

from messaging.attachments.names import clean_name, join, split

# What most file systems take for one name, less room for " (123)" and an extension.
STEM_BYTES_MOST: Final = 180


class Names:
    """Gives out names within one folder. Two that differ only by case or form are the same on many disks."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, name: str) -> str:
        """Return a name like `name` that was not given out yet: "report.pdf", then "report (2).pdf"."""
        stem, ext = split(clean_name(name))
        stem = stem.encode()[:STEM_BYTES_MOST].decode(errors="ignore").rstrip(". ")
        fitting, turn = join(stem, ext), 1
        while _same(fitting) in self._given:
            turn += 1
            fitting = join(f"{stem} ({turn})", ext)
        self._given.add(_same(fitting))
        return fitting


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
