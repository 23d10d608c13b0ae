"""What a server that was killed leaves behind: processes at work that do not notice, and hold up the next server."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")


def end_orphans(data: Path) -> None:
    """Kill the processes of the server on this data folder, whose main process is dead. Linux only.

    One in the middle of a long query would go on for as long as that takes. Nothing it did counts any more: the next
    server recovers from what was written to disk.
    """
    for process in _left_behind(data):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _left_behind(data: Path) -> Iterator[int]:
    for folder in PROCESSES.glob("[0-9]*"):
        # Gone meanwhile, or somebody else's.
        with suppress(OSError):
            is_server = (folder / "comm").read_text(encoding="utf-8").strip() == "postgres"
            if is_server and (folder / "cwd").samefile(data):
                yield int(folder.name)
