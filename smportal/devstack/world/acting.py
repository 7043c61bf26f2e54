"""What people of the world do: each method is one action of the application, by an actor of the cast."""

import datetime as dt
import uuid
from functools import lru_cache

from eligibility.actions import set_block
from eligibility.middleware import surviving
from eligibility.models import CareTeam, Facility, RoleGrant, StaffMember
from messaging.absence.actions import save_absence, zone_of
from messaging.acknowledging.actions import set_acknowledgement
from messaging.acknowledging.texts import STANDARD, STANDARD_ES
from messaging.disclosure import disclose
from messaging.health_record import actions as health_record
from messaging.health_record.clinics import add_clinic
from messaging.health_record.preparing import Choice, clinics_of, fileable
from messaging.inbox import actions as inbox
from messaging.library.loading import id_of as link_id
from messaging.mailbox import actions as mailbox
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import save_draft
from messaging.mailbox.folders.actions import create as create_folder
from messaging.mailbox.folders.queries import shelves
from messaging.mailbox.moving.actions import move
from messaging.mailbox.moving.spots import TRASH, Spot
from messaging.mailbox.queries import mailbox_of
from messaging.models import Message, Place
from messaging.reminding.actions import set_reminder
from messaging.response.calendars import calendar_for
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.business_time import next_business_moment
from smportal.devstack.world import files
from smportal.devstack.world.absences import Leave
from smportal.devstack.world.accounts import account_of
from smportal.devstack.world.personas import Persona
from smportal.devstack.world.staff import StaffPersona
from smportal.devstack.world.threads import Thread
from smportal.errors import Refused
from smportal.tiers import Tier

# Stands where a request's id would: it tells the story's entries in the audit trail from real ones.
MARK = "demo-world"
CLINICS = (("101", "Primary care"), ("205", "Mental health"), ("310", "Specialty care"), ("420", "Virtual care"))
_NAMESPACE = uuid.UUID("6e1f7d3a-54b5-5d6e-9a64-0d3f3b9c2a11")


def draft_id(*parts: object) -> uuid.UUID:
    """Return the id of a draft of the story: the same every time, so that telling it again sends nothing twice."""
    return uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in parts))


class Acting:
    """Acts for the cast. Who somebody is may change with a feed: `forget` then."""

    def __init__(self) -> None:
        self._conversations: dict[str, uuid.UUID] = {}
        self.veteran = lru_cache(maxsize=None)(_veteran)
        self.staff = lru_cache(maxsize=None)(_staff)
        self.team = lru_cache(maxsize=None)(_team)

    def forget(self) -> None:
        """Look everybody up again."""
        self.veteran.cache_clear()

    def conversation(self, key: str) -> uuid.UUID:
        """Return the conversation that the thread of this key became."""
        if key not in self._conversations:
            first = Message.objects.get(draft_id=draft_id(key, 0))
            self._conversations[key] = first.conversation_id
        return self._conversations[key]

    def send(self, thread: Thread) -> None:
        """The veteran starts the conversation."""
        exchange = thread.part.exchange
        content = DraftContent(
            team_id=self.team(thread.part.team.code),
            category=exchange.category,
            subject=exchange.subject,
            body=thread.entries[0].body,
        )
        actor = self.veteran(thread.part.veteran)
        first = draft_id(thread.key, 0)
        sent = mailbox.send(
            actor=actor,
            draft_id=first,
            content=content,
            possibly_urgent=exchange.urgent,
            file_ids=files.add(actor, first, None, exchange.key, 0),
        )
        self._conversations[thread.key] = sent.conversation_id

    def write(self, thread: Thread, place: int) -> None:
        """Whoever wrote this entry writes it."""
        entry, conversation_id = thread.entries[place], self.conversation(thread.key)
        entry_id = draft_id(thread.key, place)
        actor, body = self.veteran(thread.part.veteran), entry.body
        if entry.author is not None:
            actor = self.staff(entry.author)
        if entry.is_note:
            inbox.add_note(actor=actor, conversation_id=conversation_id, draft_id=entry_id, body=body)
            return
        file_ids = files.add(actor, entry_id, conversation_id, thread.part.exchange.key, place)
        if entry.author is None:
            mailbox.reply(actor=actor, conversation_id=conversation_id, draft_id=entry_id, body=body, file_ids=file_ids)
            return
        link_ids = [link_id("link", address) for address in entry.links]
        inbox.reply(
            actor=actor,
            conversation_id=conversation_id,
            draft_id=entry_id,
            body=body,
            file_ids=file_ids,
            link_ids=link_ids,
        )

    def read(self, thread: Thread, who: StaffPersona | None = None) -> None:
        """Somebody opens the conversation: the veteran, or this member of the team."""
        actor = self.veteran(thread.part.veteran) if who is None else self.staff(who)
        disclose(actor=actor, conversation_id=self.conversation(thread.key))

    def take(self, thread: Thread, who: StaffPersona) -> None:
        """A member takes the conversation."""
        inbox.take(actor=self.staff(who), conversation_id=self.conversation(thread.key))

    def assign(self, thread: Thread, by: StaffPersona, to: StaffPersona) -> None:
        """A member gives the conversation to a colleague."""
        inbox.assign(
            actor=self.staff(by), conversation_id=self.conversation(thread.key), staff_id=self.staff(to).staff_id
        )

    def complete(self, thread: Thread, who: StaffPersona) -> None:
        """A member completes the conversation."""
        inbox.complete(actor=self.staff(who), conversation_id=self.conversation(thread.key), outcome=thread.outcome)

    def trash(self, thread: Thread) -> None:
        """The veteran puts the conversation into the trash."""
        self._move(thread, TRASH)

    def file(self, thread: Thread, name: str) -> None:
        """The veteran puts the conversation into an own folder, and makes that when it is not there."""
        actor = self.veteran(thread.part.veteran)
        known = {folder.name: folder.id for folder in shelves(mailbox_of(actor)).folders}
        folder_id = known.get(name) or create_folder(actor=actor, name=name).id
        self._move(thread, Spot(Place.FOLDER, folder_id))

    def _move(self, thread: Thread, target: Spot) -> None:
        move(
            actor=self.veteran(thread.part.veteran),
            conversation_ids=[self.conversation(thread.key)],
            target=target,
        )

    def keep_draft(self, person: Persona, key: str, content: DraftContent, reply_to: str = "") -> None:
        """The veteran leaves something unsent."""
        conversation_id = self.conversation(reply_to) if reply_to else None
        save_draft(
            actor=self.veteran(person),
            draft_id=draft_id(person.key, key),
            version=0,
            content=content,
            conversation_id=conversation_id,
        )

    def add_clinics(self, by: StaffPersona, station: str) -> None:
        """An administrator enters the clinics of a facility."""
        facility = Facility.objects.get(station_number=station)
        for code, name in CLINICS:
            if not facility.clinics.filter(code=code).exists():
                add_clinic(actor=self.staff(by), facility=facility, code=code, name=name)

    def save_to_record(self, thread: Thread, who: StaffPersona) -> None:
        """A member saves the whole conversation to the health record."""
        actor, conversation_id = self.staff(who), self.conversation(thread.key)
        conversation = disclose(actor=actor, conversation_id=conversation_id)
        choice = Choice(
            message_ids=[entry.id for entry in fileable(conversation)],
            title=f"Secure message: {conversation.get_category_display()}",
            clinic_id=next(clinic.id for clinic in clinics_of(conversation) if clinic.code == CLINICS[0][0]),
        )
        health_record.send(
            actor=actor,
            conversation_id=conversation_id,
            note_id=draft_id(thread.key, "health record"),
            choice=choice,
            seen=health_record.preview(actor=actor, conversation_id=conversation_id, choice=choice).digest.hex(),
        )

    def remind(self, thread: Thread, who: StaffPersona, note: str) -> None:
        """A member wants to come back to a conversation on the next business day."""
        facility = Facility.objects.get(care_teams=self.team(thread.part.team.code))
        tomorrow = dt.datetime.combine(clock.today(facility.zone) + dt.timedelta(days=1), dt.time(), facility.zone)
        day = next_business_moment(tomorrow, calendar_for(facility)).astimezone(facility.zone).date()
        set_reminder(actor=self.staff(who), conversation_id=self.conversation(thread.key), day=day, note=note)

    def be_refused(self, person: Persona, key: str, content: DraftContent) -> None:
        """The veteran tries to send and may not; what was written stays as a draft."""
        try:
            mailbox.send(actor=self.veteran(person), draft_id=draft_id(person.key, key), content=content)
        except Refused:
            return
        msg = f"{person.key} was meant to be refused"
        raise AssertionError(msg)

    def go_away(self, who: StaffPersona, leave: Leave, surrogate: StaffPersona | None) -> None:
        """A member enters an absence from today on; the surrogate stands in in the teams of both."""
        actor = self.staff(who)
        today = clock.today(
            zone_of(StaffMember.objects.select_related("account", "facility").get(staff_id=who.staff_id))
        )
        stand_in = self.staff(surrogate).staff_id if surrogate else None
        shared = [self.team(code) for code in who.teams if surrogate and code in surrogate.teams]
        save_absence(
            actor=actor,
            absence_id=draft_id("absence", who.key),
            first_date=today,
            last_date=today + dt.timedelta(days=leave.days),
            note=leave.note,
            surrogates={team_id: stand_in for team_id in shared if stand_in is not None},
        )

    def acknowledge(self, lead: StaffPersona, team: str) -> None:
        """A triage lead turns the automatic reply of a team on."""
        set_acknowledgement(
            actor=self.staff(lead), team_id=self.team(team), when="closed", text=STANDARD, text_es=STANDARD_ES
        )

    def block(self, by: StaffPersona, person: Persona, *, team: str = "", station: str = "") -> None:
        """An administrator blocks a veteran from a team or a facility."""
        record_id = self.veteran(person).record_id
        if record_id is None:
            msg = f"{person.key} has no record"
            raise AssertionError(msg)
        set_block(
            actor=self.staff(by),
            record_id=record_id,
            reason="Repeated threats against staff; see the report of the disruptive behavior committee.",
            team_id=self.team(team) if team else None,
            facility_id=Facility.objects.get(station_number=station).id if station else None,
        )


def _veteran(person: Persona) -> Actor:
    account = account_of(person)
    if account is None:
        msg = f"{person.key} has no account"
        raise AssertionError(msg)
    return Actor(
        ActorKind.VETERAN,
        account_id=account.id,
        record_id=surviving(account.record).id if account.record else None,
        tier=int(Tier.VERIFIED),
        second_factor=True,
        request_id=MARK,
    )


def _staff(person: StaffPersona) -> Actor:
    member = StaffMember.objects.select_related("account").get(staff_id=person.staff_id)
    grants = RoleGrant.objects.filter(account=member.account, revoked_at__isnull=True)
    return Actor(
        ActorKind.STAFF,
        account_id=member.account_id,
        staff_id=member.id,
        second_factor=True,
        roles=frozenset(grants.values_list("role", "facility_id")),
        request_id=MARK,
    )


def _team(code: str) -> uuid.UUID:
    return CareTeam.objects.get(code=code).id
