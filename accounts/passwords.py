"""Password rules: length and a blocklist, no composition rules (NIST SP 800-63B-4, section 3.1.1.2)."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Account

LEAST, MOST = 15, 128
# Words that anybody would try here first.
CONTEXT_WORDS = (
    "securemessaging", "messaging", "secure", "message", "messages", "myhealthevet", "healthevet", "healthvet",
    "veteran", "veterans", "affairs", "department", "portal", "hospital", "health", "letmein", "welcome",
    "password", "passphrase", "passwort", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "iloveyou", "admin",
)  # fmt: skip
# With those words and a name taken away, so much must be left.
LEAST_LEFT = 8
RUNS = "01234567890123456789" + "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"


class LengthValidator:
    """15 to 128 characters, spaces included."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raise ValidationError outside of the length."""
        if len(password) < LEAST:
            raise ValidationError(
                _("Use at least {least} characters. A few unrelated words work well.").format(least=LEAST), "too_short"
            )
        if len(password) > MOST:
            raise ValidationError(_("Use at most {most} characters.").format(most=MOST), "too_long")

    def get_help_text(self) -> str:
        """Return the rule in plain words."""
        return _("Use {least} to {most} characters. A few unrelated words work well; spaces are fine.").format(
            least=LEAST, most=MOST
        )


class BlocklistValidator:
    """Refuses common passwords, repeats and runs, and what is mostly this service's or one's own name."""

    def __init__(self) -> None:
        self._common = CommonPasswordValidator().passwords

    def validate(self, password: str, user: Account | None = None) -> None:
        """Raise ValidationError for a password that somebody would try first."""
        bare = re.sub(r"[\W_]+", "", password.casefold())
        if bare in self._common or _repeats(bare, self._common) or _left(bare, _own_words(user)) < LEAST_LEFT:
            raise ValidationError(_("This password is too easy to guess. Use a few unrelated words."), "too_common")

    def get_help_text(self) -> str:
        """Return the rule in plain words."""
        return _("Don’t use your name, the name of this service, or a password that many people use.")


def _own_words(user: Account | None) -> list[str]:
    if user is None:
        return []
    parts = re.split(r"[\W_]+", f"{user.username} {user.email.partition('@')[0]} {user.preferred_name}".casefold())
    return [part for part in parts if len(part) >= 4]


def _repeats(bare: str, common: set[str]) -> bool:
    """Tell whether it is one short or common piece over and over."""
    for size in range(1, len(bare) // 2 + 1):
        piece = bare[:size]
        if (size <= 4 or piece in common) and (piece * (len(bare) // size + 1))[: len(bare)] == bare:
            return True
    return False


def _left(bare: str, own: list[str]) -> int:
    """Return how many characters remain without known words, years and runs of neighbours."""
    for word in sorted((*CONTEXT_WORDS, *own), key=len, reverse=True):
        bare = bare.replace(word, " ")
    bare = re.sub(r"(19|20)\d\d", " ", bare)
    for size in range(len(bare), 3, -1):
        for start in range(len(bare) - size + 1):
            run = bare[start : start + size]
            if run in RUNS or run[::-1] in RUNS:
                bare = bare.replace(run, " ")
    return len(set(bare.replace(" ", ""))) if bare.strip() else 0
