"""In-person authentication, and putting the link of an account and a record right, in the admin."""

import datetime as dt
import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Credential, CredentialKind, Level, VeteranRecord
from eligibility import actions
from eligibility.models import DocumentType, Facility, Proofing, Registration, StaffMember
from eligibility.models.proofing import WITH_PHOTO
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, DomainError, InvalidInput, NotFound, Refused
from tests import factories as make
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.mail import Mailbox
from tests.signing_in import sign_in

LICENSE, CARD = DocumentType.DRIVERS_LICENSE.value, DocumentType.SOCIAL_SECURITY_CARD.value


def browser_of(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


def level_of(account: Account) -> str:
    return Credential.objects.get(account=account, kind=CredentialKind.MHV).level


class Desk:
    """An Advanced veteran at the desk of the facility where they are registered."""

    def __init__(self) -> None:
        self.facility = make.make_facility()
        self.record = make.make_record()
        make.register(self.record, self.facility)
        self.account = make.make_account(self.record, level=Level.ADVANCED)
        EmailAddress.objects.create(user=self.account, email=self.account.email, verified=True, primary=True)
        self.admin = make.make_administrator(self.facility)

    def proof(self, *, by: Actor | None = None, **changes: Any) -> Proofing:
        given: dict[str, Any] = {
            "account_id": self.account.id,
            "record_id": self.record.id,
            "facility_id": self.facility.id,
            "document_types": [LICENSE, CARD],
        }
        return actions.record_proofing(actor=by or make.actor_for(self.admin), **given | changes)

    def refused(self, **changes: Any) -> DomainError:
        with pytest.raises(DomainError) as refusal:
            self.proof(**changes)
        assert not Proofing.objects.exists()
        assert level_of(self.account) != Level.PREMIUM
        return refusal.value


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


class TestProofing:
    """From Advanced to Premium, by people who saw people."""

    def test_in_the_admin_the_account_becomes_premium_its_sessions_end_and_it_is_told(
        self, committed_db: CommittedDatabase, mailbox: Mailbox
    ) -> None:
        desk = Desk()
        veteran, admin = browser_of(desk.account), browser_of(desk.admin)
        data = {
            "account": desk.account.username.upper(),
            "record": desk.record.icn,
            "facility": desk.facility.station_number,
            "seen_on": "",
            "document_types": [CARD, LICENSE],
        }
        assert admin.post(reverse("admin:eligibility_proofing_add"), data).status_code == 302
        made = Proofing.objects.get()
        assert (made.account, made.record, made.facility) == (desk.account, desk.record, desk.facility)
        assert made.document_types == sorted([LICENSE, CARD])
        assert made.recorded_by == desk.admin
        assert made.seen_on == clock.today(desk.facility.zone)
        assert level_of(desk.account) == Level.PREMIUM
        assert veteran.get(reverse("eligibility"))["Location"].startswith(reverse("account_login"))
        mail = mailbox.wait_for(1)[0]
        assert mail["To"] == desk.account.email
        assert "Premium" in mail.get_content()
        event = AuditEvent.objects.get(deed="identity_proofed")
        assert (event.actor_account_id, event.subject_id) == (desk.admin.id, desk.record.id)
        assert event.details["documents"] == sorted([LICENSE, CARD])
        assert AuditEvent.objects.filter(deed="level_changed", reason="proofed_in_person").count() == 1
        page = admin.get(reverse("admin:eligibility_proofing_change", args=(made.pk,))).content.decode()
        assert "Driver’s license, Social Security card" in page
        assert 'name="_save"' not in page
        listed = admin.get(reverse("admin:eligibility_proofing_changelist")).content.decode()
        assert desk.record.icn in listed
        assert desk.record.last_name not in listed

    def test_no_field_takes_a_documents_number(self, desk: Desk) -> None:
        page = browser_of(desk.admin).get(reverse("admin:eligibility_proofing_add")).content.decode()
        assert (
            "number" not in page.replace("Station number", "").replace("copy any number", "").lower().split("<form")[-1]
        )
        assert {field.name for field in Proofing._meta.get_fields()} == {
            "id",
            "account",
            "record",
            "facility",
            "seen_on",
            "document_types",
            "recorded_at",
            "recorded_by",
        }

    @pytest.mark.parametrize(
        "documents", [[], [LICENSE], [LICENSE, LICENSE], [LICENSE, "fishing_permit"], [CARD, "birth_certificate"]]
    )
    def test_two_different_documents_are_needed_one_with_a_photo(self, desk: Desk, documents: list[str]) -> None:
        assert desk.refused(document_types=documents).field == "document_types"

    def test_the_database_itself_asks_for_two(self, desk: Desk) -> None:
        with pytest.raises(IntegrityError, match="proofing_documents"), transaction.atomic():
            Proofing.objects.create(
                account=desk.account,
                record=desk.record,
                facility=desk.facility,
                seen_on=dt.date(2026, 1, 1),
                document_types=[LICENSE],
                recorded_at=clock.now(),
            )

    def test_every_document_with_a_photo_is_a_document(self) -> None:
        assert set(DocumentType) > WITH_PHOTO

    @pytest.mark.parametrize("days", [-1, 1])
    def test_the_day_is_neither_in_the_future_nor_before_the_account(self, desk: Desk, days: int) -> None:
        today = clock.today(desk.facility.zone)
        assert desk.refused(seen_on=today + dt.timedelta(days=days)).field == "seen_on"
        assert desk.proof(seen_on=today).seen_on == today

    @pytest.mark.parametrize("level", [Level.BASIC, Level.PREMIUM])
    def test_only_an_advanced_account_rises(self, desk: Desk, level: Level) -> None:
        Credential.objects.update(level=level)
        with pytest.raises(InvalidInput) as refusal:
            desk.proof()
        assert refusal.value.code == "not_advanced"

    def test_an_account_without_a_record_or_of_staff_does_not_rise(self, desk: Desk) -> None:
        loose = make.make_account(level=Level.ADVANCED)
        assert desk.refused(account_id=loose.id).code == "other_record"
        staff = make.make_staff().account
        assert staff is not None
        assert desk.refused(account_id=staff.id).code == "not_advanced"
        assert isinstance(desk.refused(account_id=uuid.uuid4()), NotFound)
        assert isinstance(desk.refused(record_id=uuid.uuid4()), NotFound)
        assert isinstance(desk.refused(facility_id=0), NotFound)

    def test_the_account_of_somebody_else_who_typed_these_traits_does_not_rise(self, desk: Desk) -> None:
        """The right person is at the desk, but the record hangs on an impostor's account."""
        own = make.make_account(level=Level.ADVANCED)
        assert desk.refused(account_id=own.id).code == "other_record"
        other = make.make_record()
        make.register(other, desk.facility)
        assert desk.refused(record_id=other.id).code == "other_record"

    @pytest.mark.parametrize("flag", ["deceased", "identity_theft"])
    def test_a_locked_record_is_checked_first(self, desk: Desk, flag: str) -> None:
        VeteranRecord.objects.update(**{flag: True})
        assert desk.refused().code == "record_locked"

    def test_a_disabled_account_does_not_rise(self, desk: Desk) -> None:
        Account.objects.filter(pk=desk.account.pk).update(is_active=False)
        assert desk.refused().code == "not_advanced"

    def test_a_merged_record_is_the_survivors(self, desk: Desk) -> None:
        survivor = make.make_record()
        make.register(survivor, desk.facility)
        VeteranRecord.objects.filter(pk=desk.record.pk).update(merged_into=survivor)
        assert desk.proof().record == survivor

    def test_places_and_veterans_outside_the_scope_are_refused(self, desk: Desk) -> None:
        stranger = make.actor_for(make.make_administrator(make.make_facility()))
        assert desk.refused(by=stranger).code == "not_administrator"
        elsewhere = Facility.objects.exclude(pk=desk.facility.pk).get()
        assert desk.refused(by=stranger, facility_id=elsewhere.id).code == "not_registered_here"
        for actor in (
            make.actor_for(make.make_administrator(role="auditor")),
            make.actor_for(desk.admin, second_factor=False),
            make.actor_for(desk.account),
            make.staff_actor(make.make_staff()),
        ):
            assert isinstance(desk.refused(by=actor), Refused)

    def test_a_registration_that_has_ended_is_none(self, desk: Desk) -> None:
        Registration.objects.update(ended_on=dt.date(2020, 1, 1))
        assert desk.refused().code == "not_registered_here"
        desk.proof(by=make.actor_for(make.make_administrator()))

    def test_a_station_above_may_do_it(self, desk: Desk) -> None:
        parent = make.make_facility()
        Facility.objects.filter(pk=desk.facility.pk).update(parent=parent)
        desk.proof(by=make.actor_for(make.make_administrator(parent)))
        assert level_of(desk.account) == Level.PREMIUM

    def test_nobody_does_it_for_oneself(self, desk: Desk) -> None:
        Account.objects.filter(pk=desk.account.pk).update(email="me@example.com")
        StaffMember.objects.create(
            staff_id="S1", account=desk.admin, name="Me", email="ME@example.com", facility=desk.facility
        )
        assert desk.refused().code == "oneself"


class TestLink:
    """A national administrator unlinks and relinks, with a reason."""

    def change(self, account: Account, data: dict[str, str], by: Account | None = None) -> Any:
        client = browser_of(by or make.make_administrator())
        return client.post(reverse("admin:accounts_account_change", args=(account.pk,)), data)

    def test_unlinking_falls_back_to_basic_ends_sessions_and_tells(
        self, committed_db: CommittedDatabase, mailbox: Mailbox
    ) -> None:
        desk = Desk()
        Credential.objects.update(level=Level.PREMIUM)
        veteran = browser_of(desk.account)
        assert self.change(desk.account, {"change": "unlink", "reason": "Called: not theirs"}).status_code == 302
        desk.account.refresh_from_db()
        assert desk.account.record_id is None
        assert level_of(desk.account) == Level.BASIC
        assert veteran.get(reverse("eligibility"))["Location"].startswith(reverse("account_login"))
        assert "VA staff disconnected your account" in mailbox.wait_for(1)[0].get_content()
        event = AuditEvent.objects.get(deed="record_unlinked")
        assert (event.reason, event.subject_id) == ("Called: not theirs", desk.record.id)

    def test_relinking_moves_the_account_to_the_right_record_at_advanced(self, desk: Desk) -> None:
        Credential.objects.update(level=Level.PREMIUM)
        right = make.make_record()
        data = {"change": "link", "record": right.icn, "reason": "Twins mixed up"}
        assert self.change(desk.account, data).status_code == 302
        desk.account.refresh_from_db()
        assert desk.account.record_id == right.id
        assert level_of(desk.account) == Level.ADVANCED
        deeds = AuditEvent.objects.filter(reason="Twins mixed up").order_by("id")
        assert list(deeds.values_list("deed", "subject_id")) == [
            ("record_unlinked", desk.record.id),
            ("record_linked", right.id),
        ]

    def test_an_account_without_a_record_is_linked(self, desk: Desk) -> None:
        account, record = make.make_account(level=Level.BASIC), make.make_record()
        assert self.change(account, {"change": "link", "record": record.icn, "reason": "Seen"}).status_code == 302
        account.refresh_from_db()
        assert account.record_id == record.id
        assert level_of(account) == Level.ADVANCED

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"change": "unlink", "reason": " "}, "This field is required"),
            ({"change": "link", "reason": "x"}, "Enter the ICN of the record"),
            ({"change": "link", "record": "0000000000V000000", "reason": "x"}, "No veteran record has this ICN"),
            ({"change": "", "reason": "x"}, "This field is required"),
            ({"change": "merge", "reason": "x"}, "Select a valid choice"),
        ],
    )
    def test_what_is_missing_is_said(self, desk: Desk, data: dict[str, str], words: str) -> None:
        response = self.change(desk.account, data)
        assert response.status_code == 200
        assert words in response.content.decode()
        desk.account.refresh_from_db()
        assert desk.account.record_id == desk.record.id

    def test_a_record_that_somebody_holds_or_that_is_locked_is_not_given(self, desk: Desk) -> None:
        national = make.actor_for(make.make_administrator())
        held = make.make_record()
        make.make_account(held)
        survivor = make.make_record()
        VeteranRecord.objects.filter(pk=held.pk).update(merged_into=survivor)
        for record in (held, survivor):
            with pytest.raises(Conflict):
                actions.relink_account(actor=national, account_id=desk.account.id, record_id=record.id, reason="x")
        with pytest.raises(Refused):
            actions.relink_account(
                actor=national, account_id=desk.account.id, record_id=make.make_record(deceased=True).id, reason="x"
            )
        with pytest.raises(InvalidInput):
            actions.relink_account(actor=national, account_id=desk.account.id, record_id=desk.record.id, reason="x")
        desk.account.refresh_from_db()
        assert desk.account.record_id == desk.record.id

    def test_facility_administrators_may_not(self, desk: Desk) -> None:
        assert self.change(desk.account, {"change": "unlink", "reason": "x"}, by=desk.admin).status_code in {302, 403}
        for actor in (make.actor_for(desk.admin), make.actor_for(desk.account)):
            with pytest.raises(Refused):
                actions.unlink_account(actor=actor, account_id=desk.account.id, reason="x")
            with pytest.raises(Refused):
                actions.relink_account(
                    actor=actor, account_id=desk.account.id, record_id=make.make_record().id, reason="x"
                )
        desk.account.refresh_from_db()
        assert desk.account.record_id == desk.record.id
        assert level_of(desk.account) == Level.ADVANCED

    def test_a_staff_account_is_shown_without_the_form(self, desk: Desk) -> None:
        national = browser_of(make.make_administrator())
        staff = make.make_staff().account
        assert staff is not None
        page = national.get(reverse("admin:accounts_account_change", args=(staff.pk,))).content.decode()
        assert 'name="reason"' not in page
        own = national.get(reverse("admin:accounts_account_change", args=(desk.account.pk,))).content.decode()
        assert 'name="reason"' in own
        assert desk.record.icn in own
        assert desk.record.last_name not in own
