"""What runs again and again, and how often: the one table. Beat's own schedule is made from it.

Needs no Django: the settings read it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

_SECOND: Final = dt.timedelta(seconds=1)
_MINUTE: Final = dt.timedelta(minutes=1)
_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
# What runs rarely is asked for more often: a beat that was away at the hour, or forgot it, misses nothing.
_KNOCK_AT_LEAST: Final = 10 * _MINUTE


@dataclass(frozen=True, slots=True)
class Job:
    """One task, once in each slot. Slots of `every` begin at `at` after midnight UTC."""

    task: str
    title: str
    every: dt.timedelta
    at: dt.timedelta = dt.timedelta()

    @property
    def knock(self) -> dt.timedelta:
        """How often beat asks; every time but the first of a slot is answered with no."""
        return min(self.every, _KNOCK_AT_LEAST)

    @property
    def late_after(self) -> dt.timedelta:
        """How old the last success may be before somebody should look."""
        return self.every + min(max(self.every, _MINUTE), _HOUR)


JOBS: Final[Mapping[str, Job]] = MappingProxyType(
    {
        "relay-notifications": Job("messaging.notifications.relay", "Send emails", 5 * _SECOND),
        "make-daily-emails": Job("messaging.notifications.digests", "Make daily emails", _MINUTE),
        "track-responses": Job(
            "messaging.response.sweep", "Reminders, overdue answers, escalations and alarms", _MINUTE
        ),
        "tell-own-reminders": Job("messaging.reminding.tell", "Reminders that staff set for themselves", _MINUTE),
        "make-broadcasts": Job("messaging.broadcasts.make", "Send texts to many veterans", 5 * _SECOND),
        "file-record-notes": Job("messaging.health_record.relay", "File notes in the health record", 5 * _SECOND),
        "scan-files": Job("messaging.attachments.scan", "Have files scanned", 3 * _SECOND),
        "make-archives": Job("messaging.records.make_archives", "Make archives of all messages", 5 * _SECOND),
        "delete-archives": Job("messaging.records.delete_archives", "Delete archives after a day", 10 * _MINUTE),
        "seal-audit-trail": Job("smportal.audit.seal", "Seal the audit trail", 10 * _SECOND),
        "purge-searches": Job("messaging.search.purge", "Delete old searches", _HOUR, at=20 * _MINUTE),
        "purge-deleted-drafts": Job(
            "messaging.mailbox.purge_deleted_drafts",
            "Remove drafts deleted 30 days ago",
            _DAY,
            at=8 * _HOUR + 40 * _MINUTE,
        ),
        "purge-files": Job(
            "messaging.attachments.purge", "Remove files that were never sent", _DAY, at=8 * _HOUR + 40 * _MINUTE
        ),
        "clear-expired-sessions": Job(
            "accounts.clear_expired_sessions", "Delete ended sessions", _DAY, at=8 * _HOUR + 10 * _MINUTE
        ),
    }
)
NAME_OF_TASK: Final[Mapping[str, str]] = MappingProxyType({job.task: name for name, job in JOBS.items()})


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return Celery's schedule. A start that nobody took in time is dropped: the next one does its work."""
    return {
        name: {
            "task": job.task,
            "schedule": job.knock,
            "options": {"expires": int(max(10 * _SECOND, job.knock - 5 * _SECOND).total_seconds())},
        }
        for name, job in JOBS.items()
    }
