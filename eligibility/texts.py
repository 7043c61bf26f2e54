"""What a veteran reads about each requirement: why, and the next step. Plain words, no blame."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility.rules import Name, TeamReason
from smportal import times

# Real public numbers: VA's enrollment center, and its main information line.
ENROLLMENT_PHONE = "877-222-8387"
VA_INFORMATION_PHONE = "800-698-2411"
APPLY_URL = "https://www.va.gov/health-care/how-to-apply/"


@dataclass(frozen=True, slots=True)
class Words:
    """`target` is a URL or a URL's name; `calls` says whose phone number goes with it."""

    text: str | Promise
    step: str | Promise = ""
    target: str = ""
    calls: str = ""  # "", "facility", or a number


HEADINGS = {
    Name.ENROLLED: gettext_lazy("You’re enrolled in VA health care"),
    Name.REGISTERED: gettext_lazy("You’re registered as a patient at a VA health facility"),
    Name.PARTICIPATING_PROVIDER: gettext_lazy("A provider on your care team uses secure messaging"),
    Name.VERIFIED_CREDENTIAL: gettext_lazy("You signed in with a verified account"),
    Name.TERMS: gettext_lazy("You agreed to the terms of use"),
    Name.NOT_BLOCKED: gettext_lazy("You can send messages to your care teams"),
}

NO_RECORD = Words(
    gettext_lazy("We haven’t matched your account to your VA health record yet, so we can’t check this."),
    gettext_lazy("Connect your account to your VA health record"),
    "connect_record",
    VA_INFORMATION_PHONE,
)

_APPLY = (gettext_lazy("Learn how to apply for VA health care"), APPLY_URL, ENROLLMENT_PHONE)
_FINDER = (gettext_lazy("Find your VA health facility"), "facility_finder", "facility")

WORDS: dict[tuple[Name, str], Words] = {
    (Name.ENROLLED, "enrolled"): Words(gettext_lazy("Our records show that you’re enrolled.")),
    (Name.ENROLLED, "not_enrolled"): Words(
        gettext_lazy("Our records don’t show that you’re enrolled in VA health care."), *_APPLY
    ),
    (Name.ENROLLED, "enrollment_pending"): Words(
        gettext_lazy("We have your application for VA health care. There’s no decision yet."),
        gettext_lazy("Call the enrollment center to ask about it:"),
        "",
        ENROLLMENT_PHONE,
    ),
    (Name.ENROLLED, "enrollment_rejected"): Words(
        gettext_lazy("Your application for VA health care was not approved. You can call to ask why, or apply again."),
        *_APPLY,
    ),
    (Name.ENROLLED, "enrollment_cancelled"): Words(
        gettext_lazy("Your enrollment in VA health care was cancelled. You can apply again."), *_APPLY
    ),
    (Name.ENROLLED, "enrollment_ended"): Words(
        gettext_lazy("Your enrollment in VA health care has ended. You can apply again."), *_APPLY
    ),
    (Name.ENROLLED, "enrollment_not_started"): Words(
        gettext_lazy("Your enrollment in VA health care starts at a later date. You can send messages from that day."),
        gettext_lazy("Questions? Call the enrollment center:"),
        "",
        ENROLLMENT_PHONE,
    ),
    (Name.REGISTERED, "registered"): Words(gettext_lazy("Our records show where you’re registered as a patient.")),
    (Name.REGISTERED, "not_registered"): Words(
        gettext_lazy(
            "Our records don’t show that you’re a patient at a VA health facility. Call the facility nearest you and ask to"
            " register."
        ),
        *_FINDER,
    ),
    (Name.REGISTERED, "registration_ended"): Words(
        gettext_lazy(
            "Your registration at your VA health facility has ended. Call the facility and ask to register again."
        ),
        *_FINDER,
    ),
    (Name.REGISTERED, "registration_not_started"): Words(
        gettext_lazy(
            "Your registration at your VA health facility starts at a later date. You can send messages from that day."
        ),
        *_FINDER,
    ),
    (Name.PARTICIPATING_PROVIDER, "provider_participates"): Words(gettext_lazy("You can find your care teams below.")),
    (Name.PARTICIPATING_PROVIDER, "no_care_team"): Words(
        gettext_lazy(
            "Our records don’t show a care team for you. Call your VA health facility and ask which care team is yours."
        ),
        *_FINDER,
    ),
    (Name.PARTICIPATING_PROVIDER, "no_participating_provider"): Words(
        gettext_lazy(
            "No provider on your care team uses secure messaging right now. Call your VA health facility instead."
        ),
        *_FINDER,
    ),
    (Name.VERIFIED_CREDENTIAL, "credential_verified"): Words(gettext_lazy("The way you signed in proves who you are.")),
    (Name.VERIFIED_CREDENTIAL, "credential_advanced"): Words(
        gettext_lazy(
            "Your My HealtheVet account is not ready for secure messaging. If it’s a Premium account, sign in with a"
            " second step, such as a code from an app. If it’s an Advanced account, you can make it Premium, or sign in"
            " with a verified Login.gov or ID.me account."
        ),
        gettext_lazy("Set up a second step for signing in"),
        "mfa_index",
    ),
    (Name.VERIFIED_CREDENTIAL, "credential_basic"): Words(
        gettext_lazy(
            "The account you signed in with doesn’t prove who you are yet. Verify your identity with Login.gov, ID.me or"
            " DS Logon, or upgrade your My HealtheVet account to Premium. Then sign in again."
        ),
        gettext_lazy("Verify your identity"),
        "oidc_verify",
    ),
    (Name.VERIFIED_CREDENTIAL, "credential_none"): Words(
        gettext_lazy(
            "You haven’t signed in with an account that proves who you are. Sign in with a verified Login.gov, ID.me or"
            " DS Logon account, or with My HealtheVet Premium."
        ),
        gettext_lazy("See which accounts you can use"),
        "landing#who-can-use-it",
    ),
    (Name.VERIFIED_CREDENTIAL, "record_locked"): Words(
        gettext_lazy(
            "We can’t open secure messaging for your record right now. This can happen when something in the record needs"
            " to be checked. A person can help you: call us."
        ),
        gettext_lazy("Call to have your record checked:"),
        "",
        VA_INFORMATION_PHONE,
    ),
    (Name.TERMS, "terms_accepted"): Words(gettext_lazy("You agreed to the current terms.")),
    (Name.TERMS, "terms_not_accepted"): Words(
        gettext_lazy("Before you send a message, please read the terms of use and agree to them."),
        gettext_lazy("Read the terms of use"),
        "terms",
    ),
    (Name.TERMS, "no_account"): Words(gettext_lazy("There’s no account yet that could agree to the terms of use.")),
    (Name.NOT_BLOCKED, "not_blocked"): Words(gettext_lazy("None of your care teams has blocked messages from you.")),
    (Name.NOT_BLOCKED, "blocked_one_team"): Words(
        gettext_lazy("You can’t send messages to one of your care teams. You can still write to the others."), *_FINDER
    ),
    (Name.NOT_BLOCKED, "blocked_several_teams"): Words(
        gettext_lazy("You can’t send messages to some of your care teams. You can still write to the others."), *_FINDER
    ),
    (Name.NOT_BLOCKED, "blocked_facility"): Words(
        gettext_lazy(
            "You can’t send messages to the care teams of one facility. You can still write to your other care teams."
        ),
        *_FINDER,
    ),
    (Name.NOT_BLOCKED, "blocked_everywhere"): Words(
        gettext_lazy(
            "You can’t send messages to any of your care teams right now. You can still read your messages. To ask why,"
            " call your VA health facility."
        ),
        *_FINDER,
    ),
}


def words_for(name: Name, code: str) -> Words:
    """Return what to say; a status that a later feed may bring gets the general words of its requirement."""
    if code == "no_record":
        return NO_RECORD
    return WORDS.get((name, code)) or WORDS[(Name.ENROLLED, "not_enrolled")]


@cache
def url_of(target: str) -> str:
    """Return the address of a next step: a URL as it is, a URL's name (with "#place") resolved, "" for none."""
    if not target or ":" in target:
        return target
    name, hash_sign, place = target.partition("#")
    return reverse(name) + hash_sign + place


_REFUSALS = {
    TeamReason.NOT_ASSOCIATED: gettext_lazy(
        "You can’t start a new message to this care team, because our records don’t show that it takes care of you."
    ),
    TeamReason.ASSOCIATION_ENDED: gettext_lazy(
        "You can’t start a new message to {team}, because it no longer takes care of you."
    ),
    TeamReason.ASSOCIATION_NOT_STARTED: gettext_lazy(
        "You can’t write to {team} yet. It starts taking care of you at a later date."
    ),
    TeamReason.TEAM_INACTIVE: gettext_lazy("{team} no longer receives messages."),
    TeamReason.TEAM_BLOCKED: gettext_lazy("You can’t send messages to {team} right now."),
    TeamReason.FACILITY_BLOCKED: gettext_lazy("You can’t send messages to care teams at {facility} right now."),
    TeamReason.NO_PARTICIPATING_PROVIDER: gettext_lazy("No provider on {team} uses secure messaging right now."),
}


def team_refusal(reason: TeamReason, *, team: str = "", facility: str = "", phone: str = "") -> str:
    """Return the sentence that refuses a message to one team and says whom to call."""
    sentence = str(_REFUSALS[reason]).format(team=team, facility=facility)
    return f"{sentence} {whom_to_call(phone)}"


def whom_to_call(phone: str) -> str:
    """Return a sentence with the number, or with the way to find one."""
    if phone:
        return _("Please call {phone}.").format(phone=phone)
    return _("Please call your VA health facility. The facility finder has its phone number.")


@dataclass(frozen=True, slots=True)
class BlockNotice:
    """A block in force, without its reason: that is told on the phone. `until` is its last day, None for open."""

    whole_facility: bool
    name: str
    phone: str
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class BlockAlert:
    """What the page says about one block."""

    heading: str
    text: str
    phone: str


def block_alerts(notices: Iterable[BlockNotice]) -> list[BlockAlert]:
    """Return the alerts of the blocks in force: from what, how long, and whom to call."""
    return [_alert(notice) for notice in notices]


def _alert(notice: BlockNotice) -> BlockAlert:
    if notice.whole_facility:
        heading = _("You can’t send messages to any care team at {facility}").format(facility=notice.name)
    else:
        heading = _("You can’t send messages to {team}").format(team=notice.name)
    sentences = [_("You can still read the messages you already have.")]
    if notice.until:
        sentences.append(_("This lasts through {day}.").format(day=times.day(notice.until)))
    return BlockAlert(heading, " ".join(sentences), notice.phone)


_STATUS = {
    TeamReason.OK: gettext_lazy("You can write to this team"),
    TeamReason.NOT_ELIGIBLE: gettext_lazy("You can write to this team once everything above is met"),
    TeamReason.TEAM_INACTIVE: gettext_lazy("This team no longer receives messages"),
    TeamReason.TEAM_BLOCKED: gettext_lazy("You can’t send messages to this team right now"),
    TeamReason.FACILITY_BLOCKED: gettext_lazy("You can’t send messages to this facility right now"),
    TeamReason.NO_PARTICIPATING_PROVIDER: gettext_lazy("No provider on this team uses secure messaging right now"),
}


def team_status(reason: str) -> str:
    """Return what to say about one of the veteran's own teams."""
    return str(_STATUS[TeamReason(reason)])
