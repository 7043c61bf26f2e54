"""What goes wrong with a file and with a row."""


class FeedRefused(Exception):
    """The file cannot be read at all; the text says why and names no value of it."""


class BadRow(Exception):
    """One row is set aside; the text is the reason, in plain words, without the value."""
