"""A world in which everything that somebody typed or is called is a private word, and what makes each kind of email in it.

Each cause is the action of the portal itself. Whoever registers a kind of email adds its cause to CAUSES: the test of
what emails hold fails for a kind that is not in it.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from accounts.models import Account, EmailChoice
from eligibility.models import CareTeam, Participation, StaffMember
from messaging.absence import actions as absence
from messaging.alarms.watching import watch
from messaging.attachments.baskets import basket_of
from messaging.attachments.scanning import refuse
from messaging.breakglass.actions import break_glass
from messaging.breakglass.proof import Proof
from messaging.health_record import actions as notes
from messaging.health_record.preparing import Choice
from messaging.inbox import actions as team
from messaging.mailbox import actions as mailbox
from messaging.mailbox.content import DraftContent
from messaging.models import Attachment, Clinic, Message, NotificationKind, Obligation, Side
from messaging.models.absence import AbsenceNote
from messaging.notifications.actions import make_digests, relay
from messaging.records.archive.actions import request_archive
from messaging.records.archive.making import make_archives
from messaging.reminding import actions as reminding
from messaging.response.actions import sweep
from messaging.sent_in_error.actions import withdraw
from smportal import clock
from smportal.actor import Actor
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.making import TUESDAY, verify_address

# What people are called, what they typed and what the files are called: one word each.
SUBJECT, BODY, ANSWER, NOTE, FILE, REASON = (
    f"zq{word}zq" for word in ("subject", "body", "answer", "note", "file", "reason")
)
NAMES: Final = tuple(
    f"zq{word}zq"
    for word in (
        "first", "middle", "last", "preferred", "username", "publicteam", "internalteam", "teamcode", "facility",
        "nurse", "lead", "surrogate", "title",
    )
)  # fmt: skip
FIRST, MIDDLE, LAST, PREFERRED, USERNAME, PUBLIC, INTERNAL, CODE, FACILITY, NURSE, LEAD, SURROGATE, TITLE = NAMES
TYPED: Final = (SUBJECT, BODY, ANSWER, NOTE, FILE, REASON)
# Illnesses and treatments, as both languages write them; whole words, since "archive" holds three letters of one.
HEALTH: Final = (
    "diabetes", "hepatitis", "depression", "PTSD", "cancer", "HIV", "insulin", "pregnant", "biopsy", "suicidal",
    "depresión", "TEPT", "cáncer", "VIH", "sida", "insulina", "embarazada", "biopsia", "sífilis", "corazón",
)  # fmt: skip
ENGLISH, SPANISH = " ".join(HEALTH[:10]), " ".join(HEALTH[10:])
PHONE: Final = "555-0177"
BORN: Final = dt.date(1947, 8, 29)


class World:
    """A veteran and a care team who have written to each other, with notes, a file and names of all kinds."""

    def __init__(self, language: str) -> None:
        self.facility = factories.make_facility(name=f"{FACILITY} VA Clinic", phone=f"212-{PHONE}")
        self.team: CareTeam = factories.make_team(
            self.facility, public_name=f"{PUBLIC} {HEALTH[0]}", code=CODE, phone=f"646-{PHONE}"
        )
        self.team.internal_name = INTERNAL
        self.team.save()
        self.account = self._veteran(language)
        self.nurse = self._staff(NURSE)
        self.lead = self._staff(LEAD, leads=True)
        self.surrogate = self._staff(SURROGATE)
        self.administrator = factories.make_administrator(self.facility)
        self.officer = factories.make_administrator(self.facility, role="privacy_officer")
        self.veteran, self.by_nurse = factories.actor_for(self.account), factories.staff_actor(self.nurse)
        self.file_of_veteran, self.question = self._writes()
        self.conversation = self.question.conversation
        self.file_of_team, self.answer = self._answers()
        team.add_note(
            actor=self.by_nurse,
            conversation_id=self.conversation.id,
            draft_id=uuid.uuid4(),
            body=f"{NOTE} {ENGLISH} {SPANISH}",
        )

    def _veteran(self, language: str) -> Account:
        account, record, _team = factories.make_eligible_veteran(self.team)
        record.first_name, record.middle_name, record.last_name, record.birth_date = FIRST, MIDDLE, LAST, BORN
        record.save()
        account.username, account.preferred_name, account.language = USERNAME, PREFERRED, language
        account.save()
        verify_address(account)
        return account

    def _staff(self, name: str, *, leads: bool = False) -> StaffMember:
        staff = factories.make_staff(self.team, name=name, leads=leads)
        staff.title = TITLE
        staff.save()
        return staff

    def _writes(self) -> tuple[Attachment, Message]:
        draft_id = uuid.uuid4()
        file = making.add(self.veteran, basket_of(self.veteran, draft_id, None), name=f"{FILE}.txt")
        content = DraftContent(self.team.id, "general", f"{SUBJECT} {HEALTH[1]}", f"{BODY} {ENGLISH} {SPANISH}")
        sent = mailbox.send(actor=self.veteran, draft_id=draft_id, content=content, file_ids=[file.id])
        return Attachment.objects.get(id=file.id), sent

    def _answers(self) -> tuple[Attachment, Message]:
        draft_id = uuid.uuid4()
        file = making.add(self.by_nurse, basket_of(self.by_nurse, draft_id, self.conversation.id), name=f"{FILE}.txt")
        sent = team.reply(
            actor=self.by_nurse,
            conversation_id=self.conversation.id,
            draft_id=draft_id,
            body=f"{ANSWER} {SPANISH} {ENGLISH}",
            file_ids=[file.id],
        )
        return Attachment.objects.get(id=file.id), sent

    def asks_again(self) -> Message:
        return mailbox.reply(
            actor=self.veteran, conversation_id=self.conversation.id, draft_id=uuid.uuid4(), body=f"{BODY} {ENGLISH}"
        )

    def private(self) -> Iterator[str]:
        """Yield what no email may hold, beside the words of the module: the ids and numbers of what it is about."""
        yield from (self.account.record.icn if self.account.record else "", str(BORN), BORN.strftime("%m/%d/%Y"), PHONE)
        yield from (self.facility.station_number, self.nurse.staff_id, str(self.conversation.number))
        yield from (str(self.question.number), str(self.answer.number))
        files = (self.file_of_veteran, self.file_of_team)
        for row in (self.account, self.team, self.conversation, self.question, self.answer, *files):
            yield from (str(row.id), row.id.hex)
        yield from (str(self.account.record_id), str(self.nurse.id), str(self.nurse.account_id))


def hidden_in(text: str, private: Iterator[str]) -> set[str]:
    """Return the private words and numbers that stand in a text."""
    plain = text.casefold()
    found = {word for word in (*NAMES, *TYPED) if word in plain}
    found |= {word for word in HEALTH if re.search(rf"\b{re.escape(word.casefold())}\b", plain)}
    return found | {number for number in private if re.search(rf"(?<!\w){re.escape(number.casefold())}(?!\w)", plain)}


def _sweeps(step: str) -> Callable[[World], None]:
    def cause(world: World) -> None:
        world.asks_again()
        sweep(now=getattr(Obligation.objects.get(ended_at=None), step))

    return cause


def _reads(choice: EmailChoice, *people: StaffMember) -> None:
    Account.objects.filter(staff_member__in=people).update(email_choice=choice)


def _new_message(world: World) -> None:
    team.reply(
        actor=world.by_nurse, conversation_id=world.conversation.id, draft_id=uuid.uuid4(), body=f"{ANSWER} {SPANISH}"
    )


def _team_message(world: World) -> None:
    _reads(EmailChoice.EACH, world.nurse)
    world.asks_again()


def _assigned(world: World) -> None:
    world.asks_again()
    team.assign(actor=factories.staff_actor(world.lead), conversation_id=world.conversation.id, staff_id=world.nurse.id)


def _surrogate(world: World) -> None:
    today = clock.today(world.facility.zone)
    absence.save_absence(
        actor=world.by_nurse,
        absence_id=uuid.uuid4(),
        first_date=today,
        last_date=today,
        surrogates={world.team.id: world.surrogate.id},
        note=AbsenceNote.values[0],
    )


def _absence_entered(world: World) -> None:
    today = clock.today(world.facility.zone)
    absence.enter_for(
        actor=factories.staff_actor(world.lead),
        staff_id=world.nurse.id,
        absence_id=uuid.uuid4(),
        first_date=today,
        last_date=today,
        note=AbsenceNote.values[0],
    )


def _own_reminder(world: World) -> None:
    tomorrow = clock.today(world.facility.zone) + dt.timedelta(days=1)
    reminding.set_reminder(
        actor=world.by_nurse, conversation_id=world.conversation.id, day=tomorrow, note=f"{REASON} {SPANISH}"
    )
    with clock.at(TUESDAY + dt.timedelta(days=1)):
        reminding.tell_due()
        relay()


def _refused(side: Side) -> Callable[[World], None]:
    def cause(world: World) -> None:
        refuse(world.file_of_veteran if side == Side.VETERAN else world.file_of_team)

    return cause


def _record_note(world: World) -> None:
    clinic = Clinic.objects.create(facility=world.facility, code="3049", name=INTERNAL)
    choice = Choice([world.answer.id], f"{SUBJECT} {HEALTH[2]}", clinic.id)
    shown = notes.preview(actor=world.by_nurse, conversation_id=world.conversation.id, choice=choice)
    notes.send(
        actor=world.by_nurse,
        conversation_id=world.conversation.id,
        note_id=uuid.uuid4(),
        choice=choice,
        seen=shown.digest.hex(),
    )
    # Withdrawn before it is filed: the note is refused without asking anybody.
    withdraw(actor=world.by_nurse, message_id=world.answer.id, reason="wrong_veteran", note=REASON)
    notes.relay(actor=Actor.system("health record"))


def _archive(world: World) -> None:
    request_archive(actor=world.veteran)
    make_archives(actor=Actor.system("archives"))


def _alarm(world: World) -> None:
    world.asks_again()
    Participation.objects.filter(team=world.team).update(opted_in=False)
    watch()


def _break_glass(world: World) -> None:
    break_glass(
        actor=factories.actor_for(world.administrator),
        number=str(world.conversation.number),
        reason=f"{REASON} {ENGLISH}",
        proof=Proof(signed_in_at=clock.now(), factor_at=clock.now()),
    )


def _sent_in_error(world: World) -> None:
    withdraw(actor=world.by_nurse, message_id=world.answer.id, reason="wrong_veteran", note=f"{REASON} {SPANISH}")


def _digest(world: World) -> None:
    Account.objects.filter(id=world.account.id).update(email_choice=EmailChoice.DAILY)
    _new_message(world)
    _next_day()


def _team_digest(world: World) -> None:
    _reads(EmailChoice.DAILY, world.nurse)
    world.asks_again()
    _next_day()


def _next_day() -> None:
    relay()
    with clock.at(TUESDAY + dt.timedelta(days=1)):
        make_digests()
        relay()


CAUSES: Final[Mapping[NotificationKind, Callable[[World], None]]] = {
    NotificationKind.NEW_MESSAGE: _new_message,
    NotificationKind.TEAM_MESSAGE: _team_message,
    NotificationKind.ASSIGNED: _assigned,
    NotificationKind.SURROGATE: _surrogate,
    NotificationKind.ABSENCE_ENTERED: _absence_entered,
    NotificationKind.OWN_REMINDER: _own_reminder,
    NotificationKind.REMINDER: _sweeps("remind_at"),
    NotificationKind.OVERDUE: _sweeps("due_at"),
    NotificationKind.ESCALATION: _sweeps("escalate_at"),
    NotificationKind.FILE_VETERAN: _refused(Side.VETERAN),
    NotificationKind.FILE_STAFF: _refused(Side.STAFF),
    NotificationKind.RECORD_NOTE: _record_note,
    NotificationKind.ARCHIVE_READY: _archive,
    NotificationKind.TEAM_ALARM: _alarm,
    NotificationKind.BREAK_GLASS: _break_glass,
    NotificationKind.SENT_IN_ERROR: _sent_in_error,
    NotificationKind.DIGEST: _digest,
    NotificationKind.TEAM_DIGEST: _team_digest,
}
