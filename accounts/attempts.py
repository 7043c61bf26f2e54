"""Limits on guessing, each counted by one atomic statement before anything is checked or hashed.

The numbers follow NIST SP 800-63B-4 section 3.2.2: after MOST_CONSECUTIVE wrong tries in a row that
authenticator is off until it is set anew. Tries that a throttle already refused do not count, and
passkeys have no such counter, so nobody can lock another person out of everything.
"""

import uuid

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts.models import AuthenticatorFailures, Throttle
from smportal import clock

MOST_CONSECUTIVE = 100
PASSWORD = "password"  # noqa: S105 - names the authenticator


def _key(name: str) -> str:
    return salted_hmac("accounts.attempts", name, algorithm="sha256").hexdigest()


def consume(name: str, *, most: int, seconds: int) -> bool:
    """Count one attempt and tell whether it is among the first `most` of its window of `seconds`.

    Of many attempts at once exactly `most` get True: the database counts, in one statement.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_throttle AS t (key, count, ends_at)"
            " VALUES (%(key)s, 1, %(now)s + make_interval(secs => %(seconds)s))"
            " ON CONFLICT (key) DO UPDATE SET"
            " count = CASE WHEN t.ends_at <= %(now)s THEN 1 ELSE LEAST(t.count, %(most)s) + 1 END,"
            " ends_at = CASE WHEN t.ends_at <= %(now)s THEN excluded.ends_at ELSE t.ends_at END"
            " RETURNING count",
            {"key": _key(name), "now": now, "seconds": seconds, "most": most},
        )
        (count,) = cursor.fetchone()
    return bool(count <= most)


def give_back(name: str) -> None:
    """Take back one attempt that turned out right."""
    Throttle.objects.filter(key=_key(name), count__gt=0).update(count=F("count") - 1)


def clear(name: str) -> None:
    """Forget the attempts of one window."""
    Throttle.objects.filter(key=_key(name)).delete()


def delete_expired() -> int:
    """Delete windows that are over; return how many."""
    deleted, _ = Throttle.objects.filter(ends_at__lt=clock.now()).delete()
    return deleted


def failed(account_id: uuid.UUID, kind: str) -> bool:
    """Count a wrong try at an authenticator; return True when it is the one that turns it off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_authenticatorfailures AS f (id, account_id, kind, consecutive)"
            " VALUES (gen_random_uuid(), %(account)s, %(kind)s, 1)"
            " ON CONFLICT (account_id, kind) DO UPDATE SET consecutive = f.consecutive + 1,"
            " disabled_at = CASE WHEN f.consecutive + 1 >= %(most)s"
            " THEN COALESCE(f.disabled_at, %(now)s) ELSE f.disabled_at END"
            " RETURNING consecutive",
            {"account": account_id, "kind": kind, "most": MOST_CONSECUTIVE, "now": clock.now()},
        )
        (consecutive,) = cursor.fetchone()
    return bool(consecutive == MOST_CONSECUTIVE)


def succeeded(account_id: uuid.UUID, kind: str) -> None:
    """Start the count of consecutive failures anew; what is off stays off."""
    AuthenticatorFailures.objects.filter(account_id=account_id, kind=kind, disabled_at__isnull=True).update(
        consecutive=0
    )


def is_off(account_id: uuid.UUID, kind: str) -> bool:
    """Tell whether too many failures in a row turned the authenticator off."""
    return AuthenticatorFailures.objects.filter(account_id=account_id, kind=kind, disabled_at__isnull=False).exists()


def renew(account_id: uuid.UUID, kind: str) -> None:
    """The authenticator was set anew: it works again."""
    AuthenticatorFailures.objects.filter(account_id=account_id, kind=kind).delete()
