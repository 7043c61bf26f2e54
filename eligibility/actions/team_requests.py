"""A veteran asks a facility for a care team that is missing; an administrator there answers."""

import unicodedata
import uuid

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from eligibility import queries
from eligibility.actions.locking import locked_survivor
from eligibility.models import Answer, Association, Facility, TeamRequest
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, InvalidInput, NotFound
from smportal.tiers import Tier

LONGEST_WANTED = 500
MOST_OPEN = 5


@transaction.atomic
def ask_for_team(*, actor: Actor, facility_id: int, wanted: str) -> TeamRequest:
    """Ask a facility's administrators for a team or provider, in the veteran's words (sealed).

    Raises NotFound for anybody but a verified veteran with a record and for an unknown facility,
    InvalidInput for an empty, over-long or unusable text, Conflict (already_asked, too_many_open).
    """
    facility = Facility.objects.filter(id=facility_id).first()
    if facility is None or actor.account_id is None or actor.record_id is None or not _is_verified(actor):
        raise NotFound
    text = _clean(wanted)
    # The lock on the record makes two posts at once follow each other.
    subject = locked_survivor(actor.record_id)
    waiting = TeamRequest.objects.filter(record_id__in=queries.record_family(subject.id), answered_at__isnull=True)
    if waiting.filter(facility=facility).exists():
        raise Conflict(_("You have already asked this facility. It has not answered yet."), code="already_asked")
    if waiting.count() >= MOST_OPEN:
        raise Conflict(
            _("You have {count} requests that wait for an answer. Please wait, or call the facility.").format(
                count=MOST_OPEN
            ),
            code="too_many_open",
        )
    asked = TeamRequest(
        id=uuid.uuid4(), record=subject, facility=facility, asked_at=clock.now(), asked_by_id=actor.account_id
    )
    asked.seal_text("wanted_sealed", text)
    asked.save(force_insert=True)
    _audit(actor, Deed.TEAM_REQUESTED, asked)
    return asked


@transaction.atomic
def open_team_request(*, actor: Actor, request_id: uuid.UUID) -> str:
    """Return what the veteran wrote, having put the opening on record. Raises NotFound, Refused."""
    asked = TeamRequest.objects.filter(id=request_id).first()
    if asked is None:
        raise NotFound
    check_may_administer(actor, asked.facility_id)
    _audit(actor, Deed.TEAM_REQUEST_READ, asked)
    return asked.unseal_text("wanted_sealed")


@transaction.atomic
def answer_team_request(*, actor: Actor, request_id: uuid.UUID, answer: str) -> TeamRequest:
    """Answer a request, which closes it. Raises NotFound, Refused, Conflict (answered already), InvalidInput."""
    asked = TeamRequest.objects.select_for_update(of=("self",)).filter(id=request_id).order_by("id").first()
    if asked is None:
        raise NotFound
    check_may_administer(actor, asked.facility_id)
    if asked.answered_at is not None:
        raise Conflict("This request has been answered already.", code="answered")
    if answer not in Answer.values:
        raise InvalidInput("Choose an answer.", code="answer", field="answer")
    if answer == Answer.ADDED and not _has_team(asked):
        raise InvalidInput(
            "No team of this facility is associated with the veteran today. Add the association first.",
            code="no_association",
            field="answer",
        )
    asked.answer, asked.answered_at, asked.answered_by_id = answer, clock.now(), actor.account_id
    asked.save(update_fields=["answer", "answered_at", "answered_by"])
    _audit(actor, Deed.TEAM_REQUEST_ANSWERED, asked)
    return asked


def _is_verified(actor: Actor) -> bool:
    return actor.kind is ActorKind.VETERAN and actor.tier >= Tier.VERIFIED


def _has_team(asked: TeamRequest) -> bool:
    """Tell whether the veteran may write to some team there (or at a station below) as far as associations go."""
    today = clock.today(asked.facility.zone)
    return (
        Association.objects.filter(
            record_id__in=queries.record_family(asked.record_id)[:1],
            team__facility_id__in=queries.with_children([asked.facility_id]),
            effective_from__lte=today,
        )
        .filter(Q(effective_until__isnull=True) | Q(effective_until__gte=today))
        .exists()
    )


def _clean(wanted: str) -> str:
    """Return the text in normal form. Raises InvalidInput; the field is `wanted`."""
    text = unicodedata.normalize("NFC", wanted.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(char) in {"Cs", "Cc"} and char not in "\n\t" for char in text):
        raise InvalidInput(
            _("This has hidden characters that we can’t use. Type it again."), code="control_characters", field="wanted"
        )
    if not any(char.isalnum() for char in text):
        raise InvalidInput(_("Enter the name of the team, the clinic or the provider"), code="empty", field="wanted")
    if len(text) > LONGEST_WANTED:
        raise InvalidInput(
            _("This is too long. Shorten it by {count} characters.").format(count=f"{len(text) - LONGEST_WANTED:,}"),
            code="too_long",
            field="wanted",
        )
    return text


def _audit(actor: Actor, deed: Deed, asked: TeamRequest) -> None:
    record(
        actor=actor,
        deed=deed,
        subject_id=asked.record_id,
        object_kind="team_request",
        object_id=asked.id,
        details={"facility": asked.facility_id, "answer": asked.answer},
    )
