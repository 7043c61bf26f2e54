"""Who may open which URL: the one table. A URL that is not in it answers 404 and fails the check and the tests.

The table says who may call a view at all; which rows somebody may see is decided by queries that
start from the actor. Each app adds its part from its own `access.py`, next to its `urls.py`.
"""

import enum
from dataclasses import dataclass
from functools import cache
from importlib import import_module

READ = frozenset({"GET", "HEAD"})
WRITE = frozenset({"POST"})
FORM = READ | WRITE


class Audience(enum.Enum):
    """From open to closed; each name is explained where it is enforced (middleware.access)."""

    PUBLIC = "anyone"
    ACCOUNT = "anyone signed in"
    VETERAN = "a veteran's account, whatever its level"
    READER = "a veteran's account with a verified session and a linked record in good standing"
    STAFF = "a care team member with a second factor"
    WORKER = "a care team member, or somebody with an administrative role, with a second factor"
    ADMINISTRATOR = "somebody with an administrative role and a second factor"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who, and by which methods."""

    audience: Audience
    methods: frozenset[str] = READ


TABLES = ("smportal.public.access", "accounts.access", "eligibility.access", "messaging.access")


@cache
def table() -> dict[str, Rule]:
    """Return the whole table, view name to rule. Raises ValueError when a name is there twice."""
    rules: dict[str, Rule] = {}
    for module in TABLES:
        part: dict[str, Rule] = import_module(module).RULES
        repeated = rules.keys() & part.keys()
        if repeated:
            raise ValueError(f"classified twice: {sorted(repeated)}")
        rules |= part
    return rules


def rule_for(view_name: str) -> Rule | None:
    """Return the rule of a view name, or None when it is not classified (and so closed)."""
    if view_name.startswith("admin:"):
        return Rule(Audience.ADMINISTRATOR, FORM)
    return table().get(view_name)
