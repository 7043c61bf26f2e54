"""A task of the schedule: whoever starts it, it does its work once in each slot."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import Task, shared_task
from django.db import DatabaseError

from smportal.jobs.models import Outcome
from smportal.jobs.schedule import NAME_OF_TASK
from smportal.jobs.slots import claim, end

Work = Callable[[], int | None]


def scheduled(task: str) -> Callable[[Work], Any]:
    """Make a Celery task of a function that returns how many things it dealt with (None: not counted).

    `task` is its name in the schedule. Raises KeyError for one that is not there.
    """
    name = NAME_OF_TASK[task]

    def decorate(work: Work) -> Any:
        def start(self: Task[Any, Any]) -> None:
            # The broker's id: what it gives back after a worker was killed is known as the same run.
            run(name, uuid.UUID(self.request.id) if self.request.id else uuid.uuid4(), work)

        start.__doc__ = work.__doc__
        return shared_task(name=task, bind=True)(start)

    return decorate


def run(name: str, run_id: uuid.UUID, work: Work) -> bool:
    """Do the work if its slot is to be had, and note how it ended; return whether it was. Raises what the work does."""
    if claim(name, run_id) is None:
        return False
    began = time.monotonic()
    try:
        count = work()
    except Exception as error:
        # With the database away nothing can be noted; the work's own error says more.
        with suppress(DatabaseError):
            end(name, run_id, Outcome.FAILED, seconds=time.monotonic() - began, error=type(error).__name__)
        raise
    end(name, run_id, Outcome.DONE, seconds=time.monotonic() - began, count=count)
    return True
