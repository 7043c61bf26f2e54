"""Beginning a session by another service's credential, as allauth's own flow would after a password."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.models import Account
from accounts.oidc.claims import Identity


def enter(request: HttpRequest, account: Account, identity: Identity) -> None:
    """Sign the account in at the level of this credential; the session gets a new key."""
    get_adapter().begin(
        request, account, kind=str(identity.kind), level=str(identity.level), factor=identity.factor.value
    )
    UserSession.objects.purge_and_list(account)
    UserSession.objects.create_from_request(request)
    record_authentication(request, account, "socialaccount", provider=str(identity.kind))
