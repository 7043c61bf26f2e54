"""Who may open which of this app's URLs."""

from smportal.access import Rule

RULES: dict[str, Rule] = {}
