"""The demo's settings, as gunicorn and Celery run them in these tests: no collectstatic, passwords that hash fast.

The keys come through the environment, from the run that starts the processes.
"""

import os

from smportal.settings.local import *  # noqa: F403
from smportal.settings.local import DATABASES, STORAGES

PASSWORD_HASHERS = ["smportal.testing.FastPBKDF2PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": 1,
    "max_size": int(os.environ.get("DATABASE_POOL", "8")),
    "timeout": float(os.environ.get("POOL_TIMEOUT", "5")),
}
