"""Whose data key seals a value."""

import enum
import uuid
from typing import NamedTuple


class OwnerKind(enum.StrEnum):
    """Kinds of owner; a domain rule decides which one a value belongs to."""

    VETERAN = "veteran"
    ACCOUNT = "account"
    FACILITY = "facility"
    SYSTEM = "system"


class Owner(NamedTuple):
    """The owner of a data key."""

    kind: OwnerKind
    id: uuid.UUID
