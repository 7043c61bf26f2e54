"""One file per aggregate."""

from eligibility.models.access import Block, TermsAcceptance
from eligibility.models.facility import Facility
from eligibility.models.facts import Association, Enrollment, Participation, Registration, Relation
from eligibility.models.feed import FeedLoad, QuarantinedRow
from eligibility.models.proofing import DocumentType, Proofing
from eligibility.models.role import Role, RoleGrant
from eligibility.models.staff import StaffMember, TeamMembership
from eligibility.models.team import Acknowledgement, CareTeam, CareType
from eligibility.models.team_request import Answer, TeamRequest

__all__ = [
    "Acknowledgement",
    "Answer",
    "Association",
    "Block",
    "CareTeam",
    "CareType",
    "DocumentType",
    "Enrollment",
    "Facility",
    "FeedLoad",
    "Participation",
    "Proofing",
    "QuarantinedRow",
    "Registration",
    "Relation",
    "Role",
    "RoleGrant",
    "StaffMember",
    "TeamMembership",
    "TeamRequest",
    "TermsAcceptance",
]
