"""What a person reads when a sign-in elsewhere ends early: why, what to do, and whom to call."""

from dataclasses import dataclass

from accounts.oidc.problems import Reason

# VA's main information line, a real public number.
VA_INFORMATION_PHONE = "800-698-2411"


@dataclass(frozen=True, slots=True)
class Words:
    """One page. `{service}` is the service's name; `calls` shows whom to call; `status` is the answer's."""

    title: str
    lead: str
    steps: tuple[str, ...] = ()
    calls: bool = False
    other_ways: bool = True
    status: int = 403


WORDS = {
    Reason.STALE: Words(
        "Please start signing in again",
        "This sign-in was already used, took too long, or was started in another browser.",
        ("Choose below how you want to sign in.",),
        status=400,
    ),
    Reason.CANCELLED: Words(
        "You didn’t finish signing in",
        "{service} sent you back before you were signed in. Nothing was changed.",
        ("Try again below, or choose another account.",),
        status=200,
    ),
    Reason.UNAVAILABLE: Words(
        "We can’t reach {service} right now",
        "This is not your fault, and nothing is lost. {service} didn’t answer the way it should.",
        ("Try again in a few minutes.", "Or sign in with another account below."),
        status=503,
    ),
    Reason.UNTRUSTED: Words(
        "We couldn’t confirm your sign-in",
        "The answer from {service} didn’t pass our safety checks, so we didn’t sign you in.",
        ("Try again below.", "If it happens again, sign in with another account, or call us."),
        calls=True,
    ),
    Reason.INACTIVE: Words(
        "This account is closed",
        "You can’t sign in with it any more.",
        ("Call us to ask why, or to have it opened again.",),
        calls=True,
    ),
    Reason.NO_MATCH: Words(
        "We couldn’t find your VA record",
        "{service} confirmed who you are. But we didn’t find a VA record with the same name, birth date and Social"
        " Security number.",
        (
            "Check that your name and birth date at {service} are right. Names often differ after a marriage.",
            "If they’re right, call us. We can compare them with your VA record.",
        ),
        calls=True,
    ),
    Reason.SEVERAL_MATCHES: Words(
        "We found more than one VA record for you",
        "To keep your information safe, we don’t guess which one is yours. A person needs to put them together.",
        ("Call us, and say that your VA records need to be merged.", "After that, sign in again."),
        calls=True,
        other_ways=False,
    ),
    Reason.DECEASED: Words(
        "We need to correct your VA record",
        "Your VA record says that its owner has died. If you’re reading this, that may be a mistake. We’re sorry.",
        ("Call us, and say that your record has a wrong date of death.", "After it is corrected, sign in again."),
        calls=True,
        other_ways=False,
    ),
    Reason.IDENTITY_THEFT: Words(
        "We need to check your VA record first",
        "Your VA record is marked because somebody may have used your identity. We keep it closed until a person has"
        " checked it with you.",
        ("Call us, and have an ID ready.", "After it is checked, sign in again."),
        calls=True,
        other_ways=False,
    ),
    Reason.NOT_VERIFIED: Words(
        "Your {service} account isn’t verified yet",
        "Only a verified account can be linked. Nothing was changed.",
        ("Verify your identity at {service}, then link it again.",),
        other_ways=False,
    ),
    Reason.CANNOT_LINK: Words(
        "We couldn’t link this account",
        "What {service} told us doesn’t fit the account you’re signed in with. Nothing was changed.",
        ("Check that you used your own {service} account.", "If you did, call us."),
        calls=True,
        other_ways=False,
    ),
    Reason.STAFF_UNKNOWN: Words(
        "We couldn’t find your staff account",
        "You signed in, but we don’t know you as an active member of the staff here.",
        ("Ask your facility’s secure messaging administrator to check your staff record.",),
        other_ways=False,
    ),
}
