"""The sandbox sign-in services as a real process, and a portal that knows them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from pytest_django import Settings

from accounts.oidc import metadata
from smportal.devstack import ports, services
from smportal.devstack.idp.environment import variables
from smportal.devstack.supervisor import Service, Supervisor
from smportal.settings import oidc


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Run the sandboxes for the portal at settings.SITE_URL; yields their address."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), ports.free_port()
        values = {**variables(home, port), "SITE_URL": settings.SITE_URL, "REDIS_URL": os.environ["REDIS_URL"]}
        with mock.patch.dict(os.environ, values):
            settings.OIDC_PROVIDERS = oidc.from_environment()
        metadata.forget()
        url = f"http://localhost:{port}"
        with Supervisor(home) as supervisor:
            supervisor.start(
                Service(
                    name="idp",
                    command=services.idp_command(port),
                    environment=services.idp_environment(values),
                    ready=lambda: services.responds(url + "/"),
                )
            )
            yield url
        metadata.forget()
