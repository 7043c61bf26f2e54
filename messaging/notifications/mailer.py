"""One attempt to hand one email to the mail server, and what the answer means."""

import enum
import smtplib
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from django.core.mail import EmailMultiAlternatives, get_connection


class Verdict(enum.Enum):
    """What became of an attempt."""

    ACCEPTED = "the server took it"
    LATER = "the server could not take it now"
    SERVER_AWAY = "there is no working server: the next email would fare no better"
    OURSELVES_REFUSED = "the server refuses us, not the recipient: our set-up is wrong"
    REFUSED = "the server will never take it"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The verdict and a short code of ours: an SMTP code or a word, never the server's own text.

    (Servers quote addresses in their texts.)
    """

    verdict: Verdict
    code: str = ""


class Mailer:
    """A connection for several emails, opened at the first and closed at the end of the block."""

    def __init__(self) -> None:
        self._connection = get_connection()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def send(self, message: EmailMultiAlternatives) -> Attempt:
        """Try once. No wait on the server is longer than EMAIL_TIMEOUT, no try longer than four of them and the way there."""
        try:
            self._connection.open()
        except (OSError, smtplib.SMTPException) as error:
            # A greeting or sign-in that is refused says nothing about this email, whatever its code.
            self._close()
            return Attempt(_refusing_us(error), _code(error))
        try:
            taken = self._connection.send_messages([message])
        except ValueError:
            # The address cannot be written into an email at all.
            return Attempt(Verdict.REFUSED, "address")
        except (OSError, smtplib.SMTPException) as error:
            # The next email starts on a connection that holds nothing of this one.
            self._close()
            return Attempt(_verdict(error), _code(error))
        return Attempt(Verdict.ACCEPTED) if taken else Attempt(Verdict.REFUSED, "no_recipient")

    def _close(self) -> None:
        try:
            self._connection.close()
        except (OSError, smtplib.SMTPException):
            # Saying goodbye to a server that has gone: Django has let go of the connection already.
            return


def _refusing_us(error: Exception) -> Verdict:
    permanent = isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
    return Verdict.OURSELVES_REFUSED if permanent else Verdict.SERVER_AWAY


def _verdict(error: Exception) -> Verdict:
    code = _smtp_code(error)
    if code is None or code == 421:
        return Verdict.SERVER_AWAY
    if code < 500:
        return Verdict.LATER
    return Verdict.OURSELVES_REFUSED if isinstance(error, smtplib.SMTPSenderRefused) else Verdict.REFUSED


def _smtp_code(error: Exception) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers: dict[str, tuple[int, bytes]] = error.recipients
        return next((code for code, _ in answers.values()), None)
    # A connection that broke has -1 or no code.
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    return code if code is not None and code >= 400 else None


def _code(error: Exception) -> str:
    code = _smtp_code(error)
    if code is not None:
        return str(code)
    # smtplib hides a timeout behind "connection unexpectedly closed".
    if any(isinstance(one, TimeoutError) for one in (error, error.__cause__, error.__context__)):
        return "timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    return "connection_lost"
