"""Why a note was not filed, in words, from the codes that adapters give. Pure."""

from typing import Final

# The codes of an adapter: an HTTP status, the status with FHIR's code of the first issue, or a word.
_WHY: Final = {
    "not-found": "The health record doesn’t know this veteran.",
    "duplicate": "The health record has a note like this already.",
    "multiple-matches": "The health record has this note more than once.",
    "too-long": "The note is too long for the health record.",
    "not_a_resource": "The note can’t be put into the form that the health record takes.",
    "withdrawn": "A message of this note was withdrawn as sent in error. The note was not sent.",
    "timeout": "The health record did not answer in time.",
    "connect_timeout": "The health record can’t be reached.",
    "connection_refused": "The health record can’t be reached.",
    "connection_lost": "The connection to the health record broke off.",
    "tls": "The health record’s certificate is not trusted.",
    "401": "The health record doesn’t accept the portal’s sign-in.",
    "403": "The portal may not file notes in the health record.",
    "404": "The health record’s address is wrong.",
    "412": "The health record has this note more than once.",
    "413": "The note is too long for the health record.",
}
_ADVICE: Final = {
    "not-found": "Check with your health record staff that this veteran is registered there. Then try again.",
    "withdrawn": "Change the note: the withdrawn message is no longer among those to choose from.",
    "too-long": "Choose fewer messages.",
    "413": "Choose fewer messages.",
}
_OURS: Final = "This is about the set-up, not about your note. Tell your administrator, then try again."
_OUR_CODES: Final = frozenset({"401", "403", "404", "405", "406", "407", "415", "tls"})


def why(code: str) -> str:
    """Return why, with the code for whoever is asked for help; empty for no code."""
    if not code:
        return ""
    status, _, issue = code.partition(" ")
    text = _WHY.get(issue) or _WHY.get(code) or _WHY.get(status)
    if text is None:
        text = (
            "The health record had a problem of its own."
            if status.startswith("5")
            else "The health record refused the note."
        )
    return f"{text} (Code: {code})"


def advice(code: str) -> str:
    """Return what somebody can do about a note that failed."""
    status, _, issue = code.partition(" ")
    if status in _OUR_CODES:
        return _OURS
    return _ADVICE.get(issue) or _ADVICE.get(status) or "Try again, change the note, or give it up with a reason."
