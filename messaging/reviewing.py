"""How a privacy officer judges what others did: a use of break glass, a message withdrawn as sent in error."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from messaging.models import BreakGlassUse, SentInError
from messaging.text import clean_text
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, InvalidInput, NotFound, Refused

NOTE_MOST = 1_000

Row = TypeVar("Row", BreakGlassUse, SentInError)


@dataclass(frozen=True, slots=True)
class Review:
    """What one kind of review asks and says."""

    deed: Deed
    object_kind: str
    verdicts: Collection[str]
    # The verdict that cannot stand without a note.
    needs_note: str
    nothing_chosen: str
    own: str

    def judge(self, rows: QuerySet[Row], row_id: uuid.UUID, *, actor: Actor, verdict: str, note: str) -> Row:
        """Judge one of the `rows` that the actor may judge, once, with a note of up to 1,000 characters.

        Raises NotFound for what is not among them, Refused for what the actor did (on record too), Conflict when it
        has been judged, InvalidInput without a verdict, or without the note that it needs.
        """
        if verdict not in self.verdicts:
            raise InvalidInput(self.nothing_chosen, code="verdict_required", field="verdict")
        if note.strip() or verdict == self.needs_note:
            note = clean_text(note, field="note", label="Note", most=NOTE_MOST)
        with transaction.atomic():
            row = rows.select_for_update(of=("self",)).filter(id=row_id).first()
            if row is None:
                raise NotFound
            if row.doer_id != actor.account_id:
                self._write(row, actor, verdict, note.strip())
                return row
        record(actor=actor, deed=Deed.DENIED, object_kind=self.object_kind, object_id=row_id, reason="own_use")
        raise Refused(self.own, code="own_use")

    def _write(self, row: BreakGlassUse | SentInError, actor: Actor, verdict: str, note: str) -> None:
        if row.reviewed_at is not None:
            raise Conflict("Somebody has reviewed this already. Nothing was changed.")
        row.verdict, row.reviewed_at, row.reviewed_by_id = verdict, clock.now(), actor.account_id
        if note:
            row.seal_text("review_note_sealed", note)
        row.save(update_fields=["verdict", "reviewed_at", "reviewed_by", "review_note_sealed"])
        record(
            actor=actor,
            deed=self.deed,
            subject_id=row.record_id,
            object_kind=self.object_kind,
            object_id=row.id,
            reason=verdict,
        )
