"""The registered kinds of email: for whom, what it says, when it is sent (domain rules, section 8).

The words are fixed. An email never names a team, a subject, a person or anything else of the
conversation: it says that something waits, and where to sign in. Adding a kind: docs/notifications.md.
"""

import enum
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.models import NotificationKind
from messaging.notifications.choices import ALWAYS, ASSIGNMENTS, MESSAGES, UNLESS_NONE, Rule

Words = str | Promise


class Audience(enum.Enum):
    """Who gets it."""

    VETERAN = "the veteran"
    STAFF = "care team members, and administrators where no member can be told"
    ADMINISTRATOR = "the facility's administrators"
    PRIVACY_OFFICER = "the facility's privacy officers"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of email.

    `event` is what the settings page calls it; `rule` when it is sent under each choice of its reader.
    `link_name` is the URL name of a page behind sign-in, without any id. What a veteran reads is
    marked for translation; staff read English.
    """

    audience: Audience
    event: Words
    subject: Words
    lines: tuple[Words, ...]
    link_text: Words
    link_name: str
    rule: Rule


KINDS: Final[dict[str, Kind]] = {
    NotificationKind.NEW_MESSAGE: Kind(
        audience=Audience.VETERAN,
        event=_("A new message from your care team"),
        subject=_("You have a new secure message"),
        lines=(_("Someone on your VA health care team sent you a message."),),
        link_text=_("Sign in to read it"),
        link_name="mailbox_inbox",
        rule=MESSAGES,
    ),
    NotificationKind.DIGEST: Kind(
        audience=Audience.VETERAN,
        event=_("Once a day: messages that you haven’t read"),
        subject=_("Secure messages are waiting for you"),
        lines=(_("Your VA health care team sent you at least one message that you haven’t read yet."),),
        link_text=_("Sign in to read your messages"),
        link_name="mailbox_inbox",
        rule=UNLESS_NONE,
    ),
    NotificationKind.TEAM_MESSAGE: Kind(
        audience=Audience.STAFF,
        event="A new message from a veteran to one of your teams",
        subject="A veteran sent your care team a secure message",
        lines=("A new message from a veteran is waiting in your care team’s inbox.",),
        link_text="Sign in to read it",
        link_name="dashboard",
        rule=MESSAGES,
    ),
    NotificationKind.ASSIGNED: Kind(
        audience=Audience.STAFF,
        event="A conversation is assigned to you",
        subject="A secure message was assigned to you",
        lines=("A conversation with a veteran was assigned to you.",),
        link_text="Sign in to see it",
        link_name="dashboard",
        rule=ASSIGNMENTS,
    ),
    NotificationKind.SURROGATE: Kind(
        audience=Audience.STAFF,
        event="A colleague named you to stand in for them",
        subject="You were named to stand in for a colleague",
        lines=(
            "A colleague will be away and named you to stand in.",
            "What is assigned to them shows in your queue on those days.",
        ),
        link_text="Sign in to see your queues",
        link_name="dashboard",
        rule=ASSIGNMENTS,
    ),
    NotificationKind.ABSENCE_ENTERED: Kind(
        audience=Audience.STAFF,
        event="A triage lead entered an absence for you",
        subject="You were marked as away",
        lines=(
            "A triage lead of one of your teams entered days on which you are away.",
            "If that is wrong, change or end it: your work goes to others meanwhile.",
        ),
        link_text="Sign in to see the days",
        link_name="absences",
        rule=ALWAYS,
    ),
    NotificationKind.OWN_REMINDER: Kind(
        audience=Audience.STAFF,
        event="A reminder that you set is due",
        subject="A reminder that you set is due",
        lines=("You asked to be reminded of a conversation today.",),
        link_text="Sign in to see your reminders",
        link_name="team_reminders",
        rule=UNLESS_NONE,
    ),
    NotificationKind.TEAM_DIGEST: Kind(
        audience=Audience.STAFF,
        event="Once a day: what still waits for your teams",
        subject="Secure messages are waiting for your care team",
        lines=("At least one message or assignment since your last daily email is still waiting.",),
        link_text="Sign in to see what is waiting",
        link_name="dashboard",
        rule=UNLESS_NONE,
    ),
    NotificationKind.REMINDER: Kind(
        audience=Audience.STAFF,
        event="An answer is due in 1 business day",
        subject="A secure message is waiting for an answer",
        lines=("A veteran’s message has waited for 2 business days.", "An answer is due in 1 business day."),
        link_text="Sign in to answer it",
        link_name="dashboard",
        rule=UNLESS_NONE,
    ),
    NotificationKind.OVERDUE: Kind(
        audience=Audience.STAFF,
        event="An answer is overdue",
        subject="A secure message is overdue for an answer",
        lines=("A veteran’s message has waited for 3 business days.", "An answer is now overdue."),
        link_text="Sign in to answer or assign it",
        link_name="dashboard",
        rule=ALWAYS,
    ),
    NotificationKind.ESCALATION: Kind(
        audience=Audience.ADMINISTRATOR,
        event="A message has no answer after 5 business days",
        subject="A secure message at your facility has no answer",
        lines=(
            "A veteran’s message has waited for 5 business days without an answer.",
            "Please make sure that a care team answers it.",
        ),
        link_text="Sign in",
        link_name="dashboard",
        rule=ALWAYS,
    ),
    NotificationKind.TEAM_ALARM: Kind(
        audience=Audience.STAFF,
        event="Messages wait in a team that you lead or administer, and nobody is on duty",
        subject="Secure messages are waiting and nobody is on duty",
        lines=(
            "Veterans’ messages are waiting in a care team in which nobody is on duty or takes part.",
            "Please make sure that somebody answers them.",
        ),
        link_text="Sign in to see which team",
        link_name="dashboard",
        rule=ALWAYS,
    ),
    NotificationKind.FILE_VETERAN: Kind(
        audience=Audience.VETERAN,
        event=_("A file that you sent was not delivered"),
        subject=_("A file that you sent was not delivered"),
        lines=(
            _("A file in a secure message that you sent was not delivered."),
            _("Your message itself was delivered."),
        ),
        link_text=_("Sign in to see why"),
        link_name="mailbox_sent",
        rule=UNLESS_NONE,
    ),
    NotificationKind.FILE_STAFF: Kind(
        audience=Audience.STAFF,
        event="A file that you sent was not delivered",
        subject="A file that you sent was not delivered",
        lines=("A file in a secure message that you sent was not delivered.", "The message itself was delivered."),
        link_text="Sign in to see why",
        link_name="dashboard",
        rule=UNLESS_NONE,
    ),
    NotificationKind.RECORD_NOTE: Kind(
        audience=Audience.STAFF,
        event="A note that you or your team sent to the health record was not filed",
        subject="A note for the health record was not filed",
        lines=("A note that your care team sent to the health record was not filed.", "Nothing of it is lost."),
        link_text="Sign in to see why, and try again",
        link_name="record_notes",
        rule=UNLESS_NONE,
    ),
    NotificationKind.ARCHIVE_READY: Kind(
        audience=Audience.VETERAN,
        event=_("The download that you asked for is ready"),
        subject=_("The download that you asked for is ready"),
        lines=(_("The download that you asked for is ready."), _("We delete it after 1 day.")),
        link_text=_("Sign in to get it"),
        link_name="records_archive",
        rule=UNLESS_NONE,
    ),
    NotificationKind.BREAK_GLASS: Kind(
        audience=Audience.PRIVACY_OFFICER,
        event="An administrator used break glass",
        subject="An administrator used break glass",
        lines=("An administrator at your facility opened a conversation by break glass.", "Please review the reason."),
        link_text="Sign in to review it",
        link_name="admin:messaging_breakglassuse_changelist",
        rule=ALWAYS,
    ),
    NotificationKind.SENT_IN_ERROR: Kind(
        audience=Audience.PRIVACY_OFFICER,
        event="A care team withdrew a message that was sent in error",
        subject="A care team withdrew a message",
        lines=(
            "A care team at your facility withdrew a message that was sent in error.",
            "Please review the reason.",
        ),
        link_text="Sign in to review it",
        link_name="admin:messaging_sentinerror_changelist",
        rule=ALWAYS,
    ),
}


def kind_of(kind: str) -> Kind:
    """Return a registered kind. Raises KeyError for one that is not."""
    return KINDS[kind]
