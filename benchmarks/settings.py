"""The demo's settings with one page more: the session floor. Nothing that runs for people imports this."""

import os

from smportal.settings.local import *  # noqa: F403
from smportal.settings.local import MIDDLEWARE, STORAGES

ROOT_URLCONF = "benchmarks.urls"
MIDDLEWARE = ["benchmarks.counting.CountStatementsMiddleware", *MIDDLEWARE]
if os.environ.get("BENCH_STYLED") == "0":
    # A test of the harness needs no collected and compressed files. What is collected is the demo's too: never plain.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
