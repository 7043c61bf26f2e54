"""Ends the launcher's processes when the launcher is gone, however it went.

Run as a script with the read end of a pipe as standard input. The launcher's children write
``+PID SIGNAL`` to the pipe before they exec; the launcher writes ``-PID`` when it has reaped one.
End of file means that nobody holds the other end any more: the launcher is dead, perhaps by
SIGKILL. ``PR_SET_PDEATHSIG`` would be simpler, but entering a user namespace clears it.

Standard library only, and started with ``-S -E``: it must cost next to nothing.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 8.0


def is_alive(pid: int) -> bool:
    """Say whether the process still runs; a zombie that nobody reaps does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib costs as much as all the rest
            return stat.read().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return sys.platform != "linux"


def send(pid: int, signum: int, *, group: bool = False) -> None:
    """Signal a process, or its group; one that is gone is what we wanted."""
    try:
        (os.killpg if group else os.kill)(pid, signum)
    except OSError:
        return


def end(processes: dict[int, int], grace: float = GRACE_SECONDS) -> None:
    """Ask each process, youngest first, with its own signal; then kill the groups that stay."""
    for pid, signum in reversed(processes.items()):
        send(pid, signum)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and any(is_alive(pid) for pid in processes):
        time.sleep(0.05)
    for pid in processes:
        send(pid, signal.SIGKILL, group=True)


def main() -> None:
    """Keep the list up to date until the pipe closes, then end what is still on it."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    processes: dict[int, int] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            pid, signum = line[1:].split()
            processes[int(pid)] = int(signum)
        else:
            processes.pop(int(line[1:]), None)
    end(processes)


if __name__ == "__main__":
    main()
