"""A care team's page in the admin, with all its settings: it takes the place of the one that eligibility has."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from eligibility import queries as eligibility_queries
from eligibility.actions.teams import EDITABLE
from eligibility.admin.organization import CareTeamAdmin, TeamForm
from eligibility.models import Acknowledgement, CareTeam
from messaging.absence.cover import cover_of
from messaging.acknowledging.actions import TEXT_MOST, set_acknowledgement
from messaging.acknowledging.texts import STANDARD, STANDARD_ES
from messaging.models import TeamAlarm
from messaging.teams.escalation import numbers_of, set_recipients

_ACKNOWLEDGEMENT = ("acknowledgement", "acknowledgement_text", "acknowledgement_text_es")


class TeamSettingsForm(TeamForm):
    """What eligibility lets change, the automatic reply and who is told of escalations: an action for each."""

    acknowledgement = forms.ChoiceField(
        label="Automatic reply",
        required=False,
        choices=Acknowledgement.choices,
        help_text="Sent right after a veteran writes; it never counts as an answer.",
    )
    acknowledgement_text = forms.CharField(
        label="Its text in English",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=f"Plain text, at most {TEXT_MOST:,} characters. A text to start from: {STANDARD}",
    )
    acknowledgement_text_es = forms.CharField(
        label="Its text in Spanish",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "lang": "es"}),
        help_text=format_html('<span lang="es">{}</span>', STANDARD_ES),
    )
    escalation = forms.CharField(
        label="Also told of escalations",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Staff numbers, one on each line: people of this facility or of the station that it belongs to. "
        "They are emailed after 5 business days without an answer, as the facility’s administrators are.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["escalation"] = "\n".join(numbers_of(self.instance.pk))

    def perform(self, data: dict[str, Any]) -> Model:
        team = super().perform({name: data[name] for name in EDITABLE})
        when, text, text_es = (data[name] for name in _ACKNOWLEDGEMENT)
        when = when or self.instance.acknowledgement
        set_recipients(actor=self.actor, team_id=self.instance.pk, staff_numbers=data["escalation"].splitlines())
        set_acknowledgement(actor=self.actor, team_id=self.instance.pk, when=when, text=text, text_es=text_es)
        team.refresh_from_db()
        return team


admin.site.unregister(CareTeam)


@admin.register(CareTeam)
class TeamSettingsAdmin(CareTeamAdmin):
    """Care teams with all their settings."""

    change_form = TeamSettingsForm

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_readonly_fields(request, obj)
        return shown if obj is None else (*shown, "members", "alarm")

    @admin.display(description="Members and triage leads")
    def members(self, team: CareTeam) -> SafeString:
        """Return the members, who of them leads and who is away; they are changed on their own page."""
        cover = cover_of([team.id])
        named = [
            (cover.choice_text(team.id, one.staff_id, one.name), ", triage lead" if one.is_lead else "")
            for one in eligibility_queries.members_of(team.id)
        ]
        return format_html(
            '<ul>{}</ul><a href="{}?q={}">Change members and leads</a>',
            format_html_join("", "<li>{}{}</li>", named or [("Nobody", "")]),
            reverse("admin:eligibility_teammembership_changelist"),
            team.code,
        )

    @admin.display(description="Alarm")
    def alarm(self, team: CareTeam) -> str:
        """Return what the team lacks while messages wait, or that there is no alarm."""
        standing = TeamAlarm.objects.filter(team=team, ended_at=None).first()
        if standing is None:
            return "None"
        since = standing.began_at.astimezone(team.facility.zone)
        return f"{standing.get_reason_display()}, and messages are waiting. Since {since:%Y-%m-%d %H:%M %Z}"
