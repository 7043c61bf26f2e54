"""The variables by which the portal and the sandboxes know each other. Standard library and cryptography only."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from smportal.devstack import secretfile
from smportal.devstack.world.personas import ISSUERS, LOGINGOV

CLIENT_ID = "secure-messaging-portal"


def variables(home: Path, port: int) -> dict[str, str]:
    """Return the settings of all four services for sandboxes on this port; secrets are kept in `home`.

    Login.gov knows its clients by a key pair, the others by a secret, as in life.
    """
    values: dict[str, str] = {}
    for slug, issuer in ISSUERS.items():
        prefix = f"OIDC_{slug.upper()}_"
        values[prefix + "ISSUER"] = issuer
        values[prefix + "DISCOVERY_URL"] = f"http://localhost:{port}/{slug}/.well-known/openid-configuration"
        values[prefix + "CLIENT_ID"] = CLIENT_ID
        if slug == LOGINGOV:
            values[prefix + "PRIVATE_KEY_FILE"] = str(_key_file(home))
        else:
            values[prefix + "CLIENT_SECRET"] = secretfile.read_or_create(home / f"oidc-{slug}.secret")
    return {**values, "IDP_PORT": str(port)}


def _key_file(home: Path) -> Path:
    file = home / "oidc-client.pem"
    if not file.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        secretfile.write(file, pem.decode())
    return file
