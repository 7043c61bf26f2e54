"""A triage lead enters an absence for a member who is ill: for members of led teams, told, on record, and theirs to end."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client

from messaging.absence import actions
from messaging.absence.cover import cover_of
from messaging.models import Absence, Notification, NotificationKind
from messaging.notifications.wanted import Unwanted, why_unwanted
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, NotFound
from tests import factories
from tests.messaging.threads import TUESDAY, Thread
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 3)
DAY = dt.timedelta(days=1)
LIST = "/team/away/"


class Ward(Thread):
    """Lena leads the team of Lee, who is ill, and Kim; Lee is in another team too, which Lena does not lead."""

    def __init__(self) -> None:
        super().__init__()
        self.other = factories.make_team(self.team.facility)
        self.lena = factories.make_staff(self.team, name="Lena Lead", leads=True)
        self.lee = factories.make_staff(self.team, self.other, name="Lee Park")
        self.kim = factories.make_staff(self.team, self.other, name="Kim Doe")
        self.lead = factories.staff_actor(self.lena)

    def enter(self, *, key: uuid.UUID | None = None, others: bool = False, last: dt.date = TODAY + DAY) -> Absence:
        surrogates = {(self.other if others else self.team).id: self.kim.id}
        with clock.at(TUESDAY):
            return actions.enter_for(
                actor=self.lead,
                staff_id=self.lee.id,
                absence_id=key or uuid.uuid4(),
                first_date=TODAY,
                last_date=last,
                surrogates=surrogates,
            )

    def acting(self) -> object:
        return cover_of([self.team.id], at=TUESDAY).acting(self.team.id, self.lee.id)


@pytest.fixture
def ward(db: None) -> Ward:
    return Ward()


def test_the_surrogate_acts_both_are_told_and_it_is_on_record_who_entered_it(ward: Ward) -> None:
    absence = ward.enter()
    assert ward.acting() == ward.kim.id
    told: dict[tuple[str, object], Notification] = {
        (row.kind, row.recipient_id): row for row in Notification.objects.all()
    }
    entered = told[NotificationKind.ABSENCE_ENTERED, ward.lee.account_id]
    assert set(told) == {
        (NotificationKind.ABSENCE_ENTERED, ward.lee.account_id),
        (NotificationKind.SURROGATE, ward.kim.account_id),
    }
    event = AuditEvent.objects.get(deed="absence_changed")
    assert (event.actor_account_id, event.details["staff"]) == (ward.lead.account_id, str(ward.lee.id))
    assert why_unwanted(entered) is None
    with clock.at(TUESDAY):
        actions.end_absence(actor=factories.staff_actor(ward.lee), absence_id=absence.id)
    assert ward.acting() == ward.lee.id
    assert why_unwanted(entered) is Unwanted.GONE


def test_posted_twice_it_is_entered_and_told_once(ward: Ward) -> None:
    key = uuid.uuid4()
    assert ward.enter(key=key).id == ward.enter(key=key).id
    assert Absence.objects.count() == 1
    assert Notification.objects.filter(kind=NotificationKind.ABSENCE_ENTERED).count() == 1


def test_surrogates_are_named_in_led_teams_alone_and_days_never_overlap(ward: Ward) -> None:
    with pytest.raises(InvalidInput) as elsewhere:
        ward.enter(others=True)
    assert elsewhere.value.field == f"team_{ward.other.id}"
    assert not Absence.objects.exists()
    ward.enter()
    with pytest.raises(InvalidInput, match="This person is away from"):
        ward.enter(last=TODAY + 3 * DAY)


def test_nobody_but_a_lead_of_the_member_enters_or_ends_one(ward: Ward) -> None:
    elsewhere = factories.staff_actor(factories.make_staff(factories.make_team(), leads=True))
    absence = ward.enter()
    own = factories.make_absence(ward.kim, ward.lee, ward.team)
    fields: dict[str, Any] = {"staff_id": ward.nurse.id, "first_date": TODAY, "last_date": TODAY}
    for actor in (elsewhere, factories.staff_actor(ward.kim), ward.veteran):
        with pytest.raises(NotFound), clock.at(TUESDAY):
            actions.enter_for(actor=actor, absence_id=uuid.uuid4(), **fields)
        with pytest.raises(NotFound):
            actions.end_entered(actor=actor, absence_id=absence.id)
    with pytest.raises(NotFound), clock.at(TUESDAY):
        actions.enter_for(actor=ward.lead, absence_id=uuid.uuid4(), **(fields | {"staff_id": ward.lena.id}))
    # What a member has entered is the member's.
    own.entered_by_id = ward.kim.account_id
    own.save()
    with pytest.raises(NotFound):
        actions.end_entered(actor=ward.lead, absence_id=own.id)
    actions.end_entered(actor=ward.lead, absence_id=absence.id)
    assert Absence.objects.get(id=absence.id).ended_at is not None


def test_the_pages_say_what_is_wrong_enter_and_end_it(ward: Ward, client: Client) -> None:
    assert ward.lena.account is not None
    assert ward.kim.account is not None
    form = {"key": uuid.uuid4(), "first_date_month": "3", "first_date_day": "3", "first_date_year": "2026", "note": ""}
    with clock.at(TUESDAY):
        sign_in(client, ward.kim.account)
        assert client.get(LIST).status_code == 404
        assert client.get(f"{LIST}{ward.lee.id}/").status_code == 404
        sign_in(client, ward.lena.account)
        assert "Enter an absence" in client.get(LIST).content.decode()
        refused = client.post(f"{LIST}{ward.lee.id}/", form | {f"team_{ward.team.id}": ward.kim.id})
        assert refused.status_code == 400
        assert "Enter the last day away" in refused.content.decode()
        last = {"last_date_month": "3", "last_date_day": "4", "last_date_year": "2026"}
        done = client.post(f"{LIST}{ward.lee.id}/", form | last | {f"team_{ward.team.id}": ward.kim.id}, follow=True)
        page = done.content.decode()
        assert "Away now: March 3, 2026 to March 4, 2026, entered by a triage lead" in page
        ended = client.post(f"{LIST}end/{Absence.objects.get().id}/", follow=True)
        assert "The absence has ended." in ended.content.decode()
    assert ward.acting() == ward.lee.id
