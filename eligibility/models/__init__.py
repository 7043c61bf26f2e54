"""One file per aggregate."""

from eligibility.models.access import Block, TermsAcceptance
from eligibility.models.facility import Facility
from eligibility.models.facts import Association, Enrollment, Participation, Registration, Relation
from eligibility.models.feed import FeedLoad, QuarantinedRow
from eligibility.models.role import Role, RoleGrant
from eligibility.models.staff import StaffMember, TeamMembership
from eligibility.models.team import CareTeam, CareType

__all__ = [
    "Association",
    "Block",
    "CareTeam",
    "CareType",
    "Enrollment",
    "Facility",
    "FeedLoad",
    "Participation",
    "QuarantinedRow",
    "Registration",
    "Relation",
    "Role",
    "RoleGrant",
    "StaffMember",
    "TeamMembership",
    "TermsAcceptance",
]
