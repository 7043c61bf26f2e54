"""Assurance tiers: what a credential proves, ordered (domain rules, section 2)."""

import enum


class Tier(enum.IntEnum):
    """Compare with < and >=. Only VERIFIED may use secure messaging."""

    NONE = 0
    BASIC = 1
    ADVANCED = 2
    VERIFIED = 3

    @property
    def word(self) -> str:
        """Return the tier's name on the command line and in data: none, basic, advanced, verified."""
        return self.name.lower()
