"""One email from one row of the outbox: fixed words, a link that needs sign-in, a stable Message-ID."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts import language
from messaging.models import Notification
from messaging.notifications.choices import can_be_turned_off
from messaging.notifications.kinds import kind_of

SETTINGS_PAGE = "account_settings"


def compose(notification: Notification, address: str) -> EmailMultiAlternatives:
    """Return the email to one address, in its reader's language; the same at every attempt but for its date."""
    kind = kind_of(notification.kind)
    settings_link = settings.SITE_URL + reverse(SETTINGS_PAGE)
    with translation.override(language.of(notification.recipient)):
        subject = str(kind.subject)
        context = {
            "title": subject,
            "lines": [str(line) for line in kind.lines],
            "link": settings.SITE_URL + reverse(kind.link_name),
            "link_text": str(kind.link_text),
            "settings_link": settings_link,
            "can_be_turned_off": can_be_turned_off(kind.rule),
        }
        text = render_to_string("notifications/email.txt", context)
        html = render_to_string("notifications/email.html", context)
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={
            "Message-ID": message_id(notification),
            # Machines that answer mail (vacation notices) leave this one alone; so does Exchange.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            # A page that asks who one is. No List-Unsubscribe-Post: a link that acts for whoever holds
            # the email would be a key to the account (domain rules, section 8; A081).
            "List-Unsubscribe": f"<{settings_link}>",
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def message_id(notification: Notification) -> str:
    """Return the Message-ID, from the row's id: a second delivery of one email is known as the same."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{notification.id}@{domain}>"
