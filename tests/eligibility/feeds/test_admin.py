"""The feed pages of the admin, as a signed-in administrator uses them."""

import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from eligibility.feeds.uploads import LARGEST_UPLOAD
from eligibility.models import Facility, FeedLoad, QuarantinedRow, Role, RoleGrant
from smportal import clock
from tests import factories
from tests.eligibility.feeds.helpers import HEADERS, ICN3, load
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/eligibility/feedload/upload/"
GOOD = (HEADERS["facilities"] + "\n402,Togus,ME,,America/New_York\nbad,X,ME,,America/New_York\n").encode()


def administrator(client: Client, *, national: bool = True, role: str = Role.ADMINISTRATOR) -> Client:
    facility = None if national else factories.make_facility()
    staff = factories.make_staff(factories.make_team())
    assert staff.account is not None
    RoleGrant.objects.create(account=staff.account, role=role, facility=facility, granted_at=clock.now())
    sign_in(client, staff.account)
    return client


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("feed.csv", content)


def test_a_national_administrator_loads_a_file_and_sees_what_it_did(client: Client) -> None:
    administrator(client)
    assert client.get(UPLOAD).status_code == 200
    done = client.post(UPLOAD, {"kind": "facilities", "file": file(GOOD)}, follow=True)
    text = done.content.decode()
    assert "What this feed changed" in text
    assert "the station number is not three digits" in text
    assert Facility.objects.filter(station_number="402").exists()
    load_row = FeedLoad.objects.get()
    assert (load_row.created, load_row.quarantined, load_row.started_by is not None) == (1, 1, True)
    for page in ("feedload/", "quarantinedrow/", f"quarantinedrow/{QuarantinedRow.objects.get().pk}/change/"):
        shown = client.get(f"/admin/eligibility/{page}")
        assert shown.status_code == 200
        assert "bad" not in shown.content.decode().replace("badge", "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"a,b\n", "the header lacks"),
        (b"x" * (LARGEST_UPLOAD + 1), "larger than 5 MB"),
    ],
)
def test_what_cannot_be_loaded_is_said_next_to_the_field(client: Client, content: bytes, words: str) -> None:
    administrator(client)
    page = client.post(UPLOAD, {"kind": "facilities", "file": file(content)})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert not FeedLoad.objects.exists()


def test_no_file_is_an_error(client: Client) -> None:
    administrator(client)
    assert "Choose a file" in client.post(UPLOAD, {"kind": "facilities"}).content.decode()


def test_an_upload_never_touches_the_disk(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    administrator(client)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    rows = "".join(f"{number},{'x' * 900},ME,,America/New_York\n" for number in range(100, 1000)) * 4
    content = (HEADERS["facilities"] + "\n" + rows).encode()
    assert len(content) > 3_000_000
    # Without a folder for temporary files, spooling would fail.
    assert client.post(UPLOAD, {"kind": "facilities", "file": file(content)}).status_code == 302


def test_the_upload_needs_its_token() -> None:
    client = administrator(Client(enforce_csrf_checks=True))
    assert client.post(UPLOAD, {"kind": "facilities", "file": file(GOOD)}).status_code == 403
    assert not FeedLoad.objects.exists()


@pytest.mark.parametrize(("national", "role"), [(False, Role.ADMINISTRATOR), (True, Role.AUDITOR)])
def test_others_do_not_see_the_pages(client: Client, national: bool, role: str) -> None:
    administrator(client, national=national, role=role)
    done = load("facilities", "402,Togus,ME,,America/New_York")
    for page in (UPLOAD, f"/admin/eligibility/feedload/{done.pk}/result/"):
        assert client.get(page).status_code == 404
    for page in ("/admin/eligibility/feedload/", "/admin/eligibility/quarantinedrow/"):
        assert client.get(page).status_code == 403


def test_rows_are_tried_again_from_the_list(client: Client, world: None) -> None:
    load("enrollment", f"{ICN3},enrolled,1,2020-01-01,")
    load("veterans", f"{ICN3},Al,,Lee,,,no,no")
    administrator(client)
    row = QuarantinedRow.objects.get()
    page = client.post(
        "/admin/eligibility/quarantinedrow/", {"action": "try_again", "_selected_action": str(row.pk)}, follow=True
    )
    assert "1 loaded, 0 still waiting" in page.content.decode()
    row.refresh_from_db()
    assert row.resolved_at is not None
