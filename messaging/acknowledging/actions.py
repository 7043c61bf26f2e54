"""Setting a team's automatic acknowledgement."""

import uuid
from typing import Final

from django.db import transaction

from eligibility.actions.locking import locked_team
from eligibility.models import Acknowledgement, CareTeam
from eligibility.permissions import check_may_set_up
from messaging.text import clean_text
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput

TEXT_MOST: Final = 1_000


@transaction.atomic
def set_acknowledgement(*, actor: Actor, team_id: uuid.UUID, when: str, text: str, text_es: str) -> CareTeam:
    """Set when a team acknowledges messages by itself, and with which words in English and Spanish.

    Both texts are needed unless it is off. Raises Refused, NotFound, InvalidInput naming the field.
    """
    team = locked_team(team_id)
    check_may_set_up(actor, team)
    if when not in Acknowledgement.values:
        raise InvalidInput("Choose when it is sent", code="when", field="acknowledgement")
    values = {
        "acknowledgement": when,
        "acknowledgement_text": _clean(text, when, field="acknowledgement_text", label="The English text"),
        "acknowledgement_text_es": _clean(text_es, when, field="acknowledgement_text_es", label="The Spanish text"),
    }
    changed = {name: value for name, value in values.items() if getattr(team, name) != value}
    if changed:
        before = team.acknowledgement
        for name, value in changed.items():
            setattr(team, name, value)
        team.save(update_fields=list(changed))
        record(
            actor=actor,
            deed=Deed.TEAM_CHANGED,
            object_kind="care_team",
            object_id=team.id,
            details={"change": "acknowledgement", "from": before, "to": when, "changed": sorted(changed)},
        )
    return team


def _clean(text: str, when: str, *, field: str, label: str) -> str:
    if when == Acknowledgement.OFF and not text.strip():
        return ""
    return clean_text(text, field=field, label=label, most=TEXT_MOST)
