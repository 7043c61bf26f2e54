"""The cast of the tests that drive a running portal; make them inside ``portal.rows()``."""

import uuid
from dataclasses import dataclass

from accounts.models import Account, VeteranRecord
from eligibility.models import CareTeam, StaffMember
from messaging.mailbox import actions, drafts
from messaging.mailbox.content import DraftContent
from messaging.models import Message
from tests import factories


@dataclass
class Writer:
    """A veteran who may write to a team, and the words that are this veteran's alone."""

    account: Account
    record: VeteranRecord
    team: CareTeam
    canary: str

    def content(self) -> DraftContent:
        return DraftContent(
            team_id=self.team.id, category="general", subject=f"Subject {self.canary}", body=f"Body {self.canary}"
        )

    def writes(self) -> Message:
        """Send one message and leave one draft."""
        actor = factories.actor_for(self.account)
        drafts.save_draft(actor=actor, draft_id=uuid.uuid4(), version=0, content=self.content())
        return actions.send(actor=actor, draft_id=uuid.uuid4(), content=self.content())


def make_writer(canary: str, *, team: CareTeam | None = None) -> Writer:
    """Make an eligible veteran."""
    account, record, own_team = factories.make_eligible_veteran(team)
    return Writer(account, record, own_team, canary)


def account_of(staff: StaffMember) -> Account:
    assert staff.account is not None
    return staff.account
