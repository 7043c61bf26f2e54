"""Reads single values of a feed. Each function takes a trimmed text and returns it in one settled form.

They raise BadRow with a reason in plain words that never repeats the value.
"""

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from functools import cache, lru_cache

from eligibility.feeds.errors import BadRow
from smportal.crypto.digests import ssn_digest

LONGEST_VALUE = 1_000
# Spaces of every width, but no tabs or line ends: those are control characters and spoil the row.
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_ICN = re.compile(r"[0-9]{10}[Vv][0-9]{6}\Z")
_STATION = re.compile(r"[0-9]{3}[0-9A-Za-z]{0,3}\Z")
_CODE = re.compile(r"[0-9A-Za-z_-]{1,40}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_SSN = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{4}\Z")
_SEALED_SSN = re.compile(r"[^:\s]{1,32}:[0-9a-f]{64}\Z")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
LONGEST_EMAIL = 254

Reading = Callable[[str], str]


def matching(pattern: re.Pattern[str], problem: str) -> Reading:
    """Return a reading that takes what the pattern takes."""

    def read(text: str) -> str:
        if not pattern.match(text):
            raise BadRow(problem)
        return text

    return read


station = matching(_STATION, "the station number is not three digits and up to three letters or digits")
code = matching(_CODE, "a code is not 1 to 40 letters, digits, - or _")
_icn_shape = matching(_ICN, "the ICN is not ten digits, V, six digits")


def icn(text: str) -> str:
    """An ICN, with a capital V."""
    return _icn_shape(text).upper()


def optional(read: Reading) -> Reading:
    """Return the reading that also takes nothing."""
    return lambda text: read(text) if text else ""


def required(what: str) -> Reading:
    """Return a reading of any text but none."""

    def read(text: str) -> str:
        if not text:
            raise BadRow(f"{what} is empty")
        return text

    return read


def anything(text: str) -> str:
    """Any text, or none."""
    return text


def lower(text: str) -> str:
    """Any text, without case."""
    return text.lower()


def yes_no(text: str) -> str:
    """One of the words yes and no."""
    lowered = text.lower()
    if lowered not in {"yes", "no"}:
        raise BadRow("a yes/no value is neither yes nor no")
    return lowered


def one_of(what: str, *choices: str) -> Reading:
    """Return a reading of one of the choices, without case."""

    def read(text: str) -> str:
        lowered = text.lower()
        if lowered not in choices:
            raise BadRow(f"{what} is not one of {', '.join(choices)}")
        return lowered

    return read


@lru_cache(maxsize=50_000)
def _is_date(text: str) -> bool:
    if not _DATE.match(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def date(text: str) -> str:
    """A date as YYYY-MM-DD; texts of dates sort as dates do."""
    if not text:
        raise BadRow("a start date is empty")
    if not _is_date(text):
        raise BadRow("a date is not a real date written YYYY-MM-DD")
    return text


def end_date(text: str) -> str:
    """A date or nothing."""
    return date(text) if text else ""


@cache
def _zones() -> frozenset[str]:
    # The two names stand for no place.
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


def time_zone(text: str) -> str:
    """An IANA time zone."""
    if text not in _zones():
        raise BadRow("the time zone is not a known IANA name")
    return text


def email(text: str) -> str:
    """Something that can be an email address, or nothing."""
    if text and (len(text) > LONGEST_EMAIL or not _EMAIL.match(text)):
        raise BadRow("the email address is not one")
    return text


def ssn(text: str) -> str:
    """An SSN as the id of the pepper and the digest; never the number itself."""
    if not text:
        return ""
    if not _SSN.match(text):
        raise BadRow("the SSN is not nine digits")
    pepper, digest = ssn_digest(text.replace("-", ""))
    return f"{pepper}:{digest.hex()}"


def sealed_ssn(text: str) -> str:
    """What `ssn` made of it earlier, from a row that was set aside."""
    if text and not _SEALED_SSN.match(text):
        raise BadRow("the SSN is not nine digits")
    return text


def code_list(text: str) -> str:
    """Codes between semicolons: sorted, each once."""
    return ";".join(sorted({code(item) for part in text.split(";") if (item := part.strip(SPACES))}))
