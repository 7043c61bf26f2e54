"""Who is told of a step: people who can do something about it, never nobody (domain rules, section 6)."""

import uuid
from dataclasses import dataclass, field

from eligibility import queries as eligibility_queries
from eligibility.queries import TeamPerson
from messaging.models import Conversation
from messaging.response.steps import Step


@dataclass(slots=True)
class Recipients:
    """Account ids for the steps of one batch; each team and facility is looked up once."""

    _members: dict[uuid.UUID, list[TeamPerson]] = field(default_factory=dict)
    _administrators: dict[int, list[uuid.UUID]] = field(default_factory=dict)

    def of(self, step: Step, conversation: Conversation) -> list[uuid.UUID]:
        """Return the accounts to tell; where the right people are missing, the next ones up."""
        members = self._members_of(conversation.team_id)
        assignee = [person for person in members if person.staff_id == conversation.assignee_id]
        leads = [person for person in members if person.is_lead]
        ladder = {
            Step.REMINDER: (assignee, members),
            Step.OVERDUE: (leads, members),
            Step.ESCALATION: (),
        }[step]
        for rung in ladder:
            accounts = [person.account_id for person in rung if person.account_id is not None]
            if accounts:
                return accounts
        return self._administrators_of(conversation.team.facility_id)

    def _members_of(self, team_id: uuid.UUID) -> list[TeamPerson]:
        if team_id not in self._members:
            self._members[team_id] = eligibility_queries.members_of(team_id)
        return self._members[team_id]

    def _administrators_of(self, facility_id: int) -> list[uuid.UUID]:
        if facility_id not in self._administrators:
            people = eligibility_queries.administrators_of(facility_id)
            self._administrators[facility_id] = [person.account_id for person in people]
        return self._administrators[facility_id]
