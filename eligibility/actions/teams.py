"""Care teams by hand."""

import uuid
from typing import Any

from django.db import IntegrityError, transaction

from eligibility import hooks
from eligibility.actions.locking import locked_team
from eligibility.models import CareTeam, Facility
from eligibility.permissions import check_may_administer
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

# A team's facility is not among them: conversations stay within a facility.
EDITABLE = ("internal_name", "public_name", "care_type", "phone", "is_active", "needs_legal_signature")


@transaction.atomic
def create_team(
    *, actor: Actor, facility_id: int, code: str, internal_name: str, public_name: str, **values: Any
) -> CareTeam:
    """Open a care team; `values` are further EDITABLE fields. Raises Refused, NotFound, InvalidInput."""
    check_may_administer(actor, facility_id)
    if not Facility.objects.filter(id=facility_id).exists():
        raise NotFound
    _check_fields(values)
    team = CareTeam(facility_id=facility_id, code=code, internal_name=internal_name, public_name=public_name, **values)
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError:
        raise InvalidInput("Another care team has this code.", code="code_taken", field="code") from None
    _audit(actor, team, {"change": "created", "code": code})
    return team


@transaction.atomic
def edit_team(*, actor: Actor, team_id: uuid.UUID, **values: Any) -> CareTeam:
    """Change EDITABLE fields of a care team; one that is no longer active gets no messages from then on.

    Raises Refused, NotFound, and InvalidInput for a field that cannot be changed here.
    """
    team = locked_team(team_id)
    check_may_administer(actor, team.facility_id)
    _check_fields(values)
    changed = {name: value for name, value in values.items() if getattr(team, name) != value}
    if changed.get("is_active") is False:
        hooks.team_closes(team.id)
    if changed:
        old = {f"old_{name}": getattr(team, name) for name in changed}
        for name, value in changed.items():
            setattr(team, name, value)
        team.save(update_fields=list(changed))
        _audit(actor, team, {"change": "edited", **old, **changed})
    return team


def _check_fields(values: dict[str, Any]) -> None:
    for name in values:
        if name not in EDITABLE:
            raise InvalidInput("This cannot be changed here.", code="not_editable", field=name)


def _audit(actor: Actor, team: CareTeam, details: dict[str, Any]) -> None:
    record(actor=actor, deed=Deed.TEAM_CHANGED, object_kind="care_team", object_id=team.id, details=details)
