"""The sections of the settings page: each a form of its own, with a button of its own and one action.

To add a section: a class here with `section`, `heading`, `saved`, and the two methods; its line in SECTIONS;
its fields show by themselves.
"""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AccountKind, EmailChoice, MessageOrder
from accounts.preferences import ZONES, choices_of, choose_shortcut_keys, set_message_order
from messaging.notifications.digests import zones_of
from messaging.preferences import actions
from messaging.signing import set_signature, signature_of
from messaging.staff_signing import LINE_MOST, line_of, set_staff_signature
from smportal import clock, times
from smportal.actor import Actor

_VETERAN_WORDS = {
    EmailChoice.EACH: gettext_lazy("An email for each message"),
    EmailChoice.DAILY: gettext_lazy("One email a day, when messages are waiting"),
    EmailChoice.NONE: gettext_lazy("No emails"),
}
_STAFF_WORDS = {
    EmailChoice.ASSIGNED: "An email when a conversation is assigned to me",
    EmailChoice.EACH: "An email for each message to my teams and each assignment",
    EmailChoice.DAILY: "One email a day, when something is waiting",
    EmailChoice.NONE: "No emails but those that are always sent",
}


class Section(forms.Form):
    """One section of the page; `account` is whose settings they are."""

    section: ClassVar[str]
    heading: ClassVar[str | Promise]
    saved: ClassVar[str | Promise]
    # Whose section it is; of everybody by default.
    veterans_only: ClassVar[bool] = False
    staff_only: ClassVar[bool] = False

    def __init__(self, data: Any = None, *, account: Account) -> None:
        # Ids are unique on a page of several forms.
        super().__init__(data, auto_id=f"{self.section}_%s", initial=self.current(account))
        self.account = account

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        """Return the values that are set now."""
        raise NotImplementedError

    def perform(self, actor: Actor) -> None:
        """Call the action. Raises InvalidInput."""
        raise NotImplementedError


class EmailsForm(Section):
    """Which emails, and at what hour the daily one."""

    section = "emails"
    heading = gettext_lazy("Emails about messages")
    saved = gettext_lazy("Your choice of emails was saved.")

    choice = forms.ChoiceField(
        label=gettext_lazy("Which emails do you want?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose which emails you want"),
            "invalid_choice": gettext_lazy("Choose which emails you want"),
        },
    )
    hour = forms.TypedChoiceField(
        label=gettext_lazy("Time of the daily email"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose an hour of the day"),
            "invalid_choice": gettext_lazy("Choose an hour of the day"),
        },
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        super().__init__(data, account=account)
        words = _VETERAN_WORDS if account.kind == AccountKind.VETERAN else _STAFF_WORDS
        choice, hour = self.fields["choice"], self.fields["hour"]
        choice.choices = [(option.value, words[option]) for option in choices_of(account)]  # type: ignore[attr-defined]
        zone = zones_of([account])[account.id]
        today = clock.now().astimezone(zone)
        hours = [(each, times.clock_time(today.replace(hour=each, minute=0))) for each in range(24)]
        hour.choices = hours  # type: ignore[attr-defined]
        hour.help_text = _("Only for one email a day. In your time zone (now %(zone)s).") % {
            "zone": times.abbreviation(today)
        }

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        return {"choice": account.wanted_emails, "hour": account.digest_hour}

    def perform(self, actor: Actor) -> None:
        actions.save_emails(actor=actor, choice=self.cleaned_data["choice"], hour=self.cleaned_data["hour"])


class TimeZoneForm(Section):
    """In which zone times show."""

    section = "time_zone"
    heading = gettext_lazy("Time zone")
    saved = gettext_lazy("Your time zone was saved.")

    zone = forms.ChoiceField(
        label=gettext_lazy("Show times in"),
        required=False,
        choices=[("", gettext_lazy("The time zone of the facility")), *ZONES.items()],
        error_messages={"invalid_choice": gettext_lazy("Choose a time zone from the list")},
    )

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        return {"zone": account.time_zone}

    def perform(self, actor: Actor) -> None:
        actions.save_zone(actor=actor, zone=self.cleaned_data["zone"])


class OrderForm(Section):
    """In which order the messages of a conversation stand; veterans only."""

    section = "order"
    heading = gettext_lazy("Order of messages")
    saved = gettext_lazy("The order of messages was saved.")
    veterans_only = True

    order = forms.ChoiceField(
        label=gettext_lazy("Show the messages of a conversation"),
        choices=MessageOrder.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose newest first or oldest first"),
            "invalid_choice": gettext_lazy("Choose newest first or oldest first"),
        },
    )

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        return {"order": account.message_order}

    def perform(self, actor: Actor) -> None:
        set_message_order(actor=actor, order=self.cleaned_data["order"])


class SignatureForm(Section):
    """What ends one's messages; veterans only."""

    section = "signature"
    heading = gettext_lazy("Signature")
    saved = gettext_lazy("Your signature was saved.")
    veterans_only = True

    signature = forms.CharField(
        label=gettext_lazy("Your signature"),
        help_text=gettext_lazy("Up to 5 lines. Empty it to send messages without a signature."),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        return {"signature": signature_of(account.id) if account.kind == AccountKind.VETERAN else ""}

    def perform(self, actor: Actor) -> None:
        set_signature(actor=actor, text_typed=self.cleaned_data["signature"])


class StaffSignatureForm(Section):
    """Whether answers end with name and title, and with which line; care team members only."""

    section = "staff_signature"
    heading = "Signature of your answers"
    saved = "Your signature was saved."
    staff_only = True

    on = forms.BooleanField(label="End my answers with my name and title", required=False)
    line = forms.CharField(
        label="One more line",
        help_text=f"For example: Diabetes clinic, building 2. Up to {LINE_MOST} characters.",
        required=False,
        strip=False,
    )

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        line = line_of(account.id) if account.kind == AccountKind.STAFF else None
        return {"on": line is not None, "line": line or ""}

    def perform(self, actor: Actor) -> None:
        set_staff_signature(actor=actor, on=self.cleaned_data["on"], line=self.cleaned_data["line"])


class ShortcutKeysForm(Section):
    """Whether single keys do things on the care team's pages. Its words stay English, like those pages."""

    section = "keys"
    heading = "Keyboard shortcuts"
    saved = "Your choice of shortcuts was saved."
    staff_only = True

    keys = forms.BooleanField(label="Use single keys as shortcuts in queues and conversations", required=False)

    @staticmethod
    def current(account: Account) -> dict[str, Any]:
        return {"keys": account.shortcut_keys}

    def perform(self, actor: Actor) -> None:
        choose_shortcut_keys(actor=actor, on=self.cleaned_data["keys"])


SECTIONS: dict[str, type[Section]] = {
    form.section: form
    for form in (EmailsForm, TimeZoneForm, OrderForm, SignatureForm, StaffSignatureForm, ShortcutKeysForm)
}
