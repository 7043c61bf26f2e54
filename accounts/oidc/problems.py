"""Why a sign-in through another service did not work; each reason has its words in texts.py."""

import enum


class Reason(enum.StrEnum):
    """Stable codes; they stand in the audit trail."""

    STALE = "stale"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    UNTRUSTED = "untrusted"
    INACTIVE = "inactive"
    NO_MATCH = "no_match"
    SEVERAL_MATCHES = "several_matches"
    DECEASED = "deceased"
    IDENTITY_THEFT = "identity_theft"
    NOT_VERIFIED = "not_verified"
    CANNOT_LINK = "cannot_link"
    STAFF_UNKNOWN = "staff_unknown"


class SignInProblem(Exception):
    """The sign-in ends here. `detail` is a code for the trail and the log, never something private."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def unavailable(detail: str) -> SignInProblem:
    """Return the problem of a service that is down, slow, or answers what nobody can use."""
    return SignInProblem(Reason.UNAVAILABLE, detail)


def untrusted(detail: str) -> SignInProblem:
    """Return the problem of an answer that fails a check."""
    return SignInProblem(Reason.UNTRUSTED, detail)
