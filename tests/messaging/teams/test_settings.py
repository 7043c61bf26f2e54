"""A care team's settings in the admin: each by its action with one audit row, within the administrator's stations."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from eligibility.models import CareTeam
from messaging.alarms.watching import watch
from messaging.models import EscalationRecipient, Notification
from messaging.notifications.wanted import Unwanted, why_unwanted
from messaging.response.actions import sweep
from messaging.teams.escalation import set_recipients
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, Refused
from tests import factories
from tests.messaging.making import TUESDAY, make_obligation
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


class Office:
    """A station with a parent, a team, its administrator, and one of another station."""

    def __init__(self) -> None:
        self.parent = factories.make_facility()
        self.facility = factories.make_facility(parent=self.parent)
        self.team = factories.make_team(self.facility)
        self.administrator = factories.make_administrator(self.facility)
        self.stranger = factories.make_administrator(factories.make_facility())
        self.chief = factories.make_staff(facility=self.facility, name="Chief Here")
        self.above = factories.make_staff(facility=self.parent, name="Chief Above")
        self.elsewhere = factories.make_staff(facility=factories.make_facility())

    def client(self, account: Account) -> Client:
        client = Client()
        sign_in(client, account)
        return client

    @property
    def page(self) -> str:
        return reverse("admin:eligibility_careteam_change", args=(self.team.pk,))

    def posted(self, **changes: Any) -> dict[str, Any]:
        return {
            "internal_name": self.team.internal_name,
            "public_name": self.team.public_name,
            "care_type": self.team.care_type,
            "phone": self.team.phone,
            "is_active": "on",
            "acknowledgement": "off",
            "acknowledgement_text": "",
            "acknowledgement_text_es": "",
            "escalation": "",
            **changes,
        }

    def changes(self) -> list[str]:
        rows = AuditEvent.objects.filter(deed="team_changed", object_id=str(self.team.id)).order_by("id")
        return [row.details["change"] for row in rows]


@pytest.fixture
def office(db: None) -> Office:
    return Office()


def test_one_form_sets_all_and_each_part_that_changed_is_one_audit_row(office: Office) -> None:
    client = office.client(office.administrator)
    assert client.post(office.page, office.posted()).status_code == 302
    assert office.changes() == []
    numbers = f"{office.chief.staff_id.lower()}\n\n {office.above.staff_id}"
    everything = office.posted(
        phone="555-555-0123",
        needs_legal_signature="on",
        acknowledgement="closed",
        acknowledgement_text="We are closed.",
        acknowledgement_text_es="Estamos cerrados.",
        escalation=numbers,
    )
    assert client.post(office.page, everything).status_code == 302
    assert office.changes() == ["edited", "escalation", "acknowledgement"]
    team = CareTeam.objects.get(id=office.team.id)
    assert (team.phone, team.needs_legal_signature, team.acknowledgement) == ("555-555-0123", True, "closed")
    assert {row.staff for row in EscalationRecipient.objects.all()} == {office.chief, office.above}
    again = client.get(office.page).text
    assert f"{office.chief.staff_id}\n{office.above.staff_id}" in again
    client.post(office.page, everything)
    assert len(office.changes()) == 3, "the same again is no change"


def test_what_is_wrong_stands_at_its_field_and_nothing_of_the_form_is_done(office: Office) -> None:
    client = office.client(office.administrator)
    wrong: list[dict[str, Any]] = [
        {"escalation": "chief@example.com"},
        {"escalation": office.elsewhere.staff_id},
        {"acknowledgement": "always", "acknowledgement_text": "Hello"},
    ]
    for changes in wrong:
        answer = client.post(office.page, office.posted(phone="555-555-0199", **changes))
        assert answer.status_code == 200
        assert "errorlist" in answer.text
        assert next(iter(changes.values())) in answer.text, "what was typed comes back"
    assert office.changes() == []
    assert CareTeam.objects.get(id=office.team.id).phone == ""


def test_another_stations_administrator_neither_sees_nor_changes_it(office: Office) -> None:
    client = office.client(office.stranger)
    for answer in (client.get(office.page), client.post(office.page, office.posted(phone="555-555-0123"))):
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    for account in (office.stranger, office.chief.account):
        assert account is not None
        with pytest.raises(Refused):
            set_recipients(
                actor=factories.actor_for(account), team_id=office.team.id, staff_numbers=[office.chief.staff_id]
            )
    assert office.changes() == []


def test_the_page_shows_members_leads_absences_and_the_alarm(office: Office) -> None:
    lead = factories.make_staff(office.team, name="Lena Lead", leads=True)
    kim = factories.make_staff(office.team, name="Kim <b>Doe")
    client = office.client(office.administrator)
    factories.make_absence(lead, kim, office.team)
    page = client.get(office.page).text
    assert "goes to Kim &lt;b&gt;Doe), triage lead" in page
    make_obligation(office.team, at=clock.now())
    watch()
    assert "Nobody in the team takes part in secure messaging, and messages are waiting" in client.get(office.page).text


def test_named_people_are_told_of_an_escalation_with_the_administrators_and_of_nothing_before(office: Office) -> None:
    set_recipients(
        actor=factories.actor_for(office.administrator),
        team_id=office.team.id,
        staff_numbers=[office.chief.staff_id, office.above.staff_id],
    )
    obligation = make_obligation(office.team, at=TUESDAY)
    factories.make_staff(office.team)
    sweep(now=obligation.due_at)
    chief = office.chief.account_id
    assert not Notification.objects.filter(recipient_id=chief).exists()
    sweep(now=obligation.escalate_at)
    told = Notification.objects.filter(kind="escalation")
    assert {row.recipient_id for row in told} == {office.administrator.id, chief, office.above.account_id}
    email = told.get(recipient_id=chief)
    assert why_unwanted(email) is None
    set_recipients(actor=factories.actor_for(office.administrator), team_id=office.team.id, staff_numbers=[])
    assert why_unwanted(email) == Unwanted.MAY_NOT_READ


def test_somebody_disabled_is_told_nothing_and_more_than_ten_cannot_be_named(office: Office) -> None:
    administrator = factories.actor_for(office.administrator)
    set_recipients(actor=administrator, team_id=office.team.id, staff_numbers=[office.chief.staff_id])
    assert office.chief.account is not None
    office.chief.account.is_active = False
    office.chief.account.save()
    obligation = make_obligation(office.team, at=TUESDAY)
    sweep(now=obligation.escalate_at)
    assert not Notification.objects.filter(recipient_id=office.chief.account_id).exists()
    with pytest.raises(InvalidInput):
        set_recipients(
            actor=administrator, team_id=office.team.id, staff_numbers=[f"S{number}" for number in range(11)]
        )
