"""What beat starts, a worker knows: a task that is not found is refused, and its work silently never done."""

import json
import subprocess
import sys

KNOWN = """
import json
from django.conf import settings
from smportal.celery import app
app.loader.import_default_modules()
print(json.dumps(sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(app.tasks))))
"""


def test_every_task_of_the_schedule_is_found_by_a_worker_that_has_just_started() -> None:
    # In a process of its own: here, other tests have imported the tasks already.
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", KNOWN], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []
