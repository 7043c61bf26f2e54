"""The emails of the outbox are in their reader's language."""

import uuid

from django.utils import translation

from accounts.models import Account, AccountKind
from messaging.models import Notification
from messaging.notifications.composing import compose
from messaging.notifications.kinds import kind_of


def subject(kind: str, *, reader: AccountKind, language: str) -> str:
    account = Account(kind=reader, language=language)
    with translation.override("en" if language == "es" else "es"):
        mail = compose(Notification(id=uuid.uuid4(), kind=kind, recipient=account), "somebody@example.org")
    assert str(mail.subject) in str(mail.alternatives[0][0])
    return str(mail.subject)


def test_each_reader_gets_their_own_language_whatever_the_worker_speaks() -> None:
    kind = "new_message"
    assert subject(kind, reader=AccountKind.VETERAN, language="es") == "Tiene un mensaje seguro nuevo"
    assert subject(kind, reader=AccountKind.VETERAN, language="") == str(kind_of(kind).subject)
    assert subject(kind, reader=AccountKind.STAFF, language="es") == "You have a new secure message"
