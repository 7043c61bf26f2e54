"""Who does something: passed explicitly to every action and query, never read from a global."""

import enum
import uuid
from dataclasses import dataclass, replace
from typing import Self


class ActorKind(enum.StrEnum):
    """What sort of somebody acts; stored in the audit trail."""

    ANONYMOUS = "anonymous"
    VETERAN = "veteran"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """One request's or one task's acting person, as ids only.

    `tier` is the assurance tier of the credential used now (accounts.tiers.Tier as int).
    `second_factor` tells whether this session proved one. `roles` holds pairs of role and
    facility id (None = national); see eligibility.models.RoleGrant.
    """

    kind: ActorKind
    account_id: uuid.UUID | None = None
    record_id: uuid.UUID | None = None
    staff_id: uuid.UUID | None = None
    tier: int = 0
    second_factor: bool = False
    roles: frozenset[tuple[str, int | None]] = frozenset()
    address: str | None = None
    request_id: str = ""
    name: str = ""

    @classmethod
    def system(cls, name: str) -> Self:
        """Return the actor of background work; `name` says which, e.g. "sweep"."""
        return cls(kind=ActorKind.SYSTEM, name=name)

    @classmethod
    def anonymous(cls, *, address: str | None = None, request_id: str = "") -> Self:
        """Return somebody who has not signed in."""
        return cls(kind=ActorKind.ANONYMOUS, address=address, request_id=request_id)

    def has_role(self, role: str) -> bool:
        """Tell whether the actor holds a role anywhere."""
        return any(held == role for held, _ in self.roles)

    def with_request(self, *, address: str | None, request_id: str) -> Self:
        """Return the same actor with where the request came from."""
        return replace(self, address=address, request_id=request_id)
