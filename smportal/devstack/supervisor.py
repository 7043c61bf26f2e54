"""Starts the stack's processes and makes sure that none outlives the one that started them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from smportal.devstack import watchdog


class StackError(Exception):
    """The stack cannot start or go on; the text is one line for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process of the stack: a row in the table that the launcher starts from top to bottom."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    ready: Callable[[], bool] | None = None
    # Long on purpose: a busy machine is slow, and a process that died is noticed at once.
    ready_seconds: float = 120.0
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True)
class Running:
    """A started service with its process and the file that holds what it said."""

    service: Service
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self, lines: int = 15) -> str:
        """Return the end of the log, for the message that says why it ended."""
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(text[-lines:])


@dataclass
class Supervisor:
    """Starts services, watches them, and ends them in reverse order.

    Use it as a context manager. Each service is the leader of a session of its own, so that
    Ctrl-C in the terminal reaches the launcher only and the end stays orderly.
    """

    log_dir: Path
    running: list[Running] = field(default_factory=list)
    _watchdog: "subprocess.Popen[bytes] | None" = None

    def __enter__(self) -> Self:
        """Start the watchdog first: from here on nothing can be orphaned."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self._watchdog = subprocess.Popen(
            [sys.executable, "-S", "-E", str(Path(watchdog.__file__))],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything, whatever happened."""
        self.stop()

    def start(self, service: Service) -> Running:
        """Start one service and wait until it is ready.

        Raises StackError when it ends or is not ready in time, with the end of its log.
        """
        dog = self._watchdog
        if dog is None or dog.stdin is None:
            msg = "The supervisor was not entered."
            raise StackError(msg)
        pipe, signum = dog.stdin.fileno(), int(service.stop_signal)

        def register() -> None:
            # In the child, before exec: a launcher killed at this very moment leaves nothing.
            os.write(pipe, b"+%d %d\n" % (os.getpid(), signum))

        log = self.log_dir / f"{service.name}.log"
        with log.open("ab") as output:
            log.chmod(0o600)
            process = subprocess.Popen(
                list(service.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=None if service.environment is None else dict(service.environment),
                start_new_session=True,
                preexec_fn=register,  # noqa: PLW1509 - the launcher has one thread
            )
        started = Running(service, process, log)
        self.running.append(started)
        self._wait_ready(started)
        return started

    def _wait_ready(self, started: Running) -> None:
        service = started.service
        if service.ready is None:
            return
        deadline = time.monotonic() + service.ready_seconds
        while not service.ready():
            if started.process.poll() is not None:
                msg = f"{service.name} ended while starting. It said:\n{started.last_words()}"
                raise StackError(msg)
            if time.monotonic() > deadline:
                msg = f"{service.name} was not ready in {service.ready_seconds:.0f} seconds; see {started.log}"
                raise StackError(msg)
            time.sleep(0.02)

    def ended(self) -> Running | None:
        """Return a service that ended by itself, if there is one."""
        return next((one for one in self.running if one.process.poll() is not None), None)

    def stop(self) -> None:
        """End the services, youngest first, then the watchdog."""
        while self.running:
            self._stop_one(self.running.pop())
        dog, self._watchdog = self._watchdog, None
        if dog is not None and dog.stdin is not None:
            dog.stdin.close()
            dog.wait()

    def _stop_one(self, one: Running) -> None:
        pid = one.process.pid
        if one.process.poll() is None:
            watchdog.send(pid, one.service.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.process.wait(watchdog.GRACE_SECONDS)
        # Also when it went in good order: its own children may have stayed.
        watchdog.send(pid, signal.SIGKILL, group=True)
        one.process.wait()
        if self._watchdog is not None and self._watchdog.stdin is not None:
            try:
                self._watchdog.stdin.write(b"-%d\n" % pid)
            except BrokenPipeError:
                return
