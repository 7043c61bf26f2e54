"""Who may open which of this app's URLs."""

from smportal.access import FORM, Audience, Rule

RULES: dict[str, Rule] = {
    # Whatever the level: who is not verified yet needs the checklist most.
    "eligibility": Rule(Audience.VETERAN),
    "missing_team": Rule(Audience.READER),
    "missing_team_ask": Rule(Audience.READER, FORM),
    "terms": Rule(Audience.VETERAN, FORM),
}
