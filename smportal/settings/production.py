"""Production: everything from the environment; anything unsafe refuses to start."""

from urllib.parse import parse_qs, urlsplit

from smportal.settings import env, oidc
from smportal.settings.base import *  # noqa: F403
from smportal.settings.base import (
    CLOCK,
    DATABASES,
    EMAIL_USE_SSL,
    EMAIL_USE_TLS,
    FHIR_URL,
    OIDC_PROVIDERS,
    REDIS_URL,
    SCANNER_URL,
    SITE_URL,
)

if urlsplit(SITE_URL).scheme != "https":
    env.fail("SITE_URL", "production is served over https only")
if env.text("DEBUG", "no").lower() not in {"no", "false", "0", "off"}:
    env.fail("DEBUG", "remove it; debug pages show private data")
if CLOCK != "smportal.clock.SystemClock":
    env.fail("CLOCK", "production runs on the real clock")
# Private networks count as untrusted too (FedRAMP SC-8); INTERNAL_TLS=no is for a single trusted host.
INTERNAL_TLS = env.boolean("INTERNAL_TLS", default=True)
if INTERNAL_TLS:
    if parse_qs(urlsplit(env.text("DATABASE_URL")).query).get("sslmode") != ["verify-full"]:
        env.fail("DATABASE_URL", "add ?sslmode=verify-full (or INTERNAL_TLS=no on a single trusted host)")
    if urlsplit(REDIS_URL).scheme != "rediss":
        env.fail("REDIS_URL", "use rediss:// (or INTERNAL_TLS=no on a single trusted host)")
    if not (EMAIL_USE_SSL or EMAIL_USE_TLS):
        env.fail("EMAIL_URL", "use smtps:// or smtp+tls:// (or INTERNAL_TLS=no on a single trusted host)")
if not DATABASES["default"]["PASSWORD"] and "sslcert" not in DATABASES["default"]["OPTIONS"]:
    env.fail("DATABASE_URL", "it needs a password or a client certificate")
if not urlsplit(REDIS_URL).password:
    env.fail("REDIS_URL", "it needs a password")
if urlsplit(SCANNER_URL).scheme != "clamd":
    env.fail("SCANNER_URL", "production needs a malware scanner: clamd://host:port; the demo's is none")
if INTERNAL_TLS and urlsplit(SCANNER_URL).hostname not in {"localhost", "127.0.0.1", "::1"}:
    env.fail("SCANNER_URL", "clamd speaks no TLS: run it, or a TLS tunnel to it, on this host (or INTERNAL_TLS=no)")
# Outside of one host it is always another network: INTERNAL_TLS does not lift this.
if urlsplit(FHIR_URL).scheme != "https":
    env.fail("FHIR_URL", "notes for the health record travel over https only")
oidc.refuse_sandboxes(OIDC_PROVIDERS)

SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
