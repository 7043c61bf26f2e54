"""The product's limits (domain rules, section 4), and those that keep one sender from filling the disk."""

from typing import Final

MIB: Final = 1024 * 1024

# For each message.
FILES_MOST: Final = 10
BYTES_MOST: Final = 25 * MIB
# What one request may bring before it is refused unread; more than a message may hold, so that somebody
# who chose too much keeps what was typed and reads which file did not fit.
REQUEST_MOST: Final = 512 * MIB
# Unsent files of one account.
UNSENT_FILES_MOST: Final = 100
UNSENT_BYTES_MOST: Final = 250 * MIB

NAME_MOST: Final = 120

# Containers: what they may unpack to, judged by their directory.
MEMBERS_MOST: Final = 5_000
UNPACKED_MOST: Final = 250 * MIB
RATIO_MOST: Final = 200
# A member smaller than this may be packed as tightly as it likes.
RATIO_FROM: Final = MIB
XML_PROLOG_MOST: Final = 256 * 1024

PIXELS_MOST: Final = 100_000_000
SIDE_MOST: Final = 20_000
FRAMES_MOST: Final = 1_000
PAGES_MOST: Final = 500
PDF_OBJECTS_MOST: Final = 200_000

THUMBNAIL_SIDE: Final = 320
