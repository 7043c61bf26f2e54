"""The settings page and its actions: one action and one audit row each, errors beside their field."""

import datetime as dt
import uuid
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import Account, EmailChoice
from accounts.preferences import ZONES, choices_of, choose_emails, choose_zone
from eligibility.models import StaffMember
from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.actions import notify, relay
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput
from tests import factories
from tests.fixtures.mail import Mailbox
from tests.messaging.making import make_conversation, make_message, verify_address
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/account/settings/"
NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


def make_veteran() -> Account:
    return Account.objects.get(record=make_conversation().record)


def signed_in(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


def changes() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(deed="preferences_changed").order_by("id"))


def test_a_choice_of_emails_is_saved_with_one_audit_row_and_said_aloud() -> None:
    veteran = make_veteran()
    client = signed_in(veteran)
    answer = client.post(PAGE, {"section": "emails", "choice": "daily", "hour": "17"}, follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert 'role="status"' in answer.text
    assert "Your choice of emails was saved." in answer.text
    veteran.refresh_from_db()
    assert (veteran.email_choice, veteran.digest_hour) == ("daily", 17)
    (row,) = changes()
    assert row.object_id == str(veteran.id)
    assert row.details == {
        "email_choice_old": "", "email_choice_new": "daily", "digest_hour_old": 8, "digest_hour_new": 17,
    }  # fmt: skip
    # The session is the same, and saving the same again is no change.
    client.post(PAGE, {"section": "emails", "choice": "daily", "hour": "17"})
    assert len(changes()) == 1


@pytest.mark.parametrize(
    ("posted", "error"),
    [
        ({"section": "emails", "choice": "hourly", "hour": "8"}, "Choose which emails you want"),
        ({"section": "emails", "hour": "8"}, "Choose which emails you want"),
        ({"section": "emails", "choice": "assigned", "hour": "8"}, "Choose which emails you want"),
        ({"section": "emails", "choice": "daily", "hour": "24"}, "Choose an hour of the day"),
        ({"section": "emails", "choice": "daily", "hour": "٨"}, "Choose an hour of the day"),
        ({"section": "time_zone", "zone": "Europe/Berlin"}, "Choose a time zone from the list"),
        ({"section": "time_zone", "zone": "../../etc/passwd"}, "Choose a time zone from the list"),
    ],
)
def test_what_cannot_be_chosen_is_an_error_beside_its_field_and_changes_nothing(
    posted: dict[str, str], error: str
) -> None:
    veteran = make_veteran()
    answer = signed_in(veteran).post(PAGE, posted)
    assert answer.status_code == 400
    assert answer.text.count(error) == 2, "in the summary and beside the field"
    assert "<title>\n  Error:" in answer.text or "Error: " in answer.text.partition("</title>")[0]
    assert changes() == []


@pytest.mark.parametrize("section", ["", "password", "emails\x00"])
def test_a_section_that_does_not_exist_is_not_found(section: str) -> None:
    answer = signed_in(make_veteran()).post(PAGE, {"section": section, "choice": "none"})
    assert answer.status_code in {400, 404}
    assert changes() == []


def test_an_error_in_one_section_leaves_the_others_as_they_are_set() -> None:
    veteran = make_veteran()
    Account.objects.filter(id=veteran.id).update(email_choice="none")
    answer = signed_in(veteran).post(PAGE, {"section": "time_zone", "zone": "Mars/Olympus"})
    assert '<input class="usa-radio__input" type="radio" id="emails_choice_2" name="choice" value="none" checked' in (
        answer.text
    )


def test_the_actions_refuse_what_the_form_would() -> None:
    veteran = factories.actor_for(make_veteran())
    for choice, hour in (("assigned", 8), ("each", 24), ("each", -1)):
        with pytest.raises(InvalidInput):
            choose_emails(actor=veteran, choice=choice, hour=hour)
    with pytest.raises(InvalidInput):
        choose_zone(actor=veteran, zone="Europe/Berlin")
    assert changes() == []


def test_staff_choose_among_their_own_and_see_what_is_always_sent() -> None:
    staff = factories.make_staff(factories.make_team())
    assert staff.account is not None
    assert EmailChoice.ASSIGNED in choices_of(staff.account)
    client = signed_in(staff.account)
    page = client.get(PAGE).text
    assert "An answer is overdue" in page
    assert "Always sent, right away" in page
    assert "An administrator used break glass" not in page
    assert staff.email in page
    client.post(PAGE, {"section": "emails", "choice": "none", "hour": "8"})
    assert Account.objects.get(id=staff.account.id).email_choice == "none"


def test_administrators_and_privacy_officers_see_their_own_kinds() -> None:
    page = signed_in(factories.make_administrator()).get(PAGE).text
    assert "A message has no answer after 5 business days" in page
    assert "An administrator used break glass" not in page
    page = signed_in(factories.make_administrator(role="privacy_officer")).get(PAGE).text
    assert "An administrator used break glass" in page


def test_a_chosen_zone_shows_with_its_abbreviation() -> None:
    veteran = make_veteran()
    client = signed_in(veteran)
    for zone, name in (("Pacific/Honolulu", "HST"), ("Asia/Manila", "PST"), ("Pacific/Pago_Pago", "SST")):
        client.post(PAGE, {"section": "time_zone", "zone": zone})
        assert f"now {name}" in client.get(PAGE).text
    assert [change.details["time_zone_new"] for change in changes()] == [
        "Pacific/Honolulu",
        "Asia/Manila",
        "Pacific/Pago_Pago",
    ]
    client.post(PAGE, {"section": "time_zone", "zone": ""})
    assert Account.objects.get(id=veteran.id).time_zone == ""


def test_every_zone_of_the_list_can_be_chosen() -> None:
    for zone in ZONES:
        with clock.at(NOW):
            assert choose_zone(actor=factories.actor_for(factories.make_account()), zone=zone).time_zone == zone


def owe(veteran: Account) -> Notification:
    conversation = make_conversation()
    conversation.record_id = veteran.record_id  # type: ignore[assignment]
    conversation.save()
    message = make_message(conversation, at=NOW)
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=message.id, at=NOW)
    return Notification.objects.get(cause_id=message.id)


def test_the_last_email_is_shown_with_its_time_and_the_masked_address(mailbox: Mailbox) -> None:
    veteran = make_veteran()
    client = signed_in(veteran)
    assert "None so far" in client.get(PAGE).text
    owe(veteran)
    with clock.at(NOW):
        relay()
    page = client.get(PAGE).text
    assert "Sent on March 3, 2026, 10:00 a.m. EST to p•••@example.com" in page
    assert "came back" not in page


def test_an_address_that_the_mail_server_refused_is_said_plainly_until_it_is_changed(mailbox: Mailbox) -> None:
    veteran = make_veteran()
    mailbox.answer = "550 no such user"
    owe(veteran)
    with clock.at(NOW):
        relay()
    client = signed_in(veteran)
    page = client.get(PAGE).text
    assert "Our last email to you came back" in page
    assert "Refused on March 3, 2026, 10:00 a.m. EST by the mail server of p•••@example.com (code 550)" in page

    EmailAddress.objects.filter(user=veteran).delete()
    verify_address(veteran, "new@elsewhere.example")
    page = client.get(PAGE).text
    assert "came back" not in page
    assert "Refused on March 3" in page


def test_staff_are_told_without_a_link_to_an_address_that_is_not_theirs_to_change() -> None:
    nurse = factories.make_staff().account
    assert nurse is not None
    StaffMember.objects.update(email="")
    Account.objects.filter(id=nurse.id).update(email="")
    page = signed_in(nurse).get(PAGE).text
    assert "We have no confirmed email address of yours" in page
    assert "It comes from the staff directory" in page
    assert "Check your address" not in page
    veteran = make_veteran()
    EmailAddress.objects.filter(user=veteran).delete()
    assert "Check your address" in signed_in(veteran).get(PAGE).text


def test_an_email_that_is_late_and_an_address_that_is_missing_are_said(mailbox: Mailbox) -> None:
    veteran = make_veteran()
    mailbox.answer = "450 later"
    owe(veteran)
    with clock.at(NOW):
        relay()
    client = signed_in(veteran)
    assert "On its way since March 3, 2026, 10:00 a.m. EST" in client.get(PAGE).text
    EmailAddress.objects.filter(user=veteran).delete()
    assert "We have no confirmed email address of yours" in client.get(PAGE).text


def test_nobody_sees_or_changes_the_settings_of_somebody_else(mailbox: Mailbox) -> None:
    veteran, other = make_veteran(), make_veteran()
    owe(veteran)
    relay()
    page = signed_in(other).get(PAGE).text
    assert "None so far" in page
    signed_in(other).post(PAGE, {"section": "emails", "choice": "none", "hour": "8", "account": str(veteran.id)})
    assert Account.objects.get(id=veteran.id).email_choice == ""
    assert Account.objects.get(id=other.id).email_choice == "none"


def test_the_link_of_an_email_leads_to_sign_in_and_then_to_the_settings() -> None:
    answer = Client().get(PAGE)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/account/login/?next={quote(PAGE, safe='')}"


def test_rows_that_were_never_tried_are_not_the_last_email() -> None:
    veteran = make_veteran()
    notify(kind=NotificationKind.NEW_MESSAGE, recipient_ids=[veteran.id], cause_id=uuid.uuid4())
    assert "None so far" in signed_in(veteran).get(PAGE).text
    Notification.objects.update(state=NotificationState.SKIPPED, attempts=1)
    assert "None so far" in signed_in(veteran).get(PAGE).text


def test_a_signature_is_saved_shown_and_ends_the_next_message() -> None:
    client = signed_in(make_veteran())
    answer = client.post(PAGE, {"section": "signature", "signature": "Ana Díaz\nUSMC"}, follow=True)
    assert "Your signature was saved." in answer.text
    assert "Ana Díaz\nUSMC</textarea>" in client.get(PAGE).text
    too_long = client.post(PAGE, {"section": "signature", "signature": "x" * 301})
    assert too_long.status_code == 400
    assert "Your signature is too long." in too_long.text
    assert "x" * 301 in too_long.text
    client.post(PAGE, {"section": "signature", "signature": " "})
    assert "Ana Díaz" not in client.get(PAGE).text


def test_the_order_of_messages_is_saved_and_only_a_known_one() -> None:
    veteran = make_veteran()
    client = signed_in(veteran)
    client.post(PAGE, {"section": "order", "order": "newest"})
    veteran.refresh_from_db()
    assert veteran.message_order == "newest"
    refused = client.post(PAGE, {"section": "order", "order": "loudest"})
    assert refused.status_code == 400
    assert "Choose newest first or oldest first" in refused.text


@pytest.mark.parametrize("section", ["order", "signature"])
def test_what_is_for_veterans_is_not_there_for_staff(section: str) -> None:
    staff = factories.make_staff(factories.make_team())
    assert staff.account is not None
    client = signed_in(staff.account)
    assert f'value="{section}"' not in client.get(PAGE).text
    assert client.post(PAGE, {"section": section, "order": "newest", "signature": "x"}).status_code == 404


def test_a_member_turns_single_keys_off_and_their_pages_listen_to_none() -> None:
    team = factories.make_team()
    account = factories.make_staff(team).account
    assert account is not None
    client = signed_in(account)
    assert "data-keys" in client.get("/team/open/").text
    answer = client.post(PAGE, {"section": "keys"}, follow=True)
    assert "Your choice of shortcuts was saved." in answer.text
    account.refresh_from_db()
    assert account.shortcut_keys is False
    assert changes()[-1].details == {"shortcut_keys_old": True, "shortcut_keys_new": False}
    page = client.get("/team/open/").text
    assert "data-keys" not in page
    assert "Single keys are turned off" in page
    client.post(PAGE, {"section": "keys", "keys": "on"})
    account.refresh_from_db()
    assert account.shortcut_keys is True


def test_a_veteran_has_no_keys_to_choose() -> None:
    assert signed_in(make_veteran()).post(PAGE, {"section": "keys"}).status_code == 404
