"""Links to set a new password: one hour, one use (attack A070)."""

import datetime as dt

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator

from smportal import clock


class ResetTokens(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]
    """Void after a sign-in, another password or another address; the age is by the application's clock."""

    def _now(self) -> dt.datetime:
        return clock.now().replace(tzinfo=None)
