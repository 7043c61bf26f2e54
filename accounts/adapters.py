"""allauth's hooks, each calling the action that a page would call."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in and registration."""


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors."""
