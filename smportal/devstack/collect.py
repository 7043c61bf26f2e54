"""Collects the static files where nothing else runs yet: the build of the production image."""

import secrets
import tempfile
from pathlib import Path

from smportal.devstack import commands, state


def main() -> None:
    """Collect with throw-away keys; the settings want every variable, collecting uses none."""
    with tempfile.TemporaryDirectory() as scratch:
        values = {
            **state.keys(Path(scratch)),
            "DJANGO_SETTINGS_MODULE": state.SETTINGS,
            "SITE_URL": "http://localhost:8000",
            "DATABASE_URL": "postgresql://nobody:unused@127.0.0.1:1/unused",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "EMAIL_URL": "smtp://127.0.0.1:1",
            "SCANNER_URL": "devscan://127.0.0.1:1",
            "FHIR_URL": "http://127.0.0.1:1/fhir",
            "FHIR_TOKEN": secrets.token_urlsafe(32),
            "ATTACHMENTS_DIR": str(state.files_of(Path(scratch))),
        }
        commands.collect_static(values)


if __name__ == "__main__":
    main()
