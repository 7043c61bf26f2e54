"""What is in each place of a mailbox, how much of it unread: one short statement, however full it is."""

import uuid
from dataclasses import dataclass

from messaging.mailbox.queries import Mailbox
from messaging.models import Folder
from messaging.models.folder import NO_FOLDER
from smportal.crypto.fields import warm
from smportal.errors import NotFound
from smportal.prepared import prepared_cursor

# More drafts than this are not counted one by one.
DRAFTS_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Tally:
    """How many conversations are in a place, and how many of them are unread."""

    total: int = 0
    unread: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.total + other.total, self.unread + other.unread)


@dataclass(frozen=True, slots=True)
class OwnFolder:
    """A folder of the veteran's own, with what is in it."""

    id: uuid.UUID
    name: str
    total: int
    unread: int


@dataclass(frozen=True, slots=True)
class Shelves:
    """All places of a mailbox.

    `strays` are folders of a record that was merged into this one and is not any more: what lies in
    them shows in the inbox, so that nothing is ever out of sight.
    """

    inbox: Tally
    trash: Tally
    folders: tuple[OwnFolder, ...]
    drafts: int
    strays: tuple[uuid.UUID, ...] = ()

    @property
    def unread(self) -> int:
        """Unread conversations outside the trash."""
        return self.inbox.unread + sum(folder.unread for folder in self.folders)

    def folder(self, folder_id: uuid.UUID) -> OwnFolder:
        """Return one own folder. Raises NotFound."""
        for folder in self.folders:
            if folder.id == folder_id:
                return folder
        raise NotFound


# One statement for what every page of the mailbox shows: counts of places, the drafts, the folders' sealed names.
_SHELVES = """
SELECT place, folder_key, sum(total)::int, sum(unread)::int, NULL::uuid, NULL::bytea FROM messaging_mailboxtally
WHERE record_id = ANY(%(records)s) GROUP BY place, folder_key
UNION ALL
SELECT 'drafts', NULL, count(*)::int, 0, NULL, NULL FROM (
    SELECT FROM messaging_draft
    WHERE record_id = ANY(%(records)s) AND side = 'veteran' AND deleted_at IS NULL LIMIT %(most)s
) AS counted
UNION ALL
SELECT 'own', id, 0, 0, record_id, name_sealed FROM messaging_folder WHERE record_id = ANY(%(records)s)
"""


def shelves(mailbox: Mailbox) -> Shelves:
    """Return what is in each place, the own folders in the order of their names."""
    with prepared_cursor() as cursor:
        cursor.execute(_SHELVES, {"records": list(mailbox.record_ids), "most": DRAFTS_COUNTED})
        rows = cursor.fetchall()
    tallies = {(place, key): Tally(total, unread) for place, key, total, unread, _, _ in rows if place != "own"}
    own = [
        Folder(id=key, record_id=record, name_sealed=name) for place, key, _, _, record, name in rows if place == "own"
    ]
    warm(own, "name_sealed")
    named = [
        OwnFolder(folder.id, folder.unseal_text("name_sealed"), tally.total, tally.unread)
        for folder in own
        for tally in [tallies.get(("folder", folder.id), Tally())]
    ]
    known = {folder.id for folder in own}
    strays = sorted(key for place, key in tallies if place == "folder" and key not in known)
    return Shelves(
        inbox=sum((tallies["folder", key] for key in strays), tallies.get(("inbox", NO_FOLDER), Tally())),
        trash=tallies.get(("trash", NO_FOLDER), Tally()),
        folders=tuple(sorted(named, key=lambda folder: (folder.name.casefold(), folder.id))),
        drafts=tallies["drafts", None].total,
        strays=tuple(strays),
    )
