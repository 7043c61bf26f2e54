"""Every URL is classified, and what each role gets is what the checked-in matrix says (A010, A011, A012).

After a wanted change: `WRITE_MATRIX=1 bin/test tests/consistency/test_access.py` writes the matrix
anew; read the difference before committing it.
"""

import csv
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, Level
from eligibility.models import Role
from smportal.access import rule_for, table
from tests import factories
from tests.consistency import urls
from tests.signing_in import sign_in

MATRIX = Path(__file__).resolve().parents[2] / "docs" / "security" / "access-matrix.csv"
METHODS = ("GET", "HEAD", "POST")
HEADER = f"url ({' '.join(METHODS)})"
# Roles that are granted, the national ones, by their names in the matrix.
GRANTED = {"national admin": "administrator", "auditor": "auditor", "privacy officer": "privacy_officer"}
ROLES = ("anonymous", "unverified", "veteran", "staff", "lead", "facility admin", *GRANTED)
NEVER_SERVED = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO")


def test_a010_every_url_is_classified_and_no_rule_is_left_over() -> None:
    named = set(urls.names())
    assert {name for name in named if rule_for(name) is None} == set()
    assert set(table()) - named == set()


def _of_role(role: str) -> Account | None:
    # For everybody: there are no reports where there is no team.
    veteran, _, team = factories.make_eligible_veteran()
    if role in GRANTED:
        return factories.make_administrator(role=GRANTED[role])
    if role == "unverified":
        return factories.make_account(factories.make_record(), level=Level.BASIC)
    if role == "facility admin":
        return factories.make_administrator(team.facility)
    if role in {"staff", "lead"}:
        return factories.make_staff(team, leads=role == "lead").account
    return {"anonymous": None, "veteran": veteran}[role]


class Visitor:
    """Somebody's browser; a URL that ends the session, or leaves another person's behind, does not spoil the next one."""

    def __init__(self, account: Account | None) -> None:
        self.account = account
        self.client = Client()
        self.session = ""

    def answers(self, name: str) -> list[str]:
        path = urls.path_of(name)
        return [str(self._signed_in().generic(method, path).status_code) for method in METHODS]

    def _signed_in(self) -> Client:
        # Whatever ends a session, or begins another, changes the cookie.
        if self.account is not None and self._cookie() != self.session:
            self.client = Client()
            sign_in(self.client, self.account)
            self.session = self._cookie()
        return self.client

    def _cookie(self) -> str:
        kept = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        return kept.value if kept else "none"


def _matrix() -> dict[str, dict[str, str]]:
    """Return what the checked-in matrix says, by URL and role."""
    with MATRIX.open(newline="") as file:
        return {row.pop(HEADER): row for row in csv.DictReader(file)}


def _write(role: str, answers: dict[str, str]) -> None:
    """Write one role's column anew; a URL that is gone goes, a new one has the other roles' answers when they run."""
    before = _matrix()
    with MATRIX.open("w", newline="") as file:
        writer = csv.DictWriter(file, [HEADER, *ROLES], lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows({**before.get(name, {}), HEADER: name, role: answer} for name, answer in answers.items())


@pytest.mark.parametrize("role", ROLES)
def test_a010_a011_each_role_gets_what_the_matrix_says(db: None, settings: Settings, role: str) -> None:
    # Who may come in at all, not how often: limits count what earlier tests did too.
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    visitor = Visitor(_of_role(role))
    answers = {name: " ".join(visitor.answers(name)) for name in sorted(set(urls.names()))}
    if os.environ.get("WRITE_MATRIX"):
        _write(role, answers)
    assert answers == {name: row[role] for name, row in _matrix().items()}
    for name, answer in answers.items():
        assert " 5" not in f" {answer}", name
        if name.startswith(("team_", "admin:")) and role in {"anonymous", "unverified", "veteran"}:
            assert "200" not in answer, name


def test_the_matrix_has_a_column_for_every_role_that_can_be_granted() -> None:
    assert set(GRANTED.values()) == set(Role.values)
    assert all(row.keys() == set(ROLES) for row in _matrix().values())


@pytest.mark.parametrize("method", NEVER_SERVED)
def test_a012_no_url_serves_another_method(db: None, method: str) -> None:
    client = Client()
    answers = {client.generic(method, urls.path_of(name)).status_code for name in set(urls.names())}
    assert answers == {405}
    overridden = client.get("/", headers={"X-HTTP-Method-Override": method})
    assert overridden.status_code == 200
