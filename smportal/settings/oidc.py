"""The sign-in services' clients from the environment; docs/security/oidc.md explains each variable."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from smportal.settings import env

SLUGS = ("dslogon", "idme", "logingov", "staffsso")
# Names that can only be a sandbox's (RFC 2606) or this machine's.
NEVER_REAL = ("test", "example", "invalid", "localhost")


@dataclass(frozen=True, slots=True)
class Client:
    """How this installation is known to one sign-in service. Absent from the settings: not offered.

    Exactly one of `secret` and `private_key` (PEM, for private_key_jwt) is set. `acr` is asked for at
    sign-in, `acr_verified` when a verified identity is needed; empty asks for nothing.
    """

    issuer: str
    discovery_url: str
    client_id: str
    scope: str
    secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    acr: str = ""
    acr_verified: str = ""
    staff_id_claim: str = ""


# What each service needs to be asked, unless the environment says otherwise. Login.gov answers with the
# level that was asked for, ID.me and DS Logon with the one that somebody has.
_LEVEL = "http://idmanagement.gov/ns/assurance"
_DEFAULTS = {
    "dslogon": {"SCOPE": "openid", "ACR_VERIFIED": f"{_LEVEL}/loa/3"},
    "idme": {"SCOPE": "openid", "ACR": f"{_LEVEL}/loa/1", "ACR_VERIFIED": f"{_LEVEL}/loa/3"},
    "logingov": {
        "SCOPE": "openid email profile:name profile:birthdate social_security_number",
        "ACR": f"{_LEVEL}/ial/2",
        "ACR_VERIFIED": f"{_LEVEL}/ial/2",
    },
    "staffsso": {"SCOPE": "openid", "STAFF_ID_CLAIM": "employee_id"},
}


def from_environment() -> dict[str, Client]:
    """Return the configured services by slug. Raises SettingsError for one that is half configured."""
    return {slug: _client(slug) for slug in SLUGS if env.text(f"OIDC_{slug.upper()}_ISSUER", "")}


def _client(slug: str) -> Client:
    prefix, defaults = f"OIDC_{slug.upper()}_", _DEFAULTS[slug]
    issuer = env.url(prefix + "ISSUER", "https", "http")
    secret, key = env.text(prefix + "CLIENT_SECRET", ""), _private_key(prefix + "PRIVATE_KEY_FILE")
    if bool(secret) == bool(key):
        env.fail(prefix + "CLIENT_SECRET", f"set either it or {prefix}PRIVATE_KEY_FILE")
    return Client(
        issuer=issuer,
        discovery_url=env.url(
            prefix + "DISCOVERY_URL",
            *("https", "http"),
            default=issuer.rstrip("/") + "/.well-known/openid-configuration",
        ),
        client_id=env.text(prefix + "CLIENT_ID"),
        secret=secret,
        private_key=key,
        scope=env.text(prefix + "SCOPE", defaults["SCOPE"]),
        acr=env.text(prefix + "ACR", defaults.get("ACR", "")),
        acr_verified=env.text(prefix + "ACR_VERIFIED", defaults.get("ACR_VERIFIED", "")),
        staff_id_claim=env.text(prefix + "STAFF_ID_CLAIM", defaults.get("STAFF_ID_CLAIM", "")),
    )


def _private_key(name: str) -> str:
    path = env.text(name, "")
    if not path:
        return ""
    try:
        pem = Path(path).read_text("ascii")
        key = load_pem_private_key(pem.encode(), password=None)
    except (OSError, ValueError, TypeError):
        env.fail(name, "it must name a readable file with an unencrypted PEM private key")
    strong = isinstance(key, RSAPrivateKey) and key.key_size >= 2048
    if not strong and not (isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1)):
        env.fail(name, "it must be an RSA key of at least 2048 bits or a P-256 key")
    return pem


def refuse_sandboxes(clients: dict[str, Client]) -> None:
    """Raise SettingsError for a service without https, or one that can only be a sandbox."""
    for slug, client in clients.items():
        for name, url in (("ISSUER", client.issuer), ("DISCOVERY_URL", client.discovery_url)):
            parts = urlsplit(url)
            host = parts.hostname or ""
            if parts.scheme != "https":
                env.fail(f"OIDC_{slug.upper()}_{name}", "production signs in over https only")
            if host.rpartition(".")[2] in NEVER_REAL or host.startswith("127.") or host == "::1":
                env.fail(f"OIDC_{slug.upper()}_{name}", "production never signs in through a sandbox")
