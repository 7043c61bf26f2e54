"""Helpers that only test settings name."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class FastPBKDF2PasswordHasher(PBKDF2PasswordHasher):
    """The real algorithm with one iteration: tests do not measure its slowness."""

    iterations = 1
