"""Where a request came from, as far as it can be trusted (attack A062)."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address that the outermost of our own proxies saw, or None when it is unreadable.

    With no proxy (TRUSTED_PROXY_COUNT 0) only the connection counts and every header is ignored. A
    request with fewer entries than we have proxies came past one of them: then, too, the connection counts.
    """
    seen = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXY_COUNT:
        seen = [*request.headers.get("X-Forwarded-For", "").split(","), *seen]
    chosen = seen[-1 - settings.TRUSTED_PROXY_COUNT] if len(seen) > settings.TRUSTED_PROXY_COUNT else seen[-1]
    return _normal(chosen) or _normal(seen[-1])


def _normal(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)
