"""The form that links an account to a record, or takes it away; people.py has its page."""

from typing import Any

from django import forms
from django.db.models import Model

from accounts.models import Account
from eligibility.actions import relink_account, unlink_account
from eligibility.admin.base import ActionForm
from eligibility.admin.fields import VeteranField
from smportal.errors import InvalidInput

UNLINK, LINK = "unlink", "link"


class AccountLinkForm(ActionForm):
    """One change of the link, with a reason that goes into the audit trail."""

    change = forms.ChoiceField(
        label="Change the link",
        choices=[
            ("", "Choose one"),
            (UNLINK, "Unlink: the account falls back to Basic"),
            (LINK, "Link to the record below: the account becomes Advanced"),
        ],
        help_text="Ends all sessions of the account, and sends its owner a notice.",
    )
    record = VeteranField(label="Veteran’s ICN", required=False, help_text="Only to link.")
    reason = forms.CharField(
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the audit trail. No health information.",
    )

    class Meta:
        model = Account
        fields = ()

    def perform(self, data: dict[str, Any]) -> Model:
        if data["change"] == UNLINK:
            return unlink_account(actor=self.actor, account_id=self.instance.pk, reason=data["reason"])
        if data["record"] is None:
            raise InvalidInput("Enter the ICN of the record.", code="record_required", field="record")
        return relink_account(
            actor=self.actor, account_id=self.instance.pk, record_id=data["record"].id, reason=data["reason"]
        )
