"""Commands that are another program's: this process becomes that program."""

import os
import shutil
import sys
from collections.abc import Sequence

from stack import debian
from stack.errors import Trouble
from stack.home import ROOT
from stack.install import say


def become(module: str, *arguments: str) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-m", module, *arguments]
    os.execv(command[0], command)  # noqa: S606, no shell and no search on the PATH is meant


def run_tests(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    if (ROOT / "tests" / "browser").is_dir() and not arguments:
        ensure_chromium()
    return become("pytest", *arguments)


def ensure_chromium() -> None:
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if not (os.geteuid() == 0 and debian.is_debian()):
        raise Trouble(
            "The browser tests need Chromium: install it (on Debian and Ubuntu: "
            "apt-get install chromium), or name other tests."
        )
    say("Installing chromium with apt-get, for the browser tests")
    debian.install("chromium")
