"""Every URL is classified, and what each role gets is what the checked-in matrix says (A010, A011, A012).

After a wanted change: `WRITE_MATRIX=1 bin/test tests/consistency/test_access.py` writes the matrix
anew; read the difference before committing it.
"""

import csv
import io
import os
from pathlib import Path

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, Level
from eligibility.models import RoleGrant
from smportal.access import rule_for, table
from tests import factories
from tests.consistency import urls
from tests.signing_in import sign_in

MATRIX = Path(__file__).resolve().parents[2] / "docs" / "security" / "access-matrix.csv"
METHODS = ("GET", "HEAD", "POST")
NEVER_SERVED = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO")


def test_a010_every_url_is_classified_and_no_rule_is_left_over() -> None:
    named = set(urls.names())
    assert {name for name in named if rule_for(name) is None} == set()
    assert set(table()) - named == set()


def _cast() -> dict[str, Account | None]:
    veteran, _, team = factories.make_eligible_veteran()
    unverified = factories.make_account(factories.make_record(), level=Level.BASIC)
    lead = factories.make_staff(team, leads=True)
    people: dict[str, Account | None] = {
        "anonymous": None,
        "unverified": unverified,
        "veteran": veteran,
        "staff": factories.make_staff(team).account,
        "lead": lead.account,
        "facility admin": factories.make_administrator(team.facility),
        "national admin": factories.make_administrator(),
        "auditor": factories.make_administrator(role="auditor"),
        "privacy officer": factories.make_administrator(role="privacy_officer"),
    }
    assert set(RoleGrant.objects.values_list("role", flat=True)) == {"administrator", "auditor", "privacy_officer"}
    return people


class Visitor:
    """Somebody's browser; a URL that ends the session, or leaves another person's behind, does not spoil the next one."""

    def __init__(self, account: Account | None) -> None:
        self.account = account
        self.client = Client()

    def answers(self, name: str) -> list[str]:
        path = urls.path_of(name)
        return [str(self._signed_in().generic(method, path).status_code) for method in METHODS]

    def _signed_in(self) -> Client:
        if self.account is not None and self.client.session.get(SESSION_KEY) != str(self.account.pk):
            self.client = Client()
            sign_in(self.client, self.account)
        return self.client


@pytest.fixture
def matrix(db: None, settings: Settings) -> str:
    # Who may come in at all, not how often: limits count what earlier tests did too.
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    out = io.StringIO()
    cast = {role: Visitor(account) for role, account in _cast().items()}
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([f"url ({' '.join(METHODS)})", *cast])
    for name in sorted(set(urls.names())):
        writer.writerow([name, *(" ".join(visitor.answers(name)) for visitor in cast.values())])
    return out.getvalue()


def test_a010_a011_each_role_gets_what_the_matrix_says(matrix: str) -> None:
    if os.environ.get("WRITE_MATRIX"):
        MATRIX.write_text(matrix)
    assert matrix.splitlines() == MATRIX.read_text().splitlines()
    header, *rows = csv.reader(io.StringIO(matrix))
    for name, *answers in rows:
        by_role = dict(zip(header[1:], answers, strict=True))
        assert not any(" 5" in f" {answer}" for answer in answers), name
        if name.startswith(("team_", "admin:")):
            for role in ("anonymous", "unverified", "veteran"):
                assert "200" not in by_role[role], (name, role)


@pytest.mark.parametrize("method", NEVER_SERVED)
def test_a012_no_url_serves_another_method(db: None, method: str) -> None:
    client = Client()
    answers = {client.generic(method, urls.path_of(name)).status_code for name in set(urls.names())}
    assert answers == {405}
    overridden = client.get("/", headers={"X-HTTP-Method-Override": method})
    assert overridden.status_code == 200
