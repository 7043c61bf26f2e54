"""`bin/manage eligibility`: the contract that other systems rely on (domain rules, section 10)."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, Credential, CredentialKind, Level
from smportal import clock
from tests import factories as make
from tests.fixtures.databases import CommittedDatabase

ROOT = Path(__file__).resolve().parent.parent.parent


def run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("eligibility", *arguments, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


@pytest.mark.django_db
class TestAnswer:
    """What is printed."""

    def test_the_form_of_the_answer(self) -> None:
        _, record, team = make.make_eligible_veteran()
        answer = run(record.icn)
        assert list(answer) == ["allowed", "requirements", "teams"]
        assert answer["allowed"] is True
        assert [list(entry) for entry in answer["requirements"]] == [["name", "met", "code", "text"]] * 6
        assert answer["teams"] == [{"code": team.code, "may_write": True, "reason": "ok"}]

    def test_the_icn_is_read_without_case(self) -> None:
        _, record, _ = make.make_eligible_veteran()
        assert run(record.icn.lower())["allowed"] is True

    @pytest.mark.parametrize(
        ("tier", "allowed"), [("none", False), ("basic", False), ("advanced", False), ("verified", True)]
    )
    def test_a_named_tier_decides(self, tier: str, allowed: bool) -> None:
        _, record, _ = make.make_eligible_veteran()
        answer = run(record.icn, "--tier", tier)
        assert answer["allowed"] is allowed
        assert [team["may_write"] for team in answer["teams"]] == [allowed]

    def test_without_an_account_the_tier_is_none_and_terms_do_not_count(self) -> None:
        account, record, _ = make.make_eligible_veteran()
        Account.objects.filter(id=account.id).update(record=None)
        answer = {entry["name"]: entry for entry in run(record.icn)["requirements"]}
        assert answer["verified_credential"]["code"] == "credential_none"
        assert answer["terms"]["met"] is None
        assert run(record.icn, "--tier", "verified")["allowed"] is True

    def test_the_default_is_the_highest_linked_credential(self) -> None:
        account, record, _ = make.make_eligible_veteran()
        Credential.objects.update(level=Level.BASIC)
        assert run(record.icn)["allowed"] is False
        other = Credential.objects.create(
            account=account, kind=CredentialKind.IDME, subject="x", level=Level.LOA3, linked_at=clock.now()
        )
        assert run(record.icn)["allowed"] is True
        Credential.objects.filter(id=other.id).update(unlinked_at=clock.now())
        assert run(record.icn)["allowed"] is False

    def test_a_merged_icn_is_decided_by_the_survivor_with_its_account(self) -> None:
        _, survivor, team = make.make_eligible_veteran()
        merged = make.make_record(merged_into=survivor, deceased=True)
        assert run(merged.icn) == run(survivor.icn)
        assert run(merged.icn)["teams"][0]["code"] == team.code

    def test_the_account_of_a_record_merged_away_still_counts(self) -> None:
        account, survivor, _ = make.make_eligible_veteran()
        merged = make.make_record(merged_into=survivor)
        Account.objects.filter(id=account.id).update(record=merged)
        assert run(survivor.icn)["allowed"] is True

    @pytest.mark.parametrize("flag", ["deceased", "identity_theft"])
    def test_a_locked_record_is_refused_with_its_code(self, flag: str) -> None:
        _, record, _ = make.make_eligible_veteran()
        setattr(record, flag, True)
        record.save()
        answer = run(record.icn, "--tier", "verified")
        assert answer["allowed"] is False
        codes = {entry["name"]: entry["code"] for entry in answer["requirements"]}
        assert codes["verified_credential"] == "record_locked"

    @pytest.mark.parametrize("icn", ["1234567890V123456", "nonsense", "", "\uff11234567890V123456"])
    def test_an_unknown_icn_ends_with_2(self, icn: str) -> None:
        with pytest.raises(CommandError) as error:
            call_command("eligibility", icn)
        assert error.value.returncode == 2

    @pytest.mark.parametrize("tier", ["", "premium", "3"])
    def test_an_unknown_tier_ends_with_2(self, tier: str) -> None:
        with pytest.raises(CommandError) as error:
            run(make.make_record().icn, "--tier", tier)
        assert error.value.returncode == 2


def test_the_process_exits_0_for_a_refusal_and_2_with_one_line_for_an_unknown_icn(
    committed_db: CommittedDatabase,
) -> None:
    record = make.make_record()
    refused, unknown = manage(committed_db, record.icn), manage(committed_db, "9999999999V999999")
    assert refused.returncode == 0
    assert json.loads(refused.stdout)["allowed"] is False
    assert unknown.returncode == 2
    assert unknown.stdout == ""
    assert len(unknown.stderr.strip().splitlines()) == 1


def manage(database: CommittedDatabase, icn: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **database.environment, "DJANGO_SETTINGS_MODULE": "smportal.settings.test"}
    return subprocess.run(
        [sys.executable, "manage.py", "eligibility", icn],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
