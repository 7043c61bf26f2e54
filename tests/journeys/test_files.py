"""Adding files to a message in a browser: by every way in, in every state, and never at the cost of what was typed."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from messaging.attachments import actions
from messaging.models import Attachment, Draft, Message
from smportal.actor import Actor
from smportal.devstack.devscan import EICAR
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran
from tests.messaging.attachments import making

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)
TEXT = "It hurts when I climb stairs."
LISTS = "**/files/"
SYSTEM = Actor.system("test")

Chosen = dict[str, Any]


class People:
    def __init__(self) -> None:
        team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
        self.nurse = make_nurse(team)
        self.veteran = make_veteran(team)


@pytest.fixture
def people(live_site: LiveSite) -> People:
    live_site.set_clock(TUESDAY)
    return People()


def compose(page: Page, veteran: Person) -> None:
    veteran.sign_in(page)
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New message")
    page.get_by_label("Category").select_option("Test result")
    page.get_by_label("Subject").fill("My knee")
    page.get_by_label("Message", exact=True).fill(TEXT)


def file(name: str, content: bytes = making.TEXT) -> Chosen:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def choose(page: Page, *files: Chosen | Path) -> None:
    page.get_by_label("Add files").set_input_files(list(files))  # type: ignore[arg-type]


def item(page: Page, name: str) -> Locator:
    return page.locator(".attachments__item").filter(has_text=name)


def button(page: Page, name: str, word: str) -> Locator:
    return item(page, name).get_by_role("button", name=word)


def hold_first(page: Page) -> list[Route]:
    """Hold the first upload on its way, until the test lets it go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if held or not is_upload(route.request):
            route.continue_()
        else:
            held.append(route)

    page.route(LISTS, hold)
    return held


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()


def no_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def is_upload(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/files/")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_files_from_the_choice_to_the_message(
    people: People, devscan: int, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    page = open_page(phone=phone)
    compose(page, people.veteran)
    axe(page)
    choose(page, file("knee.png", making.picture()), file("sure.txt", EICAR), file("page.txt", b"<html><script>"))
    expect(item(page, "knee.png")).to_contain_text("Picture")
    for name in ("knee.png", "sure.txt"):
        expect(item(page, name)).to_contain_text("Checking for viruses")
    expect(item(page, "page.txt")).to_contain_text("Not added: What is in this file doesn’t match its name.")
    axe(page)
    assert actions.scan(actor=SYSTEM).ready == 1
    # Nothing is loaded anew and nobody presses anything.
    expect(item(page, "knee.png")).to_contain_text("Ready")
    expect(item(page, "sure.txt")).to_contain_text("Not added: Our virus check found a threat in this file")
    expect(page.locator("#announcer")).to_contain_text("knee.png")
    axe(page)
    assert no_overflow(page)
    for name in ("sure.txt", "page.txt"):
        button(page, name, "Remove").click()
        expect(item(page, name)).to_have_count(0)
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Attachment.objects.get().message == Message.objects.get()


def test_nothing_moves_when_what_uploads_files_arrives(people: People, page: Page) -> None:
    """It comes when somebody presses Send, among others: what moves then lets the press go beside the button."""
    held: list[Route] = []
    page.route("**/js/uploading*.js", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it calls
    with page.expect_request("**/js/uploading*.js"):
        compose(page, people.veteran)
    place = page.get_by_role("button", name="Send", exact=True)
    before = place.bounding_box()
    for route in held:
        route.continue_()
    page.wait_for_function("() => !document.querySelector('input[type=file][name]')")
    assert place.bounding_box() == before


def test_a_draft_of_a_file_alone_is_kept_by_itself(people: People, page: Page) -> None:
    people.veteran.sign_in(page)
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    choose(page, file("labor.txt"))
    expect(page.locator("[data-autosave-line]")).to_have_text("Saved at 10:42 a.m. EST")
    page.reload()
    expect(item(page, "labor.txt")).to_contain_text("Checking for viruses")
    assert Draft.objects.get().id == Attachment.objects.get().draft_id


def test_a_lost_connection_is_said_beside_the_file_and_stops_a_send_until_it_is_tried_again(
    people: People, page: Page, axe: Axe
) -> None:
    compose(page, people.veteran)
    page.route(LISTS, lambda route: route.abort())
    choose(page, file("labor.txt"))
    expect(item(page, "labor.txt")).to_contain_text("This file wasn’t uploaded: the connection was lost.")
    axe(page)
    send(page)
    expect(page.get_by_text("Nothing was sent, because a file wasn’t uploaded.")).to_be_visible()
    again = button(page, "labor.txt", "Try again")
    expect(again).to_be_focused()
    axe(page)
    page.unroute(LISTS)
    page.keyboard.press("Enter")
    expect(item(page, "labor.txt")).to_contain_text("Checking for viruses")
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Message.objects.get().attachment_count == 1


def test_an_answer_that_got_lost_makes_no_second_file_and_no_second_upload(people: People, page: Page) -> None:
    compose(page, people.veteran)
    lost: list[int] = []

    def lose_first(route: Route) -> None:
        if lost or route.request.method != "POST":
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route(LISTS, lose_first)
    choose(page, file("labor.txt"))
    again = button(page, "labor.txt", "Try again")
    expect(again).to_be_visible()
    uploads: list[str] = []
    page.on("request", lambda request: uploads.append(request.url) if is_upload(request) else None)
    again.click()
    expect(item(page, "labor.txt")).to_contain_text("Checking for viruses")
    assert lost == [200]
    assert not uploads
    assert Attachment.objects.count() == 1


def test_send_waits_for_an_upload_and_takes_it_along(people: People, page: Page, axe: Axe) -> None:
    compose(page, people.veteran)
    held = hold_first(page)
    with page.expect_request(is_upload):
        choose(page, file("labor.txt"), file("second.txt", b"Second."))
    expect(item(page, "second.txt")).to_contain_text("Waiting to upload")
    send(page)
    expect(page.get_by_text("Your files are still uploading. We’ll go on as soon as they’re done.")).to_be_visible()
    axe(page)
    button(page, "second.txt", "Cancel").click()
    expect(item(page, "second.txt")).to_have_count(0)
    assert not Message.objects.exists()
    held[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Message.objects.get().attachment_count == 1


def test_an_upload_that_is_canceled_too_late_is_taken_out_again(people: People, page: Page) -> None:
    compose(page, people.veteran)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "POST" and not held:
            # It has arrived; only the answer is still on its way.
            route.fetch()
            held.append(route)
        else:
            route.continue_()

    page.route(LISTS, hold)
    choose(page, file("labor.txt"))
    cancel = button(page, "labor.txt", "Cancel")
    with page.expect_response(lambda response: is_upload(response.request)):
        cancel.click()
    expect(page.locator(".attachments__item")).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("labor.txt: upload canceled")
    assert not Attachment.objects.exists()


def test_the_check_of_a_sent_file_is_followed_on_the_page_of_its_conversation(
    people: People, devscan: int, page: Page, axe: Axe
) -> None:
    compose(page, people.veteran)
    choose(page, file("labor.txt"), file("sure.txt", EICAR))
    expect(item(page, "sure.txt")).to_contain_text("Checking for viruses")
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    page.goto(f"/messages/{Message.objects.get().conversation_id}/")
    files = page.locator("[data-message-files]")
    expect(files.get_by_role("link", name="Check again")).to_be_hidden()
    axe(page)
    assert actions.scan(actor=SYSTEM).ready == 1
    expect(files.get_by_role("link", name="Download labor.txt")).to_be_visible()
    expect(files).to_contain_text("sure.txt (68 bytes) Not delivered: Our virus check found a threat in this file")
    expect(page.locator("#announcer")).to_contain_text("sure.txt: Our virus check found a threat")
    axe(page)


DROP = """([name, target]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["Blood pressure"], name, { type: "text/plain" }));
    const at = document.querySelector(target);
    for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
        if (at.dispatchEvent(event)) throw new Error(kind + " was left to the browser");
    }
}"""
PASTE = """([name, text]) => {
    const clipboard = new DataTransfer();
    clipboard.items.add(new File(["Blood pressure"], name, { type: "text/plain" }));
    if (text) clipboard.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true });
    return document.querySelector("textarea").dispatchEvent(event);
}"""


def test_files_are_dropped_and_pasted_wherever_and_the_page_stays(people: People, page: Page) -> None:
    compose(page, people.veteran)
    page.evaluate(DROP, ["area.txt", "[data-files-drop]"])
    page.evaluate(DROP, ["beside.txt", "h1"])
    assert page.evaluate(PASTE, ["pasted.txt", ""]) is False
    # Text with a picture of itself is text: the browser pastes it.
    assert page.evaluate(PASTE, ["picture-of-the-text.txt", "The text"]) is True
    for name in ("area.txt", "beside.txt", "pasted.txt"):
        expect(item(page, name)).to_contain_text("Checking for viruses")
    expect(page.locator(".attachments__item")).to_have_count(3)
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)


def test_too_many_too_large_and_the_wrong_type_are_said_before_anything_is_sent(
    people: People, page: Page, axe: Axe, tmp_path: Path
) -> None:
    compose(page, people.veteran)
    large = tmp_path / "scan.pdf"
    with large.open("wb") as out:
        out.truncate(26 * 1024 * 1024)
    uploads: list[str] = []
    page.on("request", lambda request: uploads.append(request.url) if is_upload(request) else None)
    choose(page, large)
    choose(page, file("run.exe"), file("nothing.txt", b""))
    expect(item(page, "scan.pdf")).to_contain_text("This file is larger than 25 MB.")
    expect(item(page, "run.exe")).to_contain_text("This type of file can’t be sent.")
    expect(item(page, "nothing.txt")).to_contain_text("This file is empty.")
    assert not uploads
    choose(page, *(file(f"day {number}.txt", f"Day {number}".encode()) for number in range(1, 12)))
    expect(item(page, "day 11.txt")).to_contain_text("A message can have 10 files.")
    expect(item(page, "Checking for viruses")).to_have_count(10)
    axe(page)
    assert no_overflow(page)
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Message.objects.get().attachment_count == 10


def test_a_file_that_changes_before_it_is_read_is_said(people: People, page: Page, tmp_path: Path) -> None:
    compose(page, people.veteran)
    changing = tmp_path / "diary.txt"
    changing.write_bytes(b"Monday\n" * 1000)
    held = hold_first(page)
    with page.expect_request(is_upload):
        choose(page, file("first.txt"))
    choose(page, changing)
    changing.write_bytes(b"Tuesday\n" * 900)
    # Browsers tell by the time of the last change, in whole seconds.
    os.utime(changing, (1, 1))
    held[0].continue_()
    expect(item(page, "diary.txt")).to_contain_text("This file changed or was moved while it was uploading.")
    expect(button(page, "diary.txt", "Try again")).to_be_hidden()
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)


def test_a_session_that_ended_is_said_beside_the_file_and_the_text_is_kept(
    people: People, page: Page, live_site: LiveSite, axe: Axe
) -> None:
    compose(page, people.veteran)
    expect(page.locator("[data-autosave-line]")).to_have_text("Saved at 10:42 a.m. EST")
    live_site.set_clock(TUESDAY + dt.timedelta(minutes=31))
    choose(page, file("labor.txt"))
    expect(item(page, "labor.txt")).to_contain_text("You’re signed out, so this file wasn’t added.")
    axe(page)
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)
    assert Draft.objects.get().unseal_text("body_sealed") == TEXT
    assert not Attachment.objects.exists()


def test_by_keyboard_alone_files_are_chosen_and_removed_and_focus_is_never_lost(people: People, page: Page) -> None:
    # Asked for before it is needed: the browser may open its own dialog while it is only being told not to.
    page.on("filechooser", lambda _: None)
    compose(page, people.veteran)
    control = page.get_by_label("Add files")
    # The script puts the control into its frame, which takes the focus away: wait for that.
    expect(page.get_by_text("Drag files here")).to_be_visible()
    control.focus()
    with page.expect_file_chooser() as opened:
        page.keyboard.press("Enter")
    opened.value.set_files([file("one.txt", b"1"), file("two.txt", b"2")])  # type: ignore[arg-type]
    for name in ("one.txt", "two.txt"):
        expect(item(page, name)).to_contain_text("Checking for viruses")
    control.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(button(page, "one.txt", "Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(page, "two.txt", "Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(control).to_be_focused()
    expect(page.locator("#announcer")).to_contain_text("two.txt removed")
    assert not Attachment.objects.exists()


def test_without_scripts_the_form_brings_the_files(people: People, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    compose(page, people.veteran)
    choose(page, file("labor.txt"), file("run.exe"))
    page.get_by_role("button", name="Add these files").click()
    expect(item(page, "labor.txt")).to_contain_text("Checking for viruses")
    expect(item(page, "run.exe")).to_contain_text("This type of file can’t be sent.")
    expect(page.get_by_label("Message", exact=True)).to_have_value(TEXT)
    button(page, "run.exe", "Remove").click()
    expect(page.locator(".attachments__item")).to_have_count(1)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Message.objects.get().attachment_count == 1


def test_a_reply_and_the_team_s_answer_take_files_the_same_way(
    people: People, devscan: int, open_page: OpenPage, axe: Axe
) -> None:
    veteran, nurse = open_page(), open_page(phone=True)
    compose(veteran, people.veteran)
    send(veteran)
    expect(veteran.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    conversation = Message.objects.get().conversation_id
    people.nurse.sign_in(nurse, door="VA staff sign-in")
    nurse.goto(f"/team/conversations/{conversation}/")
    for page, address, press, said in (
        (nurse, f"/team/conversations/{conversation}/", "Send answer", "Your answer was sent."),
        (veteran, f"/messages/{conversation}/", "Send", "Your message was sent"),
    ):
        page.goto(address)
        page.locator("textarea[name=body]").fill("See this.")
        choose(page, file("plan.pdf", making.pdf()))
        expect(item(page, "plan.pdf")).to_contain_text("Checking for viruses")
        actions.scan(actor=SYSTEM)
        expect(item(page, "plan.pdf")).to_contain_text("Ready")
        axe(page)
        assert no_overflow(page)
        page.get_by_role("button", name=press, exact=True).click()
        expect(page.get_by_text(said)).to_be_visible()
    assert [message.attachment_count for message in Message.objects.order_by("sent_at")] == [0, 1, 1]
