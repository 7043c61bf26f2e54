"""Making and changing templates, each change with its audit row."""

import uuid
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction

from eligibility.models import CareTeam, StaffMember
from messaging.models import Category, ReplyTemplate, TemplateLevel
from messaging.reply_templates import placeholders
from messaging.reply_templates.permissions import Reach, reach_of, visible_templates
from messaging.text import BODY_MOST, clean_line, clean_text
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, InvalidInput, NotFound, Refused

NAME_MOST: Final = 80
# For each person, team and facility: lists are opened and searched as a whole.
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Wording:
    """What a template says."""

    name: str
    category: str
    body: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a new template is: the actor's own, a team's or a facility's."""

    level: str
    team_id: uuid.UUID | None = None
    facility_id: int | None = None


class ChangedMeanwhile(Conflict):
    """Somebody else saved the template since the page was opened; nothing was overwritten."""

    code = "template_changed"


def add(*, actor: Actor, template_id: uuid.UUID, holder: Holder, wording: Wording) -> ReplyTemplate:
    """Make a template once, however often its form is posted, and return it.

    Raises InvalidInput naming the field, Refused for a team or facility that is not the actor's to write for.
    """
    try:
        with transaction.atomic():
            return _add(actor, template_id, holder, _checked(wording))
    except IntegrityError:
        earlier = visible_templates(reach_of(actor)).filter(id=template_id).first()
        if earlier is None:
            raise NotFound from None
        return earlier


def _add(actor: Actor, template_id: uuid.UUID, holder: Holder, wording: Wording) -> ReplyTemplate:
    reach = reach_of(actor)
    standing = ReplyTemplate.objects.select_related("facility").filter(id=template_id).first()
    if standing is not None:
        if not reach.may_change(standing):
            raise NotFound
        return standing
    account_id = actor.account_id
    if account_id is None:
        raise NotFound
    now = clock.now()
    template = ReplyTemplate(
        id=template_id, level=holder.level, changed_by_id=account_id, created_at=now, changed_at=now, version=0
    )
    _hold(reach, template, holder)
    same = ReplyTemplate.objects.filter(level=template.level, staff=template.staff, team=template.team)
    if template.level == TemplateLevel.FACILITY:
        same = same.filter(facility=template.facility)
    if same.count() >= MOST:
        raise Refused(
            f"There are {MOST} templates here already. Change one that is no longer used.",
            code="too_many",
            field="name",
        )
    _write(actor, template, wording)
    return template


def _hold(reach: Reach, template: ReplyTemplate, holder: Holder) -> None:
    """Put the template into its holder's hands. Raises Refused when it is not the actor's to write for."""
    if holder.level == TemplateLevel.OWN and reach.staff_id is not None:
        template.staff = StaffMember.objects.select_related("facility").get(id=reach.staff_id)
        template.facility = template.staff.facility
    elif holder.level == TemplateLevel.TEAM and holder.team_id in reach.led_ids:
        template.team = CareTeam.objects.select_related("facility").get(id=holder.team_id)
        template.facility = template.team.facility
    elif (
        holder.level == TemplateLevel.FACILITY
        and holder.facility_id is not None
        and reach.administers.covers(holder.facility_id)
    ):
        template.facility_id = holder.facility_id
    else:
        raise Refused("You can’t write templates for this. Choose from the list.", code="not_yours", field="holder")


@transaction.atomic
def change(*, actor: Actor, template_id: uuid.UUID, version: int | None, wording: Wording) -> ReplyTemplate:
    """Change a template and return it; None as version overwrites what somebody else saved meanwhile.

    Raises NotFound, Refused for one that the actor only sees, ChangedMeanwhile, InvalidInput naming the field.
    """
    clean = _checked(wording)
    reach = reach_of(actor)
    template = visible_templates(reach).select_for_update(of=("self",)).filter(id=template_id).first()
    if template is None:
        raise NotFound
    if not reach.may_change(template):
        raise Refused("You can use this template, but only its keepers can change it.", code="not_yours")
    if wording_of(template) == clean:
        return template
    if version is not None and template.version != version:
        raise ChangedMeanwhile(
            "Somebody changed this template while you had it open. Your text is still here, and nothing was overwritten."
        )
    _write(actor, template, clean)
    return template


def wording_of(template: ReplyTemplate) -> Wording:
    """Return what a template says. Raises UnsealError when it does not open."""
    return Wording(
        template.unseal_text("name_sealed"), template.category, template.unseal_text("body_sealed"), template.is_active
    )


def _checked(wording: Wording) -> Wording:
    """Return the wording in normal form. Raises InvalidInput with all that is wrong."""
    wrong: list[InvalidInput] = []
    name, body = wording.name, wording.body
    try:
        name = clean_line(name, field="name", label="A name", most=NAME_MOST)
    except InvalidInput as error:
        wrong.append(error)
    try:
        body = clean_text(body, field="body", label="A text", most=BODY_MOST)
        placeholders.check(body, field="body")
    except InvalidInput as error:
        wrong.append(error)
    if wording.category and wording.category not in Category.values:
        wrong.append(InvalidInput("Choose a category from the list", code="unknown", field="category"))
    if wrong:
        wrong[0].others = tuple(wrong[1:])
        raise wrong[0]
    return Wording(name, wording.category, body, wording.is_active)


def _write(actor: Actor, template: ReplyTemplate, wording: Wording) -> None:
    adding = template.version == 0
    template.category, template.is_active = wording.category, wording.is_active
    template.seal_text("name_sealed", wording.name)
    template.seal_text("body_sealed", wording.body)
    assert actor.account_id is not None  # noqa: S101 - for the type checker: looked at by the callers
    template.changed_by_id, template.changed_at = actor.account_id, clock.now()
    template.version += 1
    template.save(force_insert=adding, force_update=not adding)
    record(
        actor=actor,
        deed=Deed.TEMPLATE_CHANGED,
        object_kind="reply_template",
        object_id=template.id,
        details={
            "change": "added" if adding else "changed",
            "level": template.level,
            "version": template.version,
            "in_use": template.is_active,
        },
    )
