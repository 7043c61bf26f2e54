"""Who of the staff is away while the demo runs, who stands in, and which team acknowledges messages by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leave:
    """Somebody is away from today on; `surrogate` stands in in all teams of both, "" for nobody."""

    person: str
    surrogate: str
    note: str
    days: int


# Nobody but Caleb is in his team: its messages raise an alarm.
LEAVES = (
    Leave("leilani.kahale", "kai.tavares", "leave", 9),
    Leave("caleb.yellowhair", "", "training", 6),
)
# Its lead has turned the automatic reply on, a month ago.
ACKNOWLEDGES = "PDX-PACT-BLUE3"
ACKNOWLEDGES_SINCE_DAYS = 30
