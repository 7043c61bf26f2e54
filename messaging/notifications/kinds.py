"""The registered kinds of email: for whom, what it says, whether it can be turned off (domain rules, section 8).

The words are fixed. An email never names a team, a subject, a person or anything else of the
conversation: it says that something waits, and where to sign in.
"""

import enum
from dataclasses import dataclass
from typing import Final

from messaging.models import NotificationKind


class Audience(enum.Enum):
    """Who gets it."""

    VETERAN = "the veteran"
    STAFF = "care team members, and administrators where no member can be told"
    ADMINISTRATOR = "the facility's administrators"
    PRIVACY_OFFICER = "the facility's privacy officers"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of email. `link_name` is the URL name of a page behind sign-in, without any id."""

    audience: Audience
    subject: str
    lines: tuple[str, ...]
    link_text: str
    link_name: str
    can_be_turned_off: bool


KINDS: Final[dict[str, Kind]] = {
    NotificationKind.NEW_MESSAGE: Kind(
        audience=Audience.VETERAN,
        subject="You have a new secure message",
        lines=("Someone on your VA health care team sent you a message.",),
        link_text="Sign in to read it",
        link_name="mailbox_inbox",
        can_be_turned_off=True,
    ),
    NotificationKind.ASSIGNED: Kind(
        audience=Audience.STAFF,
        subject="A secure message was assigned to you",
        lines=("A conversation with a veteran was assigned to you.",),
        link_text="Sign in to see it",
        link_name="dashboard",
        can_be_turned_off=True,
    ),
    NotificationKind.REMINDER: Kind(
        audience=Audience.STAFF,
        subject="A secure message is waiting for an answer",
        lines=("A veteran’s message has waited for 2 business days.", "An answer is due in 1 business day."),
        link_text="Sign in to answer it",
        link_name="dashboard",
        can_be_turned_off=False,
    ),
    NotificationKind.OVERDUE: Kind(
        audience=Audience.STAFF,
        subject="A secure message is overdue for an answer",
        lines=("A veteran’s message has waited for 3 business days.", "An answer is now overdue."),
        link_text="Sign in to answer or assign it",
        link_name="dashboard",
        can_be_turned_off=False,
    ),
    NotificationKind.ESCALATION: Kind(
        audience=Audience.ADMINISTRATOR,
        subject="A secure message at your facility has no answer",
        lines=(
            "A veteran’s message has waited for 5 business days without an answer.",
            "Please make sure that a care team answers it.",
        ),
        link_text="Sign in",
        link_name="dashboard",
        can_be_turned_off=False,
    ),
    NotificationKind.FILE_VETERAN: Kind(
        audience=Audience.VETERAN,
        subject="A file that you sent was not delivered",
        lines=("A file in a secure message that you sent was not delivered.", "Your message itself was delivered."),
        link_text="Sign in to see why",
        link_name="mailbox_sent",
        can_be_turned_off=True,
    ),
    NotificationKind.FILE_STAFF: Kind(
        audience=Audience.STAFF,
        subject="A file that you sent was not delivered",
        lines=("A file in a secure message that you sent was not delivered.", "The message itself was delivered."),
        link_text="Sign in to see why",
        link_name="dashboard",
        can_be_turned_off=True,
    ),
    NotificationKind.BREAK_GLASS: Kind(
        audience=Audience.PRIVACY_OFFICER,
        subject="An administrator used break glass",
        lines=("An administrator at your facility opened a conversation by break glass.", "Please review the reason."),
        link_text="Sign in to review it",
        link_name="admin:messaging_breakglassuse_changelist",
        can_be_turned_off=False,
    ),
}


def kind_of(kind: str) -> Kind:
    """Return a registered kind. Raises KeyError for one that is not."""
    return KINDS[kind]
