"""Who may open which public URL: everybody."""

from smportal.access import Audience, Rule

RULES: dict[str, Rule] = {
    "landing": Rule(Audience.PUBLIC),
    "healthz": Rule(Audience.PUBLIC),
    "readyz": Rule(Audience.PUBLIC),
}
