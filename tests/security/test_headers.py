"""What every response carries: framing, isolation, caching, content policy (A024, A058, A059, A087, A088, A089)."""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from smportal.access import Audience, rule_for
from smportal.middleware.headers import PERMISSIONS_POLICY
from tests import factories
from tests.consistency import urls
from tests.signing_in import sign_in

EVERY = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
}
CLOSED = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'", "form-action 'self'")
ERRORS: dict[str, Callable[[Client], Any]] = {
    "400": lambda client: client.get("/", {"a": "nul\x00"}),
    "403": lambda _: Client(enforce_csrf_checks=True).post(reverse("account_login"), {}),
    "404": lambda client: client.get("/nothing-here/"),
    "404 of the admin": lambda client: client.get("/admin/nothing/here/"),
    "405": lambda client: client.delete("/"),
    "host": lambda client: client.get("/", headers={"Host": "evil.example"}),
}


@dataclass
class People:
    """A browser for each kind of person."""

    anonymous: Client
    veteran: Client
    nurse: Client
    administrator: Client

    def everybody(self) -> Iterator[Client]:
        yield from (self.anonymous, self.veteran, self.nurse, self.administrator)


@pytest.fixture
def people(db: None) -> People:
    account, _, team = factories.make_eligible_veteran()
    nurse = factories.make_staff(team)
    assert nurse.account is not None
    made = [Client() for _ in range(4)]
    for client, who in zip(made[1:], (account, nurse.account, factories.make_administrator()), strict=True):
        sign_in(client, who)
    return People(*made)


def gettable() -> list[str]:
    """Return every URL that answers GET without ending the session that asks."""
    rules = ((name, rule_for(name)) for name in sorted(set(urls.names())))
    return [name for name, rule in rules if rule and "GET" in rule.methods and name != "session_ended"]


def every_response(people: People) -> Iterator[tuple[str, Any]]:
    for name in gettable():
        for client in people.everybody():
            yield name, client.get(urls.path_of(name))
    for name, provoke in ERRORS.items():
        yield name, provoke(people.anonymous)


def check_headers(name: str, response: Any) -> None:
    for header, value in EVERY.items():
        assert response.headers.get(header) == value, (name, response.status_code, header)
    policy = response.headers["Content-Security-Policy"]
    assert not re.search(r"unsafe|\*|http:|https:|blob:|script-src[^;]*data:", policy), (name, policy)
    for directive in CLOSED:
        assert directive in policy, (name, directive)
    kind = response.headers.get("Content-Type", "")
    assert not kind.startswith(("text/html", "text/plain")) or "charset=utf-8" in kind, (name, kind)
    assert not [header for header in response.headers if header.startswith("Access-Control-")], name


def test_a058_every_page_refuses_to_be_framed_and_is_isolated(people: People) -> None:
    seen = set()
    for name, response in every_response(people):
        check_headers(name, response)
        seen.add(response.status_code)
    assert {200, 302, 400, 403, 404, 405} <= seen


def test_a058_error_pages_of_outages_do_so_too(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("provoked")

    people.veteran.raise_request_exception = False
    monkeypatch.setattr("messaging.mailbox.lists.views.place_page", broken)
    response = people.veteran.get(reverse("mailbox_inbox"))
    assert response.status_code == 500
    check_headers("500", response)
    assert "no-store" in response.headers["Cache-Control"]


def test_a058_static_files_do_so_too(people: People, settings: Any) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    client = Client()
    response = client.get("/static/admin/css/base.css")
    assert (response.status_code, len(response.getvalue()) > 100) == (200, True)
    response.close()
    check_headers("static", response)
    assert "Set-Cookie" not in response.headers


def test_a087_nothing_that_is_not_a_public_file_is_stored(people: People) -> None:
    for name, response in every_response(people):
        control = {part.strip() for part in response.headers["Cache-Control"].split(",")}
        assert "no-store" in control, (name, control)
        assert not control & {"public", "immutable"}, (name, control)
        assert "Cookie" in response.headers.get("Vary", ""), (name, response.status_code)


SUFFIXES = (
    "x.css",
    ".css",
    ";.js",
    "%0A.css",
    "%00.css",
    "%3f.css",
    "%23.css",
    "/..%2fstatic/portal.css",
    "?.css",
    "#.css",
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a087_an_address_that_looks_like_a_file_shows_no_page_that_may_be_stored(people: People, suffix: str) -> None:
    for name in ("mailbox_inbox", "mailbox_sent", "dashboard", "eligibility"):
        response = people.veteran.get(reverse(name) + suffix)
        assert response.status_code in {200, 301, 302, 400, 404}
        assert "no-store" in response.headers["Cache-Control"]
        if suffix[0] not in "?#":
            assert response.status_code != 200, (name, suffix)


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Forwarded-Scheme", "X-Forwarded-Prefix", "X-Forwarded-Port"])
def test_a087_a_forwarding_header_poisons_no_page(people: People, header: str) -> None:
    page = people.anonymous.get("/", headers={header: "evil.example"}).content
    assert b"evil" not in page


def test_a088_no_page_can_be_asked_for_by_its_tag(people: People) -> None:
    for name in gettable():
        response = people.veteran.get(urls.path_of(name), headers={"If-None-Match": "*"})
        assert response.status_code != 304, name
        assert "ETag" not in response.headers, name
        assert "Last-Modified" not in response.headers, name
        old = people.veteran.get(urls.path_of(name), headers={"If-Modified-Since": "Wed, 21 Oct 2099 07:28:00 GMT"})
        assert old.status_code != 304, name


def test_a089_a_compressed_page_has_another_length_each_time_and_a_token_that_changes(people: People) -> None:
    lengths, tokens = set(), set()
    for _ in range(12):
        response = people.veteran.get(reverse("compose"), headers={"Accept-Encoding": "gzip"}, follow=True)
        assert response.headers["Content-Encoding"] == "gzip"
        lengths.add(len(response.content))
        page = gzip.decompress(response.content).decode()
        tokens |= set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]{64})"', page)[:1])
    assert len(lengths) > 4, lengths
    assert len(tokens) == 12


def test_a089_nothing_else_on_the_way_compresses_pages_without_padding() -> None:
    compressing = [name for name in settings.MIDDLEWARE if "gzip" in name.lower() or "compress" in name.lower()]
    assert compressing == ["django.middleware.gzip.GZipMiddleware"]
    people_accept = Client().get("/", headers={"Accept-Encoding": "br, zstd, deflate"})
    assert "Content-Encoding" not in people_accept.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a059_another_site_gets_nothing_to_read(people: People, site: str) -> None:
    asked = {"Origin": "https://evil.example", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}
    for name in ("mailbox_inbox", "readyz", "session_extend"):
        response = people.veteran.get(urls.path_of(name), headers=asked)
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert not [header for header in response.headers if header.startswith("Access-Control-")]


def test_a059_a_form_of_another_site_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(reverse("account_login")).content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    data = {"csrfmiddlewaretoken": found[1], "login": "a", "password": "b"}
    refused = strict.post(reverse("account_login"), data, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403


def test_a024_what_is_searched_for_is_shown_as_text(people: People) -> None:
    hostile = "\"><script>alert(1)</script>'{{7*7}}"
    for client in people.everybody():
        for name in gettable():
            page = client.get(urls.path_of(name), {"q": hostile, "page": hostile, "next": hostile, "sort": hostile})
            assert page.status_code < 500, name
            assert b"<script>alert(1)" not in page.content, name
            assert page.status_code != 200 or b"49'" not in page.content, name


def test_requirements_of_asvs_on_every_route_are_classified() -> None:
    """Nobody serves a page outside the table whose headers are walked here."""
    assert {name for name in urls.names() if rule_for(name) is None} == set()
    assert {rule.audience for name in gettable() if (rule := rule_for(name))} == set(Audience)
