"""Signing in for tests whose subject is something else: the session that a real sign-in leaves behind."""

from allauth.usersessions.models import UserSession
from django.test import Client

from accounts import sessions
from accounts.models import Account


def sign_in(
    client: Client, account: Account, *, factor: str = "totp", kind: str | None = None, level: str | None = None
) -> None:
    """Sign the account in at the test's clock with its own credential (or `kind` and `level`).

    `factor` is "totp", "webauthn", "recovery_codes", or "" for a password alone.
    """
    client.force_login(account)
    own_kind, own_level = sessions.credential_now(account)
    session = client.session
    sessions.begin(session, kind=kind or own_kind, level=level if level is not None else own_level, factor=factor)
    session.save()
    UserSession.objects.update_or_create(
        session_key=session.session_key, defaults={"user": account, "ip": "127.0.0.1", "user_agent": "test"}
    )
