"""A veteran with a mailbox, for tests of places, lists and counts."""

import datetime as dt
import itertools
import uuid
from typing import Any

from accounts.models import VeteranRecord
from eligibility.models import CareTeam
from messaging.keyset import Cursor, Page
from messaging.mailbox.folders.actions import create
from messaging.mailbox.folders.queries import Shelves, shelves
from messaging.mailbox.lists.filters import EVERYTHING, Chosen
from messaging.mailbox.lists.queries import ListRow, folder_page, place_page
from messaging.mailbox.moving.spots import Spot
from messaging.mailbox.queries import mailbox_of
from messaging.models import Conversation, Place, Side, State
from tests import factories

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
_numbers = itertools.count(5_000_000_000)


class Owner:
    """The veteran, a team that takes part, and one of its nurses."""

    def __init__(self, team: CareTeam | None = None) -> None:
        self.account, self.record, self.team = factories.make_eligible_veteran(team)
        self.actor = factories.actor_for(self.account)

    def conversation(
        self,
        subject: str = "Knee",
        *,
        at: dt.datetime = TUESDAY,
        team: CareTeam | None = None,
        record: VeteranRecord | None = None,
        **changes: Any,
    ) -> uuid.UUID:
        """Make a conversation that the team began."""
        row = Conversation(
            record=record or self.record,
            team=team or self.team,
            number=next(_numbers),
            started_by=Side.STAFF,
            created_at=at,
            last_message_at=at,
            last_from=Side.STAFF,
            message_count=1,
            state=State.ANSWERED,
            **{"category": "general", **changes},
        )
        row.seal_text("subject_sealed", subject)
        row.save(force_insert=True)
        return row.id

    def folder(self, name: str = "Diabetes") -> Spot:
        """Make an own folder."""
        return Spot(Place.FOLDER, create(actor=self.actor, name=name).id)

    def shelves(self) -> Shelves:
        """Return what the side navigation counts."""
        return shelves(mailbox_of(self.actor))

    def page(self, spot: Spot, chosen: Chosen = EVERYTHING, cursor: Cursor | None = None) -> Page[ListRow]:
        """Return a page of a place as the veteran sees it."""
        mailbox = mailbox_of(self.actor)
        if spot.folder_id:
            return folder_page(mailbox, spot.folder_id, chosen, cursor)
        return place_page(
            mailbox, spot.place, chosen, cursor, strays=self.shelves().strays if spot.place == "inbox" else ()
        )

    def listed(self, spot: Spot, chosen: Chosen = EVERYTHING) -> list[uuid.UUID]:
        """Return everything in a place, page after page."""
        found: list[uuid.UUID] = []
        cursor: Cursor | None = None
        while True:
            page = self.page(spot, chosen, cursor)
            found += [row.id for row in page.rows]
            if not page.following:
                return found
            cursor = Cursor.parse(page.following)
