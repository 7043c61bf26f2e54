"""Repeated background work; knows no domain model."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The schedule, the slots, and what became of the last runs."""

    name = "smportal.jobs"
    label = "jobs"
