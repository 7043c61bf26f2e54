"""One email from one row of the outbox: fixed words, a link that needs sign-in, a stable Message-ID."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from messaging.models import Notification
from messaging.notifications.kinds import kind_of


def compose(notification: Notification, address: str) -> EmailMultiAlternatives:
    """Return the email to one address; the same at every attempt but for its date.

    No List-Unsubscribe header: there is no page yet where somebody could turn emails off.
    """
    kind = kind_of(notification.kind)
    context = {
        "title": kind.subject,
        "lines": kind.lines,
        "link": settings.SITE_URL + reverse(kind.link_name),
        "link_text": kind.link_text,
    }
    message = EmailMultiAlternatives(
        subject=kind.subject,
        body=render_to_string("notifications/email.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={
            "Message-ID": message_id(notification),
            # Machines that answer mail (vacation notices) leave this one alone; so does Exchange.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(render_to_string("notifications/email.html", context), "text/html")
    return message


def message_id(notification: Notification) -> str:
    """Return the Message-ID, from the row's id: a second delivery of one email is known as the same."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{notification.id}@{domain}>"
