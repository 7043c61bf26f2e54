"""Where a conversation is kept, as one value: what a form's target names, and what an undo goes back to."""

import uuid
from dataclasses import dataclass

from messaging.models import Place
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Spot:
    """The inbox, the trash, or one own folder."""

    place: Place
    folder_id: uuid.UUID | None = None

    def __str__(self) -> str:
        return str(self.folder_id or self.place)

    @classmethod
    def parse(cls, text: str) -> "Spot":
        """Return the spot that `str` gave. Raises NotFound for anything else."""
        if text in {Place.INBOX, Place.TRASH}:
            return cls(Place(text))
        return cls(Place.FOLDER, parsed_id(text))


def parsed_id(text: str) -> uuid.UUID:
    """Return the id that a form named. Raises NotFound for what is none: the same as for what is not there."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None


INBOX, TRASH = Spot(Place.INBOX), Spot(Place.TRASH)
