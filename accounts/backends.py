"""Finding accounts: by user name and password, and again on every request."""

import uuid
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import Account


class AccountBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's backend; `get_user` fetches what every request needs in one query."""

    def get_user(self, user_id: uuid.UUID | str) -> Account | None:
        account: Account | None = (
            Account.objects.select_related("record__merged_into", "staff_member")
            .filter(pk=user_id, is_active=True)
            .first()
        )
        return account

    def has_perm(self, *args: Any, **kwargs: Any) -> bool:
        return False
