"""The administrators' pages over HTTP: rights by role, rows by scope, changes by actions only."""

import datetime as dt
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from eligibility.admin.base import ScopedAdmin
from eligibility.models import (
    Association,
    Block,
    CareTeam,
    Facility,
    Participation,
    RoleGrant,
    StaffMember,
    TeamMembership,
)
from messaging.models import Closure
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import make_conversation, make_message
from tests.signing_in import sign_in

PAGES = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry)


def browser_of(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


class Offices:
    """Two stations, an administrator of each, a national one, an auditor, and a veteran of the first station."""

    def __init__(self) -> None:
        self.veteran, self.record, self.team = factories.make_eligible_veteran()
        self.here = self.team.facility
        self.elsewhere = factories.make_team()
        self.local = browser_of(factories.make_administrator(self.here))
        self.foreign = browser_of(factories.make_administrator(self.elsewhere.facility))
        self.national_account = factories.make_administrator()
        self.national = browser_of(self.national_account)
        self.auditor = browser_of(factories.make_administrator(role="auditor"))


@pytest.fixture
def offices(db: None) -> Offices:
    return Offices()


def page(client: Client, model: str, *, kind: str = "changelist", args: tuple[Any, ...] = ()) -> Any:
    return client.get(reverse(f"admin:{model}_{kind}", args=args))


def post(client: Client, model: str, data: dict[str, Any], *, pk: Any = None) -> Any:
    name = f"admin:{model}_change" if pk else f"admin:{model}_add"
    return client.post(reverse(name, args=(pk,) if pk else ()), data)


def run(client: Client, model: str, action: str, *rows: Any) -> Any:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(reverse(f"admin:{model}_changelist"), data, follow=True)


def test_only_the_portals_own_pages_are_there() -> None:
    assert {name.split("_")[0] for name in PAGES} == {"accounts", "audit", "eligibility", "messaging"}
    assert not {"messaging_message", "messaging_conversation", "messaging_draft", "messaging_internalnote"} & set(PAGES)


@pytest.mark.parametrize("model", PAGES)
def test_a_national_administrator_opens_every_list_but_the_privacy_officers(offices: Offices, model: str) -> None:
    expected = 403 if model == "messaging_sentinerror" else 200
    assert page(offices.national, model).status_code == expected


@pytest.mark.parametrize("model", PAGES)
def test_an_auditor_reads_the_trail_and_nothing_else(offices: Offices, model: str) -> None:
    expected = 200 if model.startswith("audit_") else 403
    assert page(offices.auditor, model).status_code == expected


def test_a084_lists_and_pages_show_no_message_text(offices: Offices) -> None:
    conversation = make_conversation(offices.team)
    make_message(conversation)
    for model in PAGES:
        assert "zebracanary is well" not in page(offices.national, model).content.decode()


def test_lists_show_own_stations_only(offices: Offices) -> None:
    seen = page(offices.local, "eligibility_careteam").content.decode()
    assert offices.team.code in seen
    assert offices.elsewhere.code not in seen
    other = page(offices.local, "eligibility_careteam", kind="change", args=(offices.elsewhere.pk,))
    assert other.status_code == 302
    assert offices.record.icn in page(offices.local, "eligibility_association").content.decode()
    assert offices.record.icn not in page(offices.foreign, "eligibility_association").content.decode()
    assert offices.record.icn not in page(offices.foreign, "accounts_veteranrecord").content.decode()


def test_names_are_on_a_records_own_page_only(offices: Offices) -> None:
    assert offices.record.last_name not in page(offices.local, "accounts_veteranrecord").content.decode()
    own = page(offices.local, "accounts_veteranrecord", kind="change", args=(offices.record.pk,)).content.decode()
    assert offices.record.last_name in own


def test_a_team_is_opened_and_edited_by_its_action(offices: Offices) -> None:
    data = {
        "facility": offices.here.station_number,
        "code": "NEW-1",
        "internal_name": "PACT New",
        "public_name": "The new team",
        "care_type": "primary_care",
        "phone": "555-555-0100",
    }
    assert post(offices.local, "eligibility_careteam", data).status_code == 302
    team = CareTeam.objects.get(code="NEW-1")
    edited = {"internal_name": "PACT Newer", "public_name": "X", "care_type": "pharmacy", "is_active": "on"}
    assert post(offices.local, "eligibility_careteam", edited, pk=team.pk).status_code == 302
    assert CareTeam.objects.get(code="NEW-1").internal_name == "PACT Newer"
    assert AuditEvent.objects.filter(deed="team_changed", object_id=str(team.pk)).count() == 2


def test_what_an_action_refuses_shows_in_the_form(offices: Offices) -> None:
    data = {
        "facility": offices.elsewhere.facility.station_number,
        "code": "N",
        "internal_name": "I",
        "public_name": "P",
    }
    refused = post(offices.local, "eligibility_careteam", {**data, "care_type": "pharmacy"})
    assert refused.status_code == 200
    assert "Only an administrator of this facility may change this." in refused.content.decode()
    assert not CareTeam.objects.filter(code="N").exists()
    unknown = post(offices.local, "eligibility_careteam", {**data, "facility": "000", "care_type": "pharmacy"})
    assert "No facility has this station number." in unknown.content.decode(), unknown.context["errors"]


def test_members_join_lead_and_leave(offices: Offices) -> None:
    nurse = factories.make_staff(facility=offices.here)
    assert (
        post(
            offices.local, "eligibility_teammembership", {"team": offices.team.code, "staff": nurse.staff_id}
        ).status_code
        == 302
    )
    row = TeamMembership.objects.get(staff=nurse)
    assert post(offices.local, "eligibility_teammembership", {"is_lead": "on"}, pk=row.pk).status_code == 302
    row.refresh_from_db()
    assert row.is_lead
    run(offices.local, "eligibility_teammembership", "remove", row)
    row.refresh_from_db()
    assert row.ended_at is not None


def test_an_action_on_somebody_elses_rows_finds_none(offices: Offices) -> None:
    nurse = factories.make_staff(offices.team)
    row = TeamMembership.objects.get(staff=nurse)
    run(offices.foreign, "eligibility_teammembership", "remove", row)
    row.refresh_from_db()
    assert row.ended_at is None


def test_participation_association_and_block(offices: Offices) -> None:
    Participation.objects.all().delete()
    assert (
        post(
            offices.local,
            "eligibility_participation",
            {"team": offices.team.code, "staff_id": "S9", "role": "nurse", "opted_in": "on"},
        ).status_code
        == 302
    )
    assert Participation.objects.get().opted_in
    record = factories.make_record()
    post(offices.local, "eligibility_association", {"record": record.icn, "team": offices.team.code})
    association = Association.objects.get(record=record)
    run(offices.local, "eligibility_association", "end", association)
    assert not Association.objects.filter(record=record).exists()
    block_data = {"record": offices.record.icn, "team": offices.team.code, "reason": "Threats zebracanary"}
    assert post(offices.local, "eligibility_block", block_data).status_code == 302
    block = Block.objects.get()
    assert "zebracanary" not in page(offices.local, "eligibility_block").content.decode()
    assert "zebracanary" in page(offices.local, "eligibility_block", kind="change", args=(block.pk,)).content.decode()
    assert page(offices.foreign, "eligibility_block", kind="change", args=(block.pk,)).status_code == 302
    run(offices.local, "eligibility_block", "end", block)
    assert not Block.objects.filter(effective_until=None).exists()


def test_a_closure_moves_open_clocks_and_its_end_moves_them_back(offices: Offices) -> None:
    data = {
        "facility": offices.here.station_number,
        "first_date": "2026-03-04",
        "last_date": "2026-03-04",
        "reason": "Storm",
    }
    assert post(offices.local, "messaging_closure", data).status_code == 302
    assert post(offices.foreign, "messaging_closure", data).status_code == 200
    assert post(offices.local, "messaging_closure", {**data, "facility": ""}).status_code == 200
    closure = Closure.objects.get()
    assert closure.first_date == dt.date(2026, 3, 4)
    run(offices.local, "messaging_closure", "remove", closure)
    assert not Closure.objects.exists()


def test_nobody_gives_oneself_a_role(offices: Offices) -> None:
    me = offices.national_account
    response = post(
        offices.national, "eligibility_rolegrant", {"account": me.username, "role": "auditor", "facility": ""}
    )
    assert "Nobody may change their own roles" in response.content.decode()
    colleague = factories.make_staff(offices.team).account
    assert colleague is not None
    grant = {"account": colleague.username, "role": "administrator", "facility": offices.here.station_number}
    assert post(offices.local, "eligibility_rolegrant", {**grant, "facility": ""}).status_code == 200
    assert post(offices.local, "eligibility_rolegrant", grant).status_code == 302
    run(offices.local, "eligibility_rolegrant", "revoke", RoleGrant.objects.get(account=colleague))
    assert RoleGrant.objects.get(account=colleague).revoked_at is not None


def test_a_facility_is_corrected_and_a_wrong_zone_refused(offices: Offices) -> None:
    values = {"name": "Corrected", "state": "NY", "time_zone": "America/Denver", "phone": ""}
    assert post(offices.local, "eligibility_facility", values, pk=offices.here.pk).status_code == 302
    assert Facility.objects.get(pk=offices.here.pk).time_zone == "America/Denver"
    refused = post(offices.local, "eligibility_facility", {**values, "time_zone": "Mars/Base"}, pk=offices.here.pk)
    assert refused.status_code == 200
    assert "IANA" in refused.content.decode()


def test_a106_nothing_is_deleted_and_read_only_pages_stay_so(offices: Offices) -> None:
    for model, page_admin in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        deletion = offices.national.post(reverse(f"admin:{name}_delete", args=("1",)), {"post": "yes"})
        assert deletion.status_code in {302, 403, 404}, name
        listed = run(offices.national, name, "delete_selected")
        assert "Delete selected" not in listed.content.decode(), name
        if isinstance(page_admin, ScopedAdmin) and page_admin.add_form is None:
            assert post(offices.national, name, {}).status_code == 403, name
    event = AuditEvent.objects.first()
    if event is not None:
        assert post(offices.national, "audit_auditevent", {"reason": "x"}, pk=event.pk).status_code == 403


def test_a105_there_is_no_field_for_somebodys_password(offices: Offices) -> None:
    own = page(offices.national, "accounts_account", kind="change", args=(offices.veteran.pk,)).content.decode()
    assert "password" not in own.lower()


@pytest.mark.parametrize(
    "term", ["denied", "'; DROP TABLE x; --", "%", "00000000-0000-4000-8000-000000000000", "x" * 5000]
)
def test_a026_searching_the_trail_takes_any_text(offices: Offices, term: str) -> None:
    assert offices.auditor.get(reverse("admin:audit_auditevent_changelist"), {"q": term}).status_code == 200


def test_a_disabled_account_is_signed_out_at_once(offices: Offices) -> None:
    veteran_browser = browser_of(offices.veteran)
    assert veteran_browser.get(reverse("dashboard")).status_code == 200
    run(offices.national, "accounts_account", "disable", offices.veteran)
    assert veteran_browser.get(reverse("dashboard")).status_code == 302


def test_a_staff_member_gets_an_account_without_a_password(offices: Offices) -> None:
    newcomer = factories.make_staff(facility=offices.here)
    StaffMember.objects.filter(id=newcomer.id).update(account=None)
    run(offices.foreign, "eligibility_staffmember", "open_accounts", newcomer)
    assert StaffMember.objects.filter(id=newcomer.id, account=None).exists()
    run(offices.local, "eligibility_staffmember", "open_accounts", newcomer)
    account = Account.objects.get(staff_member=newcomer)
    assert account.username == newcomer.staff_id.lower()
    assert not account.has_usable_password()


def test_the_first_administrator_is_appointed_by_command(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("appoint_administrator", "first.admin", "first@example.com")
    grant = RoleGrant.objects.get(account__username="first.admin")
    assert (grant.role, grant.facility, grant.revoked_at) == ("administrator", None, None)
    assert AuditEvent.objects.get(deed="role_changed").actor_name == "appoint_administrator"
    for again in (("first.admin", "first@example.com"), ("other.admin", "not an address")):
        with pytest.raises(CommandError):
            call_command("appoint_administrator", *again)
    assert RoleGrant.objects.count() == 1
