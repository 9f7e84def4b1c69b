"""`check`: style, types and walls, each with one line, and its words where it fails."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from stack import browser
from stack.home import ROOT
from stack.install import say

BIN = Path(sys.prefix) / "bin"
PYTHON_CODE = ("stack", "services", "tests", "bench")


def check() -> int:
    python = [name for name in PYTHON_CODE if (ROOT / name).is_dir()]
    steps: list[tuple[str, Sequence[str]]] = [
        ("ruff check", [str(BIN / "ruff"), "check", "--quiet", "--output-format", "concise", "."]),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        ("mypy", [sys.executable, "-m", "mypy", "--no-error-summary", "--explicit-package-bases", *python]),
        ("import walls", [sys.executable, "-c", WALLS, "--no-cache"]),
    ]
    environment = dict(os.environ)
    if (ROOT / "package.json").is_file():
        node = browser.prepared(say)
        environment = node.environment
        steps.append(("biome and tsc", node.command("run", "--silent", "check")))
    outcomes = [run(name, command, environment) for name, command in steps]
    return 0 if all(outcomes) else 1


# The command's own script names the folder where the environment was made, which may have moved.
WALLS = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"


def run(name: str, command: Sequence[str], environment: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    is_well = done.returncode == 0
    seconds = time.monotonic() - began
    sys.stdout.write(f"  {'ok  ' if is_well else 'BAD '}{name:<14}{seconds:5.1f} s\n")
    if not is_well:
        sys.stdout.write(f"{done.stdout}{done.stderr}\n")
    sys.stdout.flush()
    return is_well
