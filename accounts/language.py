"""In which language somebody reads: their own choice, else this browser's, else what the browser asks for.

Django's LocaleMiddleware knows the browser (its cookie, then Accept-Language); this adds the account.
Staff work in English: their pages and the admin have no other language.
"""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.models import Account, AccountKind
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

STAFF_LANGUAGE = "en"


def is_known(language: str) -> bool:
    """Tell whether the portal speaks it."""
    return language in dict(settings.LANGUAGES)


def of(account: Account | None) -> str:
    """Return the language for what is written to somebody outside of their own request, such as emails."""
    if account is None or account.kind == AccountKind.STAFF or not is_known(account.language):
        return settings.LANGUAGE_CODE
    return account.language


def of_browser(request: HttpRequest) -> str:
    """Return what was chosen in this browser, "" for nothing."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return language if is_known(language) else ""


def adopt(*, actor: Actor, account: Account, chosen: str) -> None:
    """Keep a choice made before signing in, when a veteran's account has none yet."""
    if chosen and not account.language and account.kind == AccountKind.VETERAN:
        choose(actor=actor, language=chosen)


@transaction.atomic
def choose(*, actor: Actor, language: str) -> None:
    """Set the language of the actor's account, for pages and emails. Raises NotFound, InvalidInput."""
    if not is_known(language):
        raise InvalidInput("There is no such language.", code="language", field="language")
    if actor.account_id is None:
        raise NotFound
    account = Account.objects.select_for_update().get(id=actor.account_id)
    if account.language == language:
        return
    before, account.language = account.language, language
    account.save(update_fields=["language"])
    record(
        actor=actor,
        deed=Deed.LANGUAGE_CHOSEN,
        subject_id=account.record_id,
        object_kind="account",
        object_id=account.id,
        details={"old": before, "new": language},
    )


class OwnLanguageMiddleware:
    """Stands around what sets a language: a thread gets back the one that it had before the request.

    Django leaves it in the language of the last one; what a thread does next is not for that reader.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(translation.get_language()):
            return self.get_response(request)


class AccountLanguageMiddleware:
    """Stands after the actor's middleware: who has signed in reads in the language of their account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        account = request.user
        if isinstance(account, Account):
            language = STAFF_LANGUAGE if account.kind == AccountKind.STAFF else account.language
            if is_known(language):
                translation.activate(language)
                request.LANGUAGE_CODE = language
        return self.get_response(request)
