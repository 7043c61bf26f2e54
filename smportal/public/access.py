"""Who may open which public URL: everybody."""

from smportal.access import WRITE, Audience, Rule

RULES: dict[str, Rule] = {
    "landing": Rule(Audience.PUBLIC),
    "help": Rule(Audience.PUBLIC),
    "protect_your_copy": Rule(Audience.PUBLIC),
    "facility_finder": Rule(Audience.PUBLIC),
    "choose_language": Rule(Audience.PUBLIC, WRITE),
    "healthz": Rule(Audience.PUBLIC),
    "readyz": Rule(Audience.PUBLIC),
}
