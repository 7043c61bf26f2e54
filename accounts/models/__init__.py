"""One file per aggregate."""

from accounts.models.account import Account, AccountKind, EmailChoice, MessageOrder
from accounts.models.attempts import AuthenticatorFailures, Throttle
from accounts.models.credential import Credential, CredentialKind, Level
from accounts.models.ended import EndedSession
from accounts.models.record import VeteranRecord

__all__ = [
    "Account",
    "AccountKind",
    "AuthenticatorFailures",
    "Credential",
    "CredentialKind",
    "EmailChoice",
    "EndedSession",
    "Level",
    "MessageOrder",
    "Throttle",
    "VeteranRecord",
]
