"""A clerk's morning over three teams at a desk, and a provider's answer from a phone between two patients."""

import datetime as dt
import uuid

from playwright.sync_api import expect

from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, Message, TemplateLevel
from messaging.reply_templates import actions as templates
from messaging.reply_templates.actions import Holder, Wording
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse, make_veteran

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)


def test_a_clerk_finds_one_teams_work_hands_two_on_and_completes_a_third(
    live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    live_site.set_clock(TUESDAY)
    front = factories.make_team(public_name="Front desk")
    billing = factories.make_team(front.facility, public_name="Billing")
    heart = factories.make_team(front.facility, public_name="Heart care")
    clerk = make_nurse(front, name="Cleo Clerk")
    assert clerk.staff is not None
    factories.add_member(clerk.staff, billing)
    for team in (billing, heart):
        factories.participate(factories.make_staff(team), team)
    for team, subject in ((front, "Ride home"), (front, "Chest scan"), (front, "Heart clinic"), (billing, "Old bill")):
        account, _, _ = factories.make_eligible_veteran(team)
        content = DraftContent(team_id=team.id, category="administrative", subject=subject, body="Please help.")
        with clock.at(TUESDAY):
            actions.send(actor=factories.actor_for(account), draft_id=uuid.uuid4(), content=content)
    page = open_page()
    clerk.sign_in(page)
    page.goto("/team/open/")
    rows = page.locator(".row__title")
    expect(rows).to_have_count(4)
    page.get_by_role("link", name="Filter this queue").click()
    page.get_by_role("combobox", name="Team").select_option(label=billing.internal_name)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Old bill").click()
    page.get_by_label("How was this resolved?").select_option(label="Answered by phone")
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.get_by_text("Answered by phone")).to_be_visible()

    # What belongs to the heart clinic goes there; the clerk, no member of it, can then no longer open it.
    page.goto("/team/open/")
    for subject in ("Chest scan", "Heart clinic"):
        page.get_by_role("checkbox", name=subject).press("Space")
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_role("heading", name="Hand over 2 conversations")).to_be_visible()
    axe(page)
    page.get_by_label("Care team").select_option(label=heart.internal_name)
    page.get_by_label("Internal note for the other team").fill("Both ask about the same clinic.")
    page.get_by_role("button", name="Hand over 2 conversations").click()
    expect(rows).to_have_count(1)
    expect(page.get_by_role("link", name="Ride home")).to_be_visible()
    moved = Conversation.objects.filter(team=heart).first()
    assert moved is not None
    answer = page.goto(f"/team/conversations/{moved.id}/")
    assert answer is not None
    assert answer.status == 404


def test_a_provider_answers_from_a_phone_with_a_template(live_site: LiveSite, open_page: OpenPage, axe: Axe) -> None:
    live_site.set_clock(TUESDAY)
    team = factories.make_team()
    provider, veteran = make_nurse(team, name="Paula Provider"), make_veteran(team)
    assert provider.staff is not None
    veteran.account.refresh_from_db()
    with clock.at(TUESDAY):
        templates.add(
            actor=factories.staff_actor(provider.staff),
            template_id=uuid.uuid4(),
            holder=Holder(TemplateLevel.OWN),
            wording=Wording("Rest", "", "Dear {first_name}, rest it for a week.", is_active=True),
        )
        content = DraftContent(team_id=team.id, category="general", subject="Knee", body="It hurts.")
        actions.send(actor=factories.actor_for(veteran.account), draft_id=uuid.uuid4(), content=content)
    page = open_page(phone=True)
    provider.sign_in(page)
    page.goto("/team/mine/")
    expect(page.get_by_text("Nothing here")).to_be_visible()
    # The queues are one button, and where one stands is on it.
    expect(page.get_by_role("link", name="Unassigned")).to_be_hidden()
    page.get_by_role("button", name="Assigned to me").press("Enter")
    expect(page.get_by_role("link", name="Unassigned")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Unassigned").click()
    page.get_by_role("link", name="Knee").click()
    page.get_by_role("button", name="Take this conversation").click()
    expect(page.get_by_text("Paula Provider (you)")).to_be_visible()
    page.get_by_role("button", name="Use a template").click()
    page.get_by_text("Rest", exact=True).click()
    page.get_by_role("button", name="Show the text").click()
    page.get_by_role("button", name="Put it into my text").click()
    expect(page.get_by_label("Your answer")).to_have_value("Dear Sam, rest it for a week.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text("Your answer was sent. The response clock has stopped.")).to_be_visible()
    assert Message.objects.get(side="staff").unseal_text("body_sealed") == "Dear Sam, rest it for a week."
