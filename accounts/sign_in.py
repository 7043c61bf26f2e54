"""The doors into the portal, for the page that shows them."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Choice:
    """One door. `post` doors start a sign-in elsewhere, so they are forms and no link can open them."""

    slug: str
    name: str | Promise
    accepts: str | Promise
    url: str
    post: bool = False


# Which level of each account may use secure messaging: domain rules, section 2.
_ELSEWHERE = (
    (
        "dslogon",
        gettext_lazy("DS Logon"),
        gettext_lazy("Premium (level 2), or verify your identity online as you sign in."),
    ),
    ("idme", "ID.me", gettext_lazy("With your identity verified.")),
    ("logingov", "Login.gov", gettext_lazy("With your identity verified.")),
)


def choices() -> list[Choice]:
    """Return the veterans' doors that this installation has, My HealtheVet first."""
    found = [
        Choice("mhv", _("My HealtheVet"), _("Premium account, with a second step to sign in."), _url("account_login"))
    ]
    found += [Choice(slug, name, accepts, _start(slug), post=True) for slug, name, accepts in _ELSEWHERE]
    return [choice for choice in found if choice.url]


def staff_choice() -> Choice:
    """Return the staff's own door: single sign-on where there is one, else the local sign-in."""
    accepts = _("With your passkey or authenticator app.")
    if url := _start("staffsso"):
        return Choice("staffsso", _("VA staff sign-in"), accepts, url, post=True)
    return Choice("staff", _("VA staff sign-in"), accepts, _url("account_login"))


def local_choice() -> Choice:
    """Return the local sign-in for staff, where single sign-on is away."""
    return Choice("staff", _("Staff user name and password"), _("With a second step."), _url("account_login"))


def _start(slug: str) -> str:
    return _url("oidc_start", slug) if slug in getattr(settings, "OIDC_PROVIDERS", {}) else ""


def _url(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # this installation does not have that door
        return ""
