"""Whose language a page and a mail follow, and the switch."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.conf import settings as current
from django.core.mail import EmailMessage
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts import language
from accounts.adapters import AccountAdapter
from smportal import times
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests import factories
from tests.accounts.test_sign_in import EVIL
from tests.fixtures.browser import Axe, OpenPage
from tests.signing_in import sign_in

SPANISH = {"Accept-Language": "es-PR,es;q=0.9,en;q=0.5"}


def shown(client: Client, path: str = "/help/", **headers: str) -> str:
    response = client.get(path, headers=headers or None)
    content = response.content.decode()
    found = next(code for code, _ in current.LANGUAGES if f'<html lang="{code}">' in content)
    assert response["Content-Language"] == found
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in response["Vary"].split(",")}
    return found


@pytest.mark.django_db
def test_account_then_browser_then_accept_language_then_english() -> None:
    client = Client()
    assert shown(client) == "en"
    assert shown(client, **SPANISH) == "es"
    assert shown(client, **{"Accept-Language": "fr"}) == "en"
    client.post(reverse("choose_language"), {"language": "en"})
    assert shown(client, **SPANISH) == "en"
    account, _, _ = factories.make_eligible_veteran()
    language.choose(actor=factories.actor_for(account), language="es")
    sign_in(client, account)
    assert shown(client, **{"Accept-Language": "en"}) == "es"


@pytest.mark.django_db
def test_a_request_leaves_no_language_behind_for_what_its_thread_does_next() -> None:
    account, _, _ = factories.make_eligible_veteran()
    language.choose(actor=factories.actor_for(account), language="es")
    client, before = Client(), translation.get_language()
    sign_in(client, account)
    assert shown(client) == "es"
    assert translation.get_language() == before == "en"
    assert shown(Client(), **SPANISH) == "es"
    assert translation.get_language() == "en"


@pytest.mark.django_db
def test_the_switch_is_kept_in_the_account_with_one_audit_row() -> None:
    account, _, _ = factories.make_eligible_veteran()
    client = Client()
    sign_in(client, account)
    for _ in range(2):
        response = client.post(reverse("choose_language"), {"language": "es", "next": "/help/?x=1"})
    assert response["Location"] == "/help/?x=1"
    account.refresh_from_db()
    assert account.language == "es"
    event = AuditEvent.objects.get(deed=Deed.LANGUAGE_CHOSEN)
    assert event.details == {"old": "", "new": "es"}
    other = Client()
    sign_in(other, account)
    assert shown(other) == "es"


@pytest.mark.django_db
def test_a_choice_before_signing_in_becomes_the_accounts_first_one() -> None:
    account, _, _ = factories.make_eligible_veteran()
    actor = factories.actor_for(account)
    language.adopt(actor=actor, account=account, chosen="es")
    account.refresh_from_db()
    assert account.language == "es"
    language.adopt(actor=actor, account=account, chosen="en")
    account.refresh_from_db()
    assert account.language == "es"


@pytest.mark.django_db
def test_staff_read_english_and_have_no_switch() -> None:
    _, _, team = factories.make_eligible_veteran()
    account = factories.make_staff(team).account
    assert account is not None
    client = Client()
    sign_in(client, account)
    assert shown(client, **SPANISH) == "en"
    assert reverse("choose_language") not in client.get("/help/").content.decode()
    assert language.of(account) == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("onward", EVIL)
def test_a060_the_switch_never_leads_off_site(onward: str) -> None:
    response = Client().post(reverse("choose_language"), {"language": "es", "next": onward})
    assert response.status_code == 302
    assert response["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ["", "fr", "es\r\nX: y", "../es", "ES"])
def test_a_language_that_there_is_not_changes_nothing(wanted: str) -> None:
    response = Client().post(reverse("choose_language"), {"language": wanted})
    assert response.status_code == 400
    assert current.LANGUAGE_COOKIE_NAME not in response.cookies


def test_dates_and_numbers_follow() -> None:
    from django.contrib.humanize.templatetags.humanize import intcomma

    zone = times.zone_named("America/New_York")
    due = dt.datetime(2026, 11, 27, 22, 0, tzinfo=dt.UTC)
    with translation.override("es"):
        assert times.weekday_moment(due, zone) == "viernes, 27 de noviembre de 2026, 5:00 p.\u00a0m. EST"
        assert times.short(due, zone, due) == "5:00 p.\u00a0m. EST"
        assert times.clock_time(due.replace(hour=12)) == "mediodía"
        assert times.short(due, zone, due + dt.timedelta(days=2)) == "27 de noviembre"
        assert intcomma(10000) == "10,000"
    with translation.override("en"):
        assert times.weekday_moment(due, zone) == "Friday, Nov. 27, 2026, 5:00 p.m. EST"
        # A list leaves out the year that everybody knows, and only that.
        assert times.weekday_moment_soon(due, zone, due) == "Friday, Nov. 27, 5:00 p.m. EST"
        assert times.weekday_moment_soon(due, zone, due + dt.timedelta(days=60)) == times.weekday_moment(due, zone)
        assert intcomma(10000) == "10,000"


@pytest.mark.parametrize("javascript", [True, False])
def test_the_switch_works_without_scripts_and_keeps_the_page(open_page: OpenPage, axe: Axe, javascript: bool) -> None:
    page = open_page(phone=not javascript, javascript=javascript)
    page.goto("/help/")
    page.get_by_role("button", name="Español").click()
    page.wait_for_url("**/help/")
    assert page.locator("html").get_attribute("lang") == "es"
    assert page.get_by_role("heading", level=1).inner_text() == "Preguntas frecuentes"
    assert page.get_by_role("button", name="English").get_attribute("lang") == "en"
    if javascript:
        axe(page)
    page.goto("/find-a-facility/?q=houston")
    assert page.locator("html").get_attribute("lang") == "es"


@pytest.mark.django_db
def test_mails_follow_the_reader_not_the_page(mailoutbox: list[EmailMessage]) -> None:
    account, _, team = factories.make_eligible_veteran()
    staff = factories.make_staff(team).account
    assert staff is not None
    language.choose(actor=factories.actor_for(account), language="es")
    for person in (account, staff):
        person.refresh_from_db()
        EmailAddress.objects.get_or_create(
            user=person, email=f"{person.username}@example.org", defaults={"verified": True, "primary": True}
        )
    with request_context(RequestFactory().get("/")), translation.override("en"):
        AccountAdapter().send_notification_mail("account/email/password_changed", account)
    with request_context(RequestFactory().get("/")), translation.override("es"):
        AccountAdapter().send_notification_mail("account/email/password_changed", staff)
    assert [mail.subject for mail in mailoutbox] == ["Se cambió su contraseña", "Your password was changed"]
    assert "No responda a este correo" in str(mailoutbox[0].body)
