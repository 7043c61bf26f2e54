"""The numbers of the domain rules, written down a second time: a test that reads a limit from the code follows its mistakes."""

import datetime as dt

import pytest
from django.conf import settings

from accounts.traits.actions import TRIES_A_DAY
from messaging import keyset, text
from messaging.attachments import limits
from messaging.mailbox.actions import REPLY_WINDOW
from messaging.mailbox.folders.names import NAME_MOST
from messaging.notifications.delivery import GIVE_UP_AFTER
from messaging.records.archive.actions import KEPT
from messaging.search import slots
from smportal import business_time

NUMBERS = {
    "section 2: tries a day to be found by typed traits": (TRIES_A_DAY, 5),
    "section 2: idle minutes of veterans, staff and administrators": (
        {who: seconds / 60 for who, seconds in settings.SESSION_IDLE_SECONDS.items()},
        {"veteran": 30, "staff": 15, "administrator": 10},
    ),
    "section 2: hours of a session at most": (settings.SESSION_ABSOLUTE_SECONDS / 3600, 12),
    "section 4: characters of a subject": (text.SUBJECT_MOST, 120),
    "section 4: characters of a body": (text.BODY_MOST, 10_000),
    "section 4: files of a message": (limits.FILES_MOST, 10),
    "section 4: bytes of a message's files": (limits.BYTES_MOST, 26_214_400),
    "section 4: characters of a folder's name": (NAME_MOST, 50),
    "section 4: conversations on a page of a list": (keyset.ROWS, 25),
    "section 4: how long one can reply": (REPLY_WINDOW, dt.timedelta(days=45)),
    "section 6: business hours": ((business_time.OPENS, business_time.CLOSES), (dt.time(8), dt.time(17))),
    "section 6: hours of the reminder, the due instant and the escalation": (
        (business_time.REMIND_HOURS, business_time.DUE_HOURS, business_time.ESCALATE_HOURS),
        (18, 27, 45),
    ),
    "section 8: how long an email is tried": (GIVE_UP_AFTER, dt.timedelta(hours=48)),
    "a copy of everything is kept": (KEPT, dt.timedelta(days=1)),
    "attack A093: searches of one account at once": (slots.OF_ONE_ACCOUNT, 2),
    "attack A049: unsent files of an account": (
        (limits.UNSENT_FILES_MOST, limits.UNSENT_BYTES_MOST),
        (100, 262_144_000),
    ),
}


@pytest.mark.parametrize("rule", NUMBERS)
def test_a_number_is_that_of_its_rule(rule: str) -> None:
    in_code, in_rules = NUMBERS[rule]
    assert in_code == in_rules
