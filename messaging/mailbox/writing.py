"""The page on which a new message is written: to whom it goes, its guided form, how it is signed."""

import uuid
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from eligibility import texts
from eligibility.decision import Decision, TeamDecision
from eligibility.rules import TeamReason
from messaging import guided
from messaging.guided.answers import PREFIX
from messaging.mailbox import queries, tickets
from messaging.mailbox.continuing import draft_reference
from messaging.mailbox.forms import ComposeForm
from messaging.mailbox.navigation import folders
from messaging.mailbox.signed import signing_context
from messaging.web import actor_of

GUIDE = "guide"


@dataclass(frozen=True, slots=True)
class Addressee:
    """The team that a draft names: `team` is None where none is chosen, or none that the veteran may know of."""

    team: TeamDecision | None
    closed: str

    @property
    def is_open(self) -> bool:
        """Whether the message can go out to it now."""
        return self.team is not None and not self.closed


def addressee(decision: Decision, team_id: object) -> Addressee:
    """Return the team of a draft, with the reason and whom to call where it cannot be written to any more."""
    team = next((team for team in decision.teams if str(team.team_id) == str(team_id or "")), None)
    if team is None or team.may_write:
        return Addressee(team, "")
    reason = TeamReason(team.reason)
    if reason is TeamReason.NOT_ELIGIBLE:
        # It is not the team: the page says above what is missing.
        return Addressee(team, "")
    words = texts.team_refusal(reason, team=team.public_name, facility=team.facility_name, phone=team.phone)
    return Addressee(team, words)


def page_of(
    request: HttpRequest,
    form: ComposeForm,
    decision: Decision,
    status: int = 200,
    *,
    conflict: str = "",
    moved_to_form: bool = False,
) -> HttpResponse:
    """Return the page. `moved_to_form` puts the focus on a guided form that was just chosen."""
    actor = actor_of(request)
    to = addressee(decision, form["team"].value())
    writable = [team for team in decision.teams if team.may_write]
    context = {
        "form": form,
        "to": to,
        "may_send": to.is_open and decision.allowed,
        "decision": decision,
        "kinds": guided.KINDS.values(),
        "phone": to.team.phone if to.team else next((team.phone for team in writable if team.phone), ""),
        "folders": folders(queries.mailbox_of(actor), ""),
        "conflict": conflict,
        "moved_to_form": moved_to_form,
        "ticket": tickets.issue(request, form["draft_id"].value()),
        "refers_to": draft_reference(actor, draft_id) if (draft_id := _draft_of(form)) else None,
        **signing_context(actor.account_id, asks_legal=bool(to.team and to.team.needs_legal_signature)),
    }
    return render(request, "messaging/mailbox/compose.html", context, status=status)


def _draft_of(form: ComposeForm) -> uuid.UUID | None:
    """Return the draft that a page shows, once it has been saved: a new page has nothing to look up."""
    if form.is_bound:
        return form.cleaned_data.get("draft_id")
    return form.initial["draft_id"] if form.initial["version"] else None


def with_form(form: ComposeForm, code: str) -> ComposeForm:
    """Return the page's form with another guided form, or with none; call after is_valid().

    What was answered in the one before is not lost: it goes into the message's text.
    """
    content = form.content()
    kind = guided.kind_of(code)
    data = {name: value for name, value in form.data.dict().items() if not name.startswith(PREFIX)}  # type: ignore[attr-defined]
    if content.guided and content.guided.kind != code:
        lines = guided.as_text(content.guided)
        data["body"] = "\n\n".join(part for part in (content.body, lines) if part)
        if form.kind and content.subject == str(form.kind.subject):
            data["subject"] = ""
    data["guided"] = kind.code if kind else ""
    if kind is not None:
        data["category"] = kind.category.value
        data["subject"] = data.get("subject") or str(kind.subject)
    changed = ComposeForm(data)
    changed.is_valid()
    return changed
