"""Everything that changes an eligibility fact by hand. Each is one transaction with its audit row.

What decides whether a send is delivered locks first what the send holds in share mode: the team's
row for participation and teams, the veteran's for blocks (see eligibility.decision).
"""

from eligibility.actions.associations import associate, end_association
from eligibility.actions.blocks import end_block, set_block
from eligibility.actions.facilities import edit_facility
from eligibility.actions.identity import relink_account, unlink_account
from eligibility.actions.members import add_member, deactivate_staff, remove_member, set_lead
from eligibility.actions.participation import set_participation
from eligibility.actions.proofing import record_proofing
from eligibility.actions.roles import grant_role, revoke_role
from eligibility.actions.staff_accounts import give_account, link_staff_account
from eligibility.actions.team_requests import answer_team_request, ask_for_team, open_team_request
from eligibility.actions.teams import create_team, edit_team
from eligibility.actions.terms import accept_terms

__all__ = [
    "accept_terms",
    "add_member",
    "answer_team_request",
    "ask_for_team",
    "associate",
    "create_team",
    "deactivate_staff",
    "edit_facility",
    "edit_team",
    "end_association",
    "end_block",
    "give_account",
    "grant_role",
    "link_staff_account",
    "open_team_request",
    "record_proofing",
    "relink_account",
    "remove_member",
    "revoke_role",
    "set_block",
    "set_lead",
    "set_participation",
    "unlink_account",
]
