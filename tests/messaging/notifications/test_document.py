"""docs/notifications.md lists the kinds as they are registered: words, choices, and what can be turned off."""

import re
from pathlib import Path

from accounts.models import EmailChoice
from messaging.models import NotificationKind
from messaging.notifications.choices import Handling, can_be_turned_off
from messaging.notifications.kinds import KINDS, Audience

DOCUMENT = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text()
WHEN = {Handling.NOW: "at once", Handling.HELD: "daily", Handling.NOT: "no"}


def rows_under(header: str) -> list[list[str]]:
    """Return the cells of the table that begins with this header."""
    lines = DOCUMENT.partition(f"\n{header}\n")[2].splitlines()[1:]
    table = lines[: next(place for place, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_every_registered_kind_and_no_other_is_in_the_table_with_whether_it_can_be_turned_off() -> None:
    listed = {
        kind: cells[-1] == "yes"
        for cells in rows_under("| kind | to | cause (`cause_id`) | can be turned off |")
        for kind in re.findall(r"`(\w+)`", cells[0])
    }
    assert listed == {kind.value: can_be_turned_off(KINDS[kind].rule) for kind in NotificationKind}


def test_the_words_and_what_each_choice_does_are_those_of_the_register() -> None:
    expected = []
    for kind, registered in KINDS.items():
        # Veterans have no choice "on assignment".
        choices = list(EmailChoice)[: -1 if registered.audience is Audience.VETERAN else None]
        done = [WHEN[registered.rule[choice]] for choice in choices]
        expected.append([f"`{kind}`", str(registered.subject), *done, *["–"] * (len(EmailChoice) - len(done))])
    as_lines = "\n".join(f"| {' | '.join(cells)} |" for cells in expected)
    found = rows_under("| kind | subject | none | each message | once a day | on assignment |")
    assert found == expected, f"the table should be:\n{as_lines}"
