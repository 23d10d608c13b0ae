"""Operating-system processes: who belongs together, and how to be sure that they end together."""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
ON_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None) if ON_LINUX else None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends. Linux only; elsewhere it does nothing."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def let_children_die_with_us() -> None:
    """Have every process forked from here on end when its parent does.

    Killing the main process of a queue cluster leaves its others at work; this closes that hole.
    """
    os.register_at_fork(after_in_child=die_with_parent)


def kill_session(leader: int) -> None:
    """Kill the session that `leader` leads, and those of its members that made process groups of their own.

    Returns when all are gone, or after five seconds.
    """
    if not ON_LINUX:
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
        return
    deadline = time.monotonic() + 5
    while (members := _members(leader)) and time.monotonic() < deadline:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def identity(pid: int) -> dict[str, int | str]:
    """Return what tells this process from a later one with the same number."""
    stat = _stat(pid)
    return {"pid": pid, "started": stat[19] if stat else "", "boot": _boot()}


def is_same(recorded: dict[str, int | str]) -> bool:
    """Return whether members of the recorded session still live."""
    if recorded["boot"] != _boot():
        return False
    pid = int(recorded["pid"])
    stat = _stat(pid)
    # While members live, the kernel gives their session's number to nobody else.
    return stat[19] == recorded["started"] if stat else bool(_members(pid))


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip() if ON_LINUX else ""


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, from "state" on; empty for no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _members(session: int) -> list[int]:
    numbers = [int(name) for name in os.listdir("/proc") if name.isdecimal()] if ON_LINUX else []
    return [pid for pid in numbers if (stat := _stat(pid)) and int(stat[3]) == session and stat[0] != "Z"]
