"""What a person reads when a sign-in elsewhere ends early: why, what to do, and whom to call."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.oidc.problems import Reason

# VA's main information line, a real public number.
VA_INFORMATION_PHONE = "800-698-2411"


@dataclass(frozen=True, slots=True)
class Words:
    """One page. `{service}` is the service's name; `calls` shows whom to call; `status` is the answer's."""

    title: str | Promise
    lead: str | Promise
    steps: tuple[str | Promise, ...] = ()
    calls: bool = False
    other_ways: bool = True
    status: int = 403


WORDS = {
    Reason.STALE: Words(
        _("Please start signing in again"),
        _("This sign-in was already used, took too long, or was started in another browser."),
        (_("Choose below how you want to sign in."),),
        status=400,
    ),
    Reason.CANCELLED: Words(
        _("You didn’t finish signing in"),
        _("{service} sent you back before you were signed in. Nothing was changed."),
        (_("Try again below, or choose another account."),),
        status=200,
    ),
    Reason.UNAVAILABLE: Words(
        _("We can’t reach {service} right now"),
        _("This is not your fault, and nothing is lost. {service} didn’t answer the way it should."),
        (_("Try again in a few minutes."), _("Or sign in with another account below.")),
        status=503,
    ),
    Reason.UNTRUSTED: Words(
        _("We couldn’t confirm your sign-in"),
        _("The answer from {service} didn’t pass our safety checks, so we didn’t sign you in."),
        (_("Try again below."), _("If it happens again, sign in with another account, or call us.")),
        calls=True,
    ),
    Reason.INACTIVE: Words(
        _("This account is closed"),
        _("You can’t sign in with it any more."),
        (_("Call us to ask why, or to have it opened again."),),
        calls=True,
    ),
    Reason.NO_MATCH: Words(
        _("We couldn’t find your VA record"),
        _(
            "{service} confirmed who you are. But we didn’t find a VA record with the same name, birth date and Social"
            " Security number."
        ),
        (
            _("Check that your name and birth date at {service} are right. Names often differ after a marriage."),
            _("If they’re right, call us. We can compare them with your VA record."),
        ),
        calls=True,
    ),
    Reason.SEVERAL_MATCHES: Words(
        _("We found more than one VA record for you"),
        _("To keep your information safe, we don’t guess which one is yours. A person needs to put them together."),
        (_("Call us, and say that your VA records need to be merged."), _("After that, sign in again.")),
        calls=True,
        other_ways=False,
    ),
    Reason.DECEASED: Words(
        _("We need to correct your VA record"),
        _("Your VA record says that its owner has died. If you’re reading this, that may be a mistake. We’re sorry."),
        (_("Call us, and say that your record has a wrong date of death."), _("After it is corrected, sign in again.")),
        calls=True,
        other_ways=False,
    ),
    Reason.IDENTITY_THEFT: Words(
        _("We need to check your VA record first"),
        _(
            "Your VA record is marked because somebody may have used your identity. We keep it closed until a person has"
            " checked it with you."
        ),
        (_("Call us, and have an ID ready."), _("After it is checked, sign in again.")),
        calls=True,
        other_ways=False,
    ),
    Reason.NOT_VERIFIED: Words(
        _("Your {service} account isn’t verified yet"),
        _("Only a verified account can be linked. Nothing was changed."),
        (_("Verify your identity at {service}, then link it again."),),
        other_ways=False,
    ),
    Reason.CANNOT_LINK: Words(
        _("We couldn’t link this account"),
        _("What {service} told us doesn’t fit the account you’re signed in with. Nothing was changed."),
        (_("Check that you used your own {service} account."), _("If you did, call us.")),
        calls=True,
        other_ways=False,
    ),
    Reason.STAFF_UNKNOWN: Words(
        _("We couldn’t find your staff account"),
        _("You signed in, but we don’t know you as an active member of the staff here."),
        (_("Ask your facility’s secure messaging administrator to check your staff record."),),
        other_ways=False,
    ),
}
