"""Alarms: a team has open clocks, and nobody is on duty or takes part (docs/alarms.md)."""
