"""The project, and what knows nothing of the domain."""

from smportal.celery import app as celery_app

__all__ = ["celery_app"]
