"""Checking a typed second factor: one place for sign-in and for confirming it is really you."""

import uuid

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import attempts, seeds
from accounts.models import Account
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Refused

MOST_WRONG, WINDOW_SECONDS = 5, 300
TOO_MANY = _("You tried too many times. Wait 5 minutes, then try again.")


def check_code(*, actor: Actor, account: Account, code: str) -> Authenticator | None:
    """Return the authenticator that the code proves, or None when it is wrong (counted and audited).

    A code of an authenticator app works once. Raises Refused when there were more than MOST_WRONG
    attempts in WINDOW_SECONDS; the attempt then neither counts nor is looked at.
    """
    window = f"factor:{account.id}"
    if not attempts.consume(window, most=MOST_WRONG, seconds=WINDOW_SECONDS):
        raise Refused(str(TOO_MANY), code="throttled", field="code")
    found = _matching(account, code)
    if found is None:
        _wrong(actor, account, code)
        return None
    attempts.clear(window)
    attempts.succeeded(account.id, found.type)
    return found


@transaction.atomic
def _matching(account: Account, code: str) -> Authenticator | None:
    # The lock makes two requests with the same code take turns: the second sees that it was used.
    rows = Authenticator.objects.select_for_update().filter(
        user=account, type__in=(Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    )
    with seeds.of(account.id):
        for row in rows.order_by("-type"):
            if not attempts.is_off(account.id, row.type) and _proves(row, code):
                row.user = account
                return row
    return None


def _proves(row: Authenticator, code: str) -> bool:
    if row.type != Authenticator.Type.TOTP:
        return bool(row.wrap().validate_code(code))
    step = matching_step(seeds.unseal(row.data["secret"]), code)
    if step is None or step <= row.data.get("last_step", 0):
        return False
    mark_step(row, step)
    return True


def mark_step(row: Authenticator, step: int) -> None:
    """Note the time step of a code that was used, so that it and older ones are refused (attack A068)."""
    row.data["last_step"] = step
    row.save(update_fields=["data"])


def current_step() -> int:
    """Return the current time step of authenticator apps (RFC 6238) by the application's clock."""
    return int(clock.now().timestamp() // app_settings.TOTP_PERIOD)


def matching_step(secret: str, code: str) -> int | None:
    """Return the time step whose code this is, or None."""
    now, reach = current_step(), app_settings.TOTP_TOLERANCE
    for step in range(now - reach, now + reach + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return None


def _wrong(actor: Actor, account: Account, code: str) -> None:
    short = sum(char.isdigit() for char in code) <= app_settings.TOTP_DIGITS
    kind = Authenticator.Type.TOTP if short else Authenticator.Type.RECOVERY_CODES
    turned_off = attempts.failed(account.id, kind)
    record(
        actor=actor,
        deed=Deed.SIGN_IN_FAILED,
        object_kind="account",
        object_id=account.id,
        reason="second_factor",
        details={"factor": kind.value, "turned_off": turned_off},
    )


def kinds_of(account_id: uuid.UUID) -> set[str]:
    """Return the kinds of second factor that an account has, recovery codes among them."""
    return set(Authenticator.objects.filter(user_id=account_id).values_list("type", flat=True))


def app_of(account_id: uuid.UUID) -> Authenticator:
    """Return the account's authenticator app. Raises Authenticator.DoesNotExist when it has none."""
    app: Authenticator = Authenticator.objects.get(user_id=account_id, type=Authenticator.Type.TOTP)
    return app


def add_app(account: Account, secret: str) -> Authenticator:
    """Store an authenticator app's seed for an account, sealed; the caller audits it."""
    with seeds.of(account.id):
        return TOTP.activate(account, secret).instance
