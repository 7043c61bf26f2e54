"""What some veterans have begun and not sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """An unsent text. A reply belongs to the person's latest answered conversation."""

    person: str
    hours_ago: int
    body: str
    category: str = ""
    subject: str = ""
    care_type: str = ""
    is_reply: bool = False


DRAFTS = (
    Draft(
        "denise.kowalski",
        3,
        "Hello,\n\nI will be away for work for three weeks next month. Can I get my refills early so that I don’t run "
        "out on the road? The ones I need are the inhaler and the",
        "medication",
        "Refills before a trip",
        "pharmacy",
    ),
    Draft("denise.kowalski", 30, "Ask about the shoulder again. And the form for the parking permit."),
    Draft("marcus.dangelo", 5, "Thanks for the quick answer. One more question: ", is_reply=True),
    Draft("marcus.dangelo", 50, "", "appointment", "Evening appointments", "primary_care"),
    Draft(
        "harold.jenkins",
        8,
        "My wife says I should ask you about the salt in the soup at the senior center. They say it is low sodium "
        "but it doesn’t taste like it.",
        "general",
        "Soup",
        "cardiology",
    ),
    Draft("harold.jenkins", 20, "Thank you, that clears it up. About the hearing aid", is_reply=True),
    Draft(
        "jose.munoz",
        12,
        "Buenas tardes, le escribo para preguntar si la cita de la semana que viene puede ser por video, porque",
        "appointment",
        "Cita por video",
        "primary_care",
    ),
    Draft("ruth.kealoha", 26, "Aloha, I have tried the new stockings and", is_reply=True),
    Draft(
        "dwight.boudreaux",
        40,
        "I got a letter that my enrollment ended. I still have two weeks of pills. What do I do after that?",
        "medication",
        "My pills after the letter",
        "primary_care",
    ),
)
