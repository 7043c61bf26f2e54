"""Services come from the environment; what is half configured, weak or a sandbox does not start in production."""

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from smportal.devstack.idp.environment import variables
from smportal.settings import oidc
from smportal.settings.env import SettingsError

RIGHT = {
    "OIDC_IDME_ISSUER": "https://api.id.me/oidc",
    "OIDC_IDME_CLIENT_ID": "portal",
    "OIDC_IDME_CLIENT_SECRET": "s" * 32,
}


def read(values: dict[str, str]) -> dict[str, oidc.Client]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OIDC_")}
    with mock.patch.dict(os.environ, {**kept, **values}, clear=True):
        return oidc.from_environment()


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_service_that_is_not_named_is_not_offered() -> None:
    assert read({}) == {}
    found = read(RIGHT)
    assert list(found) == ["idme"]
    assert found["idme"].discovery_url == "https://api.id.me/oidc/.well-known/openid-configuration"
    assert "s" * 32 not in repr(found)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"OIDC_IDME_CLIENT_SECRET": ""}, "OIDC_IDME_CLIENT_SECRET"),
        ({"OIDC_IDME_CLIENT_ID": ""}, "OIDC_IDME_CLIENT_ID"),
        ({"OIDC_IDME_ISSUER": "api.id.me"}, "OIDC_IDME_ISSUER"),
        ({"OIDC_IDME_PRIVATE_KEY_FILE": "/nowhere"}, "OIDC_IDME_PRIVATE_KEY_FILE"),
        ({"OIDC_IDME_DISCOVERY_URL": "ftp://api.id.me/"}, "OIDC_IDME_DISCOVERY_URL"),
    ],
)
def test_half_a_configuration_is_one_line(changes: dict[str, str], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        read({**RIGHT, **changes})


def test_a_private_key_is_strong_or_refused(tmp_path: Path) -> None:
    keys: dict[str, tuple[ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, bool]] = {
        "rsa": (rsa.generate_private_key(public_exponent=65537, key_size=2048), True),
        "p256": (ec.generate_private_key(ec.SECP256R1()), True),
        "weak": (rsa.generate_private_key(public_exponent=65537, key_size=1024), False),  # noqa: S505 - to be refused
        "p384": (ec.generate_private_key(ec.SECP384R1()), False),
    }
    for name, (key, fits) in keys.items():
        file = tmp_path / name
        file.write_text(pem(key))
        values = {**RIGHT, "OIDC_IDME_CLIENT_SECRET": "", "OIDC_IDME_PRIVATE_KEY_FILE": str(file)}
        if fits:
            assert read(values)["idme"].private_key == pem(key)
            with pytest.raises(SettingsError, match="set either"):
                read({**values, "OIDC_IDME_CLIENT_SECRET": "s" * 32})
        else:
            with pytest.raises(SettingsError, match="RSA key of at least 2048 bits"):
                read(values)


@pytest.mark.parametrize(
    "changes",
    [
        {"OIDC_IDME_ISSUER": "http://api.id.me/oidc"},
        {"OIDC_IDME_DISCOVERY_URL": "http://api.id.me/d"},
        {"OIDC_IDME_ISSUER": "https://idme.example.test/"},
        {"OIDC_IDME_DISCOVERY_URL": "https://localhost/d"},
        {"OIDC_IDME_DISCOVERY_URL": "https://127.0.0.1/d"},
        {"OIDC_IDME_ISSUER": "https://idme.example/"},
    ],
    ids=str,
)
def test_production_refuses_plain_http_and_sandboxes(changes: dict[str, str]) -> None:
    oidc.refuse_sandboxes(read(RIGHT))
    with pytest.raises(SettingsError, match="production"):
        oidc.refuse_sandboxes(read({**RIGHT, **changes}))


def test_every_sandbox_is_refused_in_production(tmp_path: Path) -> None:
    for slug, client in read(variables(tmp_path, 8040)).items():
        with pytest.raises(SettingsError):
            oidc.refuse_sandboxes({slug: client})


PRODUCTION = (
    "from django.conf import settings; settings.configure(SETTINGS_MODULE='smportal.settings.production');"
    "import smportal.devstack.idp"
)


@pytest.mark.parametrize("program", [PRODUCTION, "import smportal.devstack.idp.settings"])
def test_the_sandboxes_load_under_their_own_settings_only(program: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "smportal.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert "sandbox" in ended.stderr
