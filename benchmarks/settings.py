"""The demo's settings with one page more: the session floor. Nothing that runs for people imports this."""

import os

from smportal.settings.local import *  # noqa: F403
from smportal.settings.local import MIDDLEWARE, STORAGES

ROOT_URLCONF = "benchmarks.urls"
MIDDLEWARE = ["benchmarks.counting.CountStatementsMiddleware", *MIDDLEWARE]
if os.environ.get("BENCH_SCALE") == "tiny":
    # A test of the harness needs no collected and compressed files.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
