"""The few files that go with the story's messages. They are drawn and set when they are sent: none is kept here.

The demo's scanner judges them once it runs; one holds the EICAR test string and is refused before anybody gets it.
"""

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import typst
from django.conf import settings
from PIL import Image, ImageDraw, ImageFilter

from messaging.attachments import actions
from messaging.attachments.baskets import basket_of
from messaging.attachments.uploads import sealed
from smportal.actor import Actor
from smportal.devstack.devscan import EICAR


@dataclass(frozen=True, slots=True)
class File:
    """A file by its name; its content is made when it is wanted."""

    name: str
    make: Callable[[], bytes]


def knee() -> bytes:
    """Return a photo of sorts: a knee with a scar, as a phone would store it."""
    picture = Image.new("RGB", (1200, 900), "#d9d2c5")
    draw = ImageDraw.Draw(picture)
    draw.polygon(
        [(0, 250), (520, 300), (760, 420), (1200, 360), (1200, 700), (740, 760), (500, 640), (0, 620)], "#c99b7b"
    )
    draw.ellipse((470, 330, 800, 700), "#cfa385")
    draw.line([(625, 360), (632, 450), (628, 560), (636, 670)], "#8f4f43", 9)
    for y in range(375, 670, 32):
        draw.line([(608, y), (650, y + 4)], "#8f4f43", 4)
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(5)).save(out, "JPEG", quality=85)
    return out.getvalue()


def page(title: str, *paragraphs: str) -> bytes:
    """Return a PDF of one page."""
    source = f'#set page(paper: "us-letter")\n#set text(size: 12pt)\n= {title}\n\n' + "\n\n".join(paragraphs)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(settings.PDF_FONTS)])
    made = typst.compile(source.encode(), format="pdf", font_paths=fonts)
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


EXERCISES = (
    "Do each one ten times, twice a day. Stop when it hurts more than 3 of 10.",
    "+ Heel slides: on your back, pull the heel toward you, hold for five breaths.",
    "+ Bridge: on your back, both knees bent, lift the hips, hold for three breaths.",
    "+ Clam: on your side, feet together, open the upper knee.",
)
MRI = (
    "+ Come 30 minutes early, and bring your card.",
    "+ Leave metal, watches and cards at home. Tell us about a pacemaker or any implant.",
    "+ You can eat, drink and take your medicines as usual.",
)

# By the exchange and the place of the message in it.
FILES: dict[tuple[str, int], tuple[File, ...]] = {
    ("pc-referral-knee-mri", 0): (
        File("My knee this morning.jpg", knee),
        File("Physical therapy report.pdf", partial(page, "Physical therapy", "Bend of the right knee: 85 degrees.")),
    ),
    ("pc-referral-knee-mri", 1): (File("Getting ready for your MRI.pdf", partial(page, "Your MRI", *MRI)),),
    ("roi-fmla-form-husband", 1): (
        File("FMLA form.pdf", partial(page, "Certification of health condition", "Sections I to III are filled in.")),
        File("Form viewer.txt", lambda: b"Open this to see the form: " + EICAR),
    ),
    ("pt-telehealth-exercise-video", 1): (File("Hip exercises.pdf", partial(page, "Your hip exercises", *EXERCISES)),),
}


def add(actor: Actor, draft_id: uuid.UUID, conversation_id: uuid.UUID | None, key: str, place: int) -> list[uuid.UUID]:
    """Add the files of one message to its draft, as the page's script does, and return their ids."""
    wanted = FILES.get((key, place), ())
    if not wanted:
        return []
    basket = basket_of(actor, draft_id, conversation_id)
    return [actions.add(actor=actor, basket=basket, upload=sealed(file.make(), file.name)).id for file in wanted]
