"""A facility's administrator sets up a team at a desk, and enters a closure: what is due that day moves."""

import datetime as dt
import uuid

from django.urls import reverse
from playwright.sync_api import Page, expect

from eligibility.models import CareTeam, TeamMembership
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation
from smportal import clock
from tests import factories
from tests.eligibility.test_browser import signed_in
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)
# Three business days later, and four when one of them is a closure.
FRIDAY, MONDAY = dt.date(2026, 3, 6), dt.date(2026, 3, 9)


def due_day(team: CareTeam) -> dt.date:
    due_at = Conversation.objects.get(team=team).due_at
    assert due_at is not None
    return due_at.astimezone(team.facility.zone).date()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).press("Enter")


def test_an_administrator_sets_a_team_and_its_lead_and_enters_a_closure(
    live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    live_site.set_clock(TUESDAY)
    account, _, team = factories.make_eligible_veteran()
    factories.make_staff(team, name="Lena Lead")
    content = DraftContent(team_id=team.id, category="general", subject="Knee", body="It hurts.")
    with clock.at(TUESDAY):
        actions.send(actor=factories.actor_for(account), draft_id=uuid.uuid4(), content=content)
        page = signed_in(open_page(), live_site, factories.make_administrator(team.facility))
    page.goto(reverse("admin:eligibility_careteam_change", args=[team.id]))
    page.get_by_label("Phone").fill("555-555-0123")
    page.get_by_label("Needs legal signature").check()
    page.get_by_label("Also told of escalations").fill("S99999")
    save(page)
    expect(page.get_by_text("Please correct the error below.")).to_be_visible()
    expect(page.get_by_label("Phone")).to_have_value("555-555-0123")
    axe(page)
    page.get_by_label("Also told of escalations").fill("")
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    team.refresh_from_db()
    assert (team.phone, team.needs_legal_signature) == ("555-555-0123", True)

    page.goto(reverse("admin:eligibility_careteam_change", args=[team.id]))
    page.get_by_role("link", name="Change members and leads").click()
    page.get_by_role("row").filter(has_text="Lena Lead").get_by_role("link").first.click()
    page.get_by_label("Triage lead").check()
    save(page)
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert TeamMembership.objects.get(staff__name="Lena Lead").is_lead

    assert due_day(team) == FRIDAY
    page.goto(reverse("admin:messaging_closure_add"))
    page.get_by_label("Station number").fill(team.facility.station_number)
    page.get_by_label("First date").fill("2026-03-05")
    page.get_by_label("Last date").fill("2026-03-05")
    page.get_by_label("Reason").fill("Storm")
    axe(page)
    save(page)
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert due_day(team) == MONDAY
