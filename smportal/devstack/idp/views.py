"""The sandboxes' pages and endpoints."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from oauthlib.oauth2 import FatalClientError, OAuth2Error

from smportal.devstack.idp import people
from smportal.devstack.idp import settings as site
from smportal.devstack.idp.provider import server, validator
from smportal.devstack.world.personas import ISSUERS, SERVICES

STYLE = """
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 46rem; padding: 1rem; color: #1b1b1b; }
.note { background: #faf3d1; border-left: .5rem solid #ffbe2e; padding: .5rem 1rem; }
ul { list-style: none; padding: 0; } li { border-top: 1px solid #a9aeb1; padding: .6rem 0; }
button { background: #005ea2; border: 0; border-radius: .25rem; color: #fff; font: inherit; padding: .4rem .9rem; }
button:focus { outline: .25rem solid #2491ff; } p { margin: .3rem 0; } h1 { font-size: 1.6rem; }
"""


class HeadersMiddleware:
    """Nothing is kept, nothing is framed, nothing runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def index(request: HttpRequest) -> HttpResponse:
    """What this is."""
    return render(request, "idp/index.html", {"services": [SERVICES[slug] for slug in ISSUERS]})


def style(request: HttpRequest) -> HttpResponse:
    return HttpResponse(STYLE, content_type="text/css")


def discovery(request: HttpRequest, slug: str) -> HttpResponse:
    """The service's document of itself (OpenID Connect Discovery 1.0)."""
    _known(slug)
    base = f"{site.IDP_URL}/{slug}"
    method = "private_key_jwt" if site.CLIENTS[slug].private_key else "client_secret_basic"
    return JsonResponse(
        {
            "issuer": ISSUERS[slug],
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "jwks_uri": f"{base}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [validator(slug).signer.algorithm],
            "token_endpoint_auth_methods_supported": [method],
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": list(people.LEVELS[slug].values()),
        }
    )


def keys(request: HttpRequest, slug: str) -> HttpResponse:
    """The service's public keys."""
    _known(slug)
    return JsonResponse({"keys": [validator(slug).signer.public()]})


def authorize(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose who signs in, and how well they are known."""
    _known(slug)
    uri = request.build_absolute_uri()
    try:
        scopes, asked = server(slug).validate_authorization_request(uri, "GET", None, {})
    except FatalClientError as error:
        return render(request, "idp/refused.html", {"error": error.error}, status=400)
    except OAuth2Error as error:
        return HttpResponseRedirect(error.in_uri(error.redirect_uri))
    if request.GET.get("code_challenge_method") != "S256":
        return render(request, "idp/refused.html", {"error": "code_challenge_method"}, status=400)
    if request.method == "POST":
        return _decided(request, slug, uri, scopes, asked)
    wanted = request.GET.get("acr_values", "")
    own, others = people.choices(slug, wants_verified=_is_verified(slug, wanted))
    return render(request, "idp/choose.html", {"service": SERVICES[slug], "groups": [own, others], "wanted": wanted})


def _is_verified(slug: str, wanted: str) -> bool:
    return wanted.endswith(("/2", "/3"))


def _decided(request: HttpRequest, slug: str, uri: str, scopes: list[str], asked: dict[str, Any]) -> HttpResponse:
    """Send the browser back, as somebody or with nothing."""
    if "cancel" in request.POST:
        answer = {"error": "access_denied", "state": asked["state"], "iss": ISSUERS[slug]}
        return HttpResponseRedirect(f"{asked['redirect_uri']}?{urlencode(answer)}")
    who = [request.POST.get("key", ""), request.POST.get("level", "")]
    try:
        people.claims(slug, *who)
    except KeyError:
        raise Http404 from None
    headers, _, status = server(slug).create_authorization_response(uri, "GET", None, {}, scopes, {"who": who})
    return (
        HttpResponseRedirect(f"{headers['Location']}&{urlencode({'iss': ISSUERS[slug]})}")
        if status == 302
        else (HttpResponse(status=status))
    )


def token(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a code for an ID token."""
    _known(slug)
    form = parse_qsl(request.body.decode("ascii", "replace"), keep_blank_values=True)
    answer = server(slug).create_token_response(request.build_absolute_uri(), request.method, form, _headers(request))
    return _plain(answer)


def userinfo(request: HttpRequest, slug: str) -> HttpResponse:
    """What the service says of the token's person."""
    _known(slug)
    return _plain(
        server(slug).create_userinfo_response(request.build_absolute_uri(), request.method, None, _headers(request))
    )


def _headers(request: HttpRequest) -> dict[str, str]:
    return {"Authorization": request.headers.get("Authorization", "")}


def _plain(answer: tuple[dict[str, str], str, int]) -> HttpResponse:
    headers, body, status = answer
    return HttpResponse(body, status=status, headers=headers)


def _known(slug: str) -> None:
    if slug not in site.CLIENTS:
        raise Http404
