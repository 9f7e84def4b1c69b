"""Debian and Ubuntu packages: installed when we are root, only unpacked when we are not."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stack.errors import Trouble

# Debian starts a package's service as soon as it is installed, unless this file forbids it.
SERVICE_POLICY = Path("/usr/sbin/policy-rc.d")


def is_debian() -> bool:
    return shutil.which("apt-get") is not None and shutil.which("dpkg-deb") is not None


def install(*packages: str) -> None:
    """Install packages for the whole machine without starting their services."""
    with services_kept_down():
        wanted = ("-y", "-o", "DPkg::Lock::Timeout=120", "install", "--no-install-recommends", *packages)
        done = run_apt(*wanted)
        if done.returncode:
            # The lists may be missing (fresh images ship without) or out of date.
            run_apt("update")
            done = run_apt(*wanted)
    if done.returncode:
        raise Trouble(f"apt-get could not install {' '.join(packages)}: {reason(done.stderr)}")


@contextmanager
def services_kept_down() -> Iterator[None]:
    if SERVICE_POLICY.exists():
        yield
        return
    SERVICE_POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    SERVICE_POLICY.chmod(0o755)
    try:
        yield
    finally:
        SERVICE_POLICY.unlink(missing_ok=True)


def keep_down_after_boot(*units: str) -> None:
    """What was installed for us alone is not to run by itself from the next boot on."""
    if Path("/run/systemd/system").is_dir():
        # A unit that the package does not have is no matter.
        subprocess.run(["systemctl", "disable", *units], check=False, capture_output=True)


def unpack(package: str, into: Path, *, with_dependencies: bool) -> None:
    """Fetch a package, and what it needs that the machine lacks, and unpack it into a folder."""
    with tempfile.TemporaryDirectory(prefix="peepopay-apt-") as folder:
        downloads = Path(folder)
        options = lists_options(package, downloads)
        wanted = missing_packages(package, options) if with_dependencies else [package]
        done = run_apt(*options, "download", *wanted, cwd=downloads)
        if done.returncode != 0:
            raise Trouble(f"apt-get could not fetch {package}: {reason(done.stderr)}")
        into.mkdir(parents=True, exist_ok=True)
        for archive in sorted(downloads.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", archive, into], check=True)


def lists_options(package: str, scratch: Path) -> list[str]:
    """Options under which apt knows the archive: none, or lists of our own fetched just now."""
    if run_apt("download", "--print-uris", package, cwd=scratch).returncode == 0:
        return []
    (scratch / "lists" / "partial").mkdir(parents=True)
    (scratch / "cache" / "archives" / "partial").mkdir(parents=True)
    options = [
        "-o",
        f"Dir::State::Lists={scratch / 'lists'}",
        "-o",
        f"Dir::Cache={scratch / 'cache'}",
    ]
    done = run_apt(*options, "update")
    if done.returncode != 0:
        raise Trouble(f"apt-get could not fetch its package lists: {reason(done.stderr)}")
    return options


def missing_packages(package: str, options: Sequence[str]) -> list[str]:
    done = run_apt(*options, "install", "--simulate", "--no-install-recommends", package)
    if done.returncode != 0:
        raise Trouble(f"apt-get knows no way to {package}: {reason(done.stderr)}")
    listed = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("Inst ")]
    return sorted({package, *listed})


def run_apt(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-q", *args],
        cwd=cwd,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def reason(said: str) -> str:
    """The first error in what apt said; its warnings explain nothing."""
    errors = [line.removeprefix("E: ") for line in said.splitlines() if line.startswith("E: ")]
    return errors[0] if errors else (said.strip().splitlines() or ["it gave no reason"])[-1]
