"""`bin/manage eligibility ICN [--tier TIER]`: the decision as JSON (domain rules, section 10)."""

import json
import re
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account, Credential, VeteranRecord
from accounts.tiers import tier_of
from eligibility import queries
from eligibility.decision import Decision, decide
from smportal.tiers import Tier

ICN = re.compile(r"[0-9]{10}V[0-9]{6}")
UNKNOWN = 2


class Command(BaseCommand):
    """Exit 0 whatever the decision, 2 for an unknown ICN or tier."""

    help = "Print whether the veteran with this ICN may use secure messaging, and why (JSON)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("icn", metavar="ICN", help="ten digits, V, six digits")
        parser.add_argument("--tier", help="none, basic, advanced or verified; default: the account's highest")

    def handle(self, *args: Any, icn: str, tier: str | None, **options: Any) -> None:
        record = self._record(icn)
        family = queries.record_family(record.id)
        account = self._account(family)
        decided = decide(
            record_id=record.id,
            account_id=account.id if account else None,
            tier=self._tier(tier) if tier is not None else highest_tier(account),
        )
        self.stdout.write(json.dumps(as_data(decided), indent=2, ensure_ascii=False))

    def _record(self, icn: str) -> VeteranRecord:
        wanted = icn.strip().upper()
        record = VeteranRecord.objects.filter(icn=wanted).first() if ICN.fullmatch(wanted) else None
        if record is None:
            raise CommandError("No veteran record has this ICN.", returncode=UNKNOWN)
        return record

    def _account(self, family: list[uuid.UUID]) -> Account | None:
        """The surviving record's account, else that of a record merged into it."""
        accounts = {account.record_id: account for account in Account.objects.filter(record_id__in=family)}
        return next((accounts[record_id] for record_id in family if record_id in accounts), None)

    def _tier(self, word: str) -> Tier:
        for tier in Tier:
            if tier.word == word.strip().lower():
                return tier
        words = ", ".join(tier.word for tier in Tier)
        raise CommandError(f"The tier must be one of: {words}.", returncode=UNKNOWN)


def highest_tier(account: Account | None) -> Tier:
    """Return the tier of the account's best linked credential; without an account, none."""
    if account is None:
        return Tier.NONE
    credentials = Credential.objects.filter(account=account, unlinked_at__isnull=True)
    return max((tier_of(kind, level) for kind, level in credentials.values_list("kind", "level")), default=Tier.NONE)


def as_data(decision: Decision) -> dict[str, Any]:
    """Return the decision in the form that other systems rely on."""
    return {
        "allowed": decision.allowed,
        "requirements": [
            {"name": entry.name, "met": entry.met, "code": entry.code, "text": entry.text}
            for entry in decision.requirements
        ],
        "teams": [{"code": team.code, "may_write": team.may_write, "reason": team.reason} for team in decision.teams],
    }
