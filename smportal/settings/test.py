"""The tests: the demo's settings with fixed keys; tests/conftest.py names the services that it started."""

import base64
import os
from pathlib import Path

_FILES = Path(__file__).resolve().parent.parent.parent / ".cache" / "tests" / "attachments"
_FILES.mkdir(parents=True, exist_ok=True, mode=0o700)

for name, value in {
    "SECRET_KEY": "tests-only-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
    "DATABASE_URL": "postgresql://smportal_app:unset@127.0.0.1:1/unset",
    "REDIS_URL": "redis://:unset@127.0.0.1:1/0",
    "SITE_URL": "http://localhost:8000",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "FIELD_KEYS": "test1:" + base64.b64encode(b"field-key-of-tests-32-bytes-long").decode(),
    "SSN_PEPPERS": "test1:" + base64.b64encode(b"ssn-pepper-of-tests-32-bytes-lon").decode(),
    "AUDIT_KEYS": "test1:" + base64.b64encode(b"audit-key-of-tests-32-bytes-long").decode(),
    # Nothing listens there: a test that scans starts a scanner.
    "SCANNER_URL": "devscan://127.0.0.1:1",
    "ATTACHMENTS_DIR": str(_FILES),
    # Nor here: a test that files notes starts the stand-in.
    "FHIR_URL": "http://127.0.0.1:1/fhir",
    "FHIR_TOKEN": "fhir-token-of-the-tests-0123456789",
}.items():
    os.environ.setdefault(name, value)

from smportal.settings.base import *  # noqa: E402, F403
from smportal.settings.base import BASE_DIR, DATABASES, STORAGES  # noqa: E402

DATABASES["default"]["OPTIONS"].pop("pool", None)
EXTRA_TEST_HOSTS = ["testserver"]
ALLOWED_HOSTS += EXTRA_TEST_HOSTS  # noqa: F405
# One round: what is tested is not how slow a password hash is.
PASSWORD_HASHERS = ["smportal.testing.FastPBKDF2PasswordHasher"]
# Rendered pages name files as they are, so tests need no collectstatic.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# A fresh clone has no collected files; WhiteNoise looks for them and warns, and a warning fails a test. Any folder
# that is there will do, but none of STATICFILES_DIRS.
STATIC_ROOT = BASE_DIR / "smportal" / "assets" / "scss"
