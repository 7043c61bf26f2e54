"""Rules for what people type (domain rules, section 4): limits, normal form, refused characters."""

import unicodedata

from django.utils.translation import gettext as _

from smportal.errors import InvalidInput

SUBJECT_MOST = 120
BODY_MOST = 10_000


def clean_line(value: str, *, field: str, label: str, most: int) -> str:
    """Return one line in normal form. Raises InvalidInput for an empty, over-long or unusable one."""
    text = normalised(value, field=field, label=label)
    return checked(" ".join(text.split()), field=field, label=label, most=most)


def clean_text(value: str, *, field: str, label: str, most: int) -> str:
    """Return a text of several lines in normal form. Raises InvalidInput as `clean_line` does."""
    lines = (line.rstrip() for line in normalised(value, field=field, label=label).split("\n"))
    return checked("\n".join(lines).strip("\n"), field=field, label=label, most=most)


def normalised(value: str, *, field: str, label: str) -> str:
    """Return NFC text with LF line ends. Raises InvalidInput for characters that nobody can see or store."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if any(_is_refused(char) for char in text):
        raise InvalidInput(
            _("{label} has hidden characters that we can’t send. Paste it as plain text, or type it again.").format(
                label=label
            ),
            code="control_characters",
            field=field,
        )
    return text


def checked(text: str, *, field: str, label: str, most: int) -> str:
    """Return the text if it says something and is short enough. Raises InvalidInput otherwise."""
    if not has_visible(text):
        raise InvalidInput(_("Enter {label}").format(label=f"{label[0].lower()}{label[1:]}"), code="empty", field=field)
    if len(text) > most:
        raise InvalidInput(
            _("{label} is too long. Shorten it by {over:,} characters to at most {most:,}.").format(
                label=label, over=len(text) - most, most=most
            ),
            code="too_long",
            field=field,
        )
    return text


def has_visible(text: str) -> bool:
    """Tell whether there is anything but spaces and invisible marks."""
    return any(not char.isspace() and unicodedata.category(char) not in {"Cf", "Cc", "Cn", "Co"} for char in text)


def _is_refused(char: str) -> bool:
    category = unicodedata.category(char)
    return category == "Cs" or (category == "Cc" and char not in "\n\t")


def visible_only(value: str) -> str:
    """Return the text without the characters that `normalised` refuses."""
    return "".join(char for char in value.replace("\r\n", "\n").replace("\r", "\n") if not _is_refused(char))


_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def without_bidi_controls(value: str) -> str:
    """Return the text without the marks that turn its direction around: on paper they only mislead."""
    return value.translate(_BIDI_CONTROLS)
