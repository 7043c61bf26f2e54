"""Frequently asked questions. Rules and numbers: domain rules, sections 2 to 9."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Answer:
    """One question with its answer, a text per paragraph."""

    id: str
    heading: str | Promise
    paragraphs: tuple[str | Promise, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together."""

    slug: str
    heading: str | Promise
    answers: tuple[Answer, ...]


ANSWERS = (
    Section(
        "writing",
        _("Writing and sending"),
        (
            Answer(
                "who-reads",
                _("Who reads my message?"),
                (
                    (
                        _(
                            "The members of the care team that you choose. A nurse or clerk on the team may read it first "
                            "and pass it to the right person."
                        )
                    ),
                    _("In the conversation you can see whether your team has opened your message, and on which day."),
                ),
            ),
            Answer(
                "was-it-sent",
                _("How do I know that my message was sent?"),
                (
                    (
                        _(
                            "You’ll see a page with your message number and the date by which to expect an answer. "
                            "You’ll also find the message in your Sent folder."
                        )
                    ),
                    _("If you press Send twice by mistake, your team still gets only one message."),
                ),
            ),
            Answer(
                "change-sent",
                _("Can I change or delete a message after I’ve sent it?"),
                (
                    (
                        _(
                            "No. A sent message can’t be changed or taken back. If you forgot something, reply in the same "
                            "conversation."
                        )
                    ),
                    _("You can move a conversation to your trash. It’s still part of your care record."),
                ),
            ),
            Answer(
                "team-missing",
                _("Why can’t I find my care team?"),
                (
                    (
                        _(
                            "You can write only to teams that you’re connected with, and only if at least one provider on "
                            "the team takes part. Call your VA facility if you think a team is missing."
                        )
                    ),
                ),
            ),
        ),
    ),
    Section(
        "answers",
        _("Getting an answer"),
        (
            Answer(
                "when",
                _("When will I get an answer?"),
                (
                    (
                        _(
                            "Within 3 business days. Business days are Monday through Friday, 8:00 a.m. to 5:00 p.m. in your "
                            "facility’s time zone. Federal holidays don’t count."
                        )
                    ),
                    (
                        _(
                            "Example: if you write on Friday evening, the time starts on Monday morning, and the answer is "
                            "due by Wednesday at 5:00 p.m."
                        )
                    ),
                ),
            ),
            Answer(
                "late",
                _("What if I don’t get an answer in time?"),
                (
                    (
                        _(
                            "Your conversation will say so and show your team’s phone number. We also remind your team, and "
                            "then the people in charge of it. If you can’t wait, call."
                        )
                    ),
                ),
            ),
            Answer(
                "email-note",
                _("Will you tell me when there’s an answer?"),
                (
                    (
                        _(
                            "Yes, by email, if you like. The email only says that something is waiting. It never says who "
                            "wrote or what about. Sign in to read it."
                        )
                    ),
                ),
            ),
        ),
    ),
    Section(
        "signing-in",
        _("Signing in"),
        (
            Answer(
                "verify",
                _("Why do I have to verify my identity?"),
                (
                    _(
                        "Your messages hold health information. We make sure that nobody else can open them in your name."
                    ),
                ),
            ),
            Answer(
                "second-step",
                _("What is a second step to sign in?"),
                (
                    (
                        _(
                            "Besides your password, you use something that you have: a code from an app on your phone, or a "
                            "passkey, which lets you sign in with your fingerprint, face or device PIN."
                        )
                    ),
                    _("Even if somebody learns your password, they can’t get in without it."),
                ),
            ),
            Answer(
                "signed-out",
                _("Why was I signed out?"),
                (
                    (
                        _(
                            "To protect you, we end your session after 30 minutes without activity. We warn you 5 minutes "
                            "before, and you can ask for more time. What you were writing is kept as a draft."
                        )
                    ),
                ),
            ),
        ),
    ),
    Section(
        "privacy",
        _("Privacy"),
        (
            Answer(
                "who-sees",
                _("Who can see my messages?"),
                (
                    (
                        _(
                            "You and your VA care team. Each time somebody on the staff opens your conversation, we record "
                            "who it was and when."
                        )
                    ),
                ),
            ),
            Answer(
                "lose-access",
                _("Can I still read my messages if I can no longer send new ones?"),
                (
                    _(
                        "Yes. You can always sign in with a verified account to read, print and download your past messages."
                    ),
                ),
            ),
        ),
    ),
)
