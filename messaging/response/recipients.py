"""Who is told of a step: people who can do something about it, never nobody (domain rules, section 6)."""

import uuid
from dataclasses import dataclass, field

from eligibility import queries as eligibility_queries
from eligibility.queries import TeamPerson
from messaging.absence.cover import Cover
from messaging.models import Conversation
from messaging.response.steps import Step
from messaging.teams.escalation import accounts_of


@dataclass(slots=True)
class Recipients:
    """Account ids for the steps of one batch; each team and facility is looked up once.

    `cover` says who of the batch's teams is away: whoever acts for them is told as well. A reminder goes to whoever
    acts alone, because the assignee can do nothing about it meanwhile.
    """

    cover: Cover
    _members: dict[uuid.UUID, list[TeamPerson]] = field(default_factory=dict)
    _administrators: dict[int, list[uuid.UUID]] = field(default_factory=dict)

    def of(self, step: Step, conversation: Conversation) -> list[uuid.UUID]:
        """Return the accounts to tell; where the right people are missing, the next ones up."""
        members = self._members_of(conversation.team_id)
        assignee = self._acting(members, conversation)
        leads = self._with_stand_ins(members, conversation.team_id)
        ladder = {
            Step.REMINDER: (assignee, members),
            Step.OVERDUE: (leads, members),
            Step.ESCALATION: (),
        }[step]
        for rung in ladder:
            accounts = [person.account_id for person in rung if person.account_id is not None]
            if accounts:
                return accounts
        administrators = self._administrators_of(conversation.team.facility_id)
        named = accounts_of(conversation.team_id) if step is Step.ESCALATION else []
        return list(dict.fromkeys([*administrators, *named]))

    def _acting(self, members: list[TeamPerson], conversation: Conversation) -> list[TeamPerson]:
        if conversation.assignee_id is None:
            return []
        acting = self.cover.acting(conversation.team_id, conversation.assignee_id)
        return [person for person in members if person.staff_id == acting]

    def _with_stand_ins(self, members: list[TeamPerson], team_id: uuid.UUID) -> list[TeamPerson]:
        leads = {person.staff_id for person in members if person.is_lead}
        told = leads | {self.cover.acting(team_id, lead) for lead in leads}
        return [person for person in members if person.staff_id in told]

    def _members_of(self, team_id: uuid.UUID) -> list[TeamPerson]:
        if team_id not in self._members:
            self._members[team_id] = eligibility_queries.members_of(team_id)
        return self._members[team_id]

    def _administrators_of(self, facility_id: int) -> list[uuid.UUID]:
        if facility_id not in self._administrators:
            people = eligibility_queries.administrators_of(facility_id)
            self._administrators[facility_id] = [person.account_id for person in people]
        return self._administrators[facility_id]
