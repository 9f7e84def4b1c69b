"""Makes `.venv` from `uv.lock`. Runs on a bare Python, before anything is installed."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from stack import debian
from stack.errors import Trouble

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "uv.lock"
# uv reads the lock file, and lives beside the environment's packages, not among them.
UV = "uv==0.13.9"
TOOLS = VENV / "tools"

GROUPS = ("stack", "dev", "node")
ROOM_NEEDED = 2_500 * 1024 * 1024


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def stamp(group: str) -> Path:
    return VENV / f"installed-{group}"


def fingerprint() -> str:
    """What `sha256sum <uv.lock` prints, which is how the bootstrap compares."""
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()}  -\n"


def is_installed(group: str) -> bool:
    return PYTHON.exists() and stamp(group).is_file() and stamp(group).read_text(encoding="ascii") == fingerprint()


def install(group: str) -> None:
    """Everything that a group needs, at the versions and hashes of the lock file."""
    if not LOCK.is_file():
        raise Trouble(f"{LOCK} is missing: get it back with `git checkout uv.lock`.")
    with alone():
        if is_installed(group):
            return
        check_room()
        make_environment()
        groups = [name for name in GROUPS if name == group or stamp(name).is_file()]
        groups = sorted({"stack", *groups}, key=GROUPS.index)
        for name in GROUPS:
            # An installation that is cut off must not look like one that was finished.
            if name in groups and stamp(name).is_file():
                stamp(name).write_text("unfinished\n", encoding="ascii")
        install_uv()
        say(f"Installing what uv.lock lists ({', '.join(groups)})")
        install_locked(groups)
        for name in groups:
            stamp(name).write_text(fingerprint(), encoding="ascii")


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One installation at a time; a second one waits and then finds everything done."""
    try:
        VENV.mkdir(exist_ok=True)
        descriptor = os.open(VENV / ".installing", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Trouble(
            f"The environment {VENV} cannot be written ({error.strerror}): "
            "make the folder yours, or use a clone of your own."
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another installation to end")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_room() -> None:
    room = shutil.disk_usage(VENV).free
    if room < ROOM_NEEDED and not any(stamp(name).exists() for name in GROUPS):
        raise Trouble(
            f"There are only {room // 1_000_000} MB free at {ROOT}, and the installation "
            f"takes {ROOM_NEEDED // 1_000_000} MB: make room first."
        )


def make_environment() -> None:
    if works(PYTHON):
        return
    say("Making a Python environment in .venv")
    for entry in VENV.iterdir():
        if entry.name == ".installing":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    # Debian leaves ensurepip out of Python, so the environment is made without it.
    run([sys.executable, "-m", "venv", "--without-pip", str(VENV)], "The environment failed")


def works(python: Path) -> bool:
    if not python.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0


def install_uv() -> None:
    if installed_uv() is not None:
        return
    say(f"Fetching {UV}")
    pip = pip_command()
    shutil.rmtree(TOOLS, ignore_errors=True)
    run(
        [*pip, "install", "--quiet", "--no-input", "--disable-pip-version-check",
         "--target", str(TOOLS), "--no-deps", UV],
        f"pip could not install {UV}; is there a way to the package index?",
    )  # fmt: skip


def installed_uv() -> Path | None:
    version = UV.partition("==")[2]
    there = (TOOLS / f"uv-{version}.dist-info").is_dir()
    return TOOLS / "bin" / "uv" if there else None


def pip_command() -> list[str]:
    """pip from wherever there is one: a module, Python's bundled wheel, Debian's wheel."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    wheel = bundled_pip() or debian_pip()
    return [sys.executable, str(wheel / "pip")]


def bundled_pip() -> Path | None:
    spec = importlib.util.find_spec("ensurepip")
    folders = [Path("/usr/share/python-wheels")]
    if spec is not None and spec.origin is not None:
        folders.append(Path(spec.origin).parent / "_bundled")
    return next((wheel for folder in folders for wheel in folder.glob("pip-*.whl")), None)


def debian_pip() -> Path:
    cache = VENV / "pip-wheel"
    if not debian.is_debian():
        raise Trouble("There is no pip on this machine: install Python with pip.")
    say("Fetching pip's wheel with apt-get, into .venv only")
    debian.unpack("python3-pip-whl", cache, with_dependencies=False)
    wheel = next(cache.glob("usr/share/python-wheels/pip-*.whl"), None)
    if wheel is None:
        raise Trouble("There is no pip on this machine: install the package python3-pip.")
    return wheel


def install_locked(groups: Sequence[str]) -> None:
    uv = str(TOOLS / "bin" / "uv")
    requirements = VENV / "requirements.txt"
    environment = {**os.environ, **index_settings(extra=True), "VIRTUAL_ENV": str(VENV)}
    wanted = [option for group in groups for option in ("--group", group)]
    run(
        [uv, "export", "--quiet", "--frozen", "--no-emit-project", "--no-default-groups", *wanted,
         "--format", "requirements-txt", "--python", str(PYTHON), "--output-file",
         str(requirements)],
        "pyproject.toml or uv.lock cannot be read: get them back with `git checkout pyproject.toml uv.lock`",
        env=environment,
    )  # fmt: skip
    run(
        [uv, "pip", "install", "--quiet", "--python", str(PYTHON), "--require-hashes",
         "--compile-bytecode", "--requirement", str(requirements)],
        "The packages of uv.lock could not be installed; is there a way to the package index?",
        env=environment,
    )  # fmt: skip
    run(
        [str(PYTHON), "-m", "compileall", "-q", str(ROOT / "stack"), str(ROOT / "services")],
        "The program cannot be compiled",
    )


def index_settings(*, extra: bool) -> dict[str, str]:
    """uv reads no pip settings, so what the machine tells pip is told to uv as well."""
    settings: dict[str, str] = {}
    told: dict[str, str | None]
    listed = subprocess.run([*pip_command(), "config", "list"], capture_output=True, text=True, check=False)
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        # `:env:.index-url` comes last and wins, as it does for pip itself.
        settings[key.rpartition(".")[2]] = value.strip("'\"")
    told = {
        "UV_DEFAULT_INDEX": settings.get("index-url"),
        "SSL_CERT_FILE": settings.get("cert"),
        "UV_HTTP_TIMEOUT": settings.get("default-timeout"),
    }
    if extra and settings.get("extra-index-url"):
        # pip holds all indexes for equal. The hashes in the lock file keep that safe.
        told |= {
            "UV_INDEX": settings["extra-index-url"],
            "UV_INDEX_STRATEGY": "unsafe-best-match",
        }
    return {name: value for name, value in told.items() if value and name not in os.environ}


def run(command: Sequence[str], failed: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Trouble(f"{failed} ({said[-1].strip() if said else 'no reason given'}).")


def main() -> int:
    try:
        install(sys.argv[1] if len(sys.argv) > 1 else "stack")
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("Stopped. The installation goes on where it was at the next start.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
