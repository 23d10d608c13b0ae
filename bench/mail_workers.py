"""A worker that waits for its turn: `python -m bench.mail_workers WAY`; it works once for each line of its input.

Its answer to each is a line with the most memory it ever had, in kB.
"""

import os
import sys
from pathlib import Path

import django
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")


def dispatch() -> None:
    """Send what is planned, as the queue's worker does."""
    from campaigns.pipeline.dispatch import dispatch_due  # Django is ready only now  # noqa: PLC0415

    dispatch_due()


def post_office() -> None:
    """Send what django-post_office has queued, with as many processes as there are cores."""
    from post_office.mail import get_queued, send_queued  # noqa: PLC0415

    while get_queued().exists():
        send_queued(processes=os.cpu_count() or 1)
        connection.close()  # its processes were forked from this one


def most_memory() -> int:
    """Return the most memory this process ever had, in kB; `getrusage` counts that of the process it came from too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


WAYS = {"dispatch": dispatch, "post_office": post_office}

if __name__ == "__main__":
    django.setup()
    print("ready", flush=True)
    for _line in sys.stdin:
        WAYS[sys.argv[1]]()
        print(most_memory(), flush=True)
