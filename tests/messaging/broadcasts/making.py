"""A triage lead with a team and its veterans, for tests of one text to many."""

import dataclasses
import uuid
from typing import Any

from accounts.models import VeteranRecord
from messaging.broadcasts import actions
from messaging.broadcasts.content import Content
from messaging.broadcasts.making import make_broadcasts
from messaging.models import Broadcast
from tests import factories


class Clinic:
    """A lead of a team, and as many eligible veterans as wished."""

    def __init__(self, veterans: int = 3) -> None:
        self.team = factories.make_team()
        self.lead_row = factories.make_staff(self.team, name="Lea Lead", leads=True)
        factories.participate(self.lead_row, self.team)
        self.lead = factories.staff_actor(self.lead_row)
        self.records: list[VeteranRecord] = [factories.make_eligible_veteran(self.team)[1] for _ in range(veterans)]

    def draft(self, icns: str | None = None, **changes: Any) -> Broadcast:
        begun = actions.begin(actor=self.lead, team_id=self.team.id)
        icns = "\n".join(record.icn for record in self.records) if icns is None else icns
        content = Content("general", "Flu shots", "Come by this week.", icns=icns)
        for name, value in changes.items():
            content = dataclasses.replace(content, **{name: value})
        return actions.save_draft(actor=self.lead, broadcast_id=begun.id, version=None, content=content)

    def checked(self, icns: str | None = None, **changes: Any) -> Broadcast:
        draft = self.draft(icns, **changes)
        actions.check(actor=self.lead, broadcast_id=draft.id)
        make_broadcasts()
        draft.refresh_from_db()
        return draft

    def confirm(self, broadcast_id: uuid.UUID, count: int) -> Broadcast:
        return actions.confirm(actor=self.lead, broadcast_id=broadcast_id, count=count)
