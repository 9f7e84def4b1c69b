"""Makes `uv.lock` anew. The file names no package index: hosts give way to neutral names."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from stack.errors import Trouble
from stack.install import LOCK, ROOT, TOOLS, index_settings, install_uv

INDEX = "https://packages.invalid/simple"
FILES = "https://files.packages.invalid"


def neutral(lock: str) -> str:
    """The same versions and hashes from nowhere in particular."""
    lock = re.sub(r'registry = "[^"]*"', f'registry = "{INDEX}"', lock)
    return re.sub(r'url = "[a-z]+://[^/"]*', f'url = "{FILES}', lock)


def relock(*, upgrade: bool = False) -> None:
    install_uv()
    with tempfile.TemporaryDirectory(prefix="peepopay-lock-") as folder:
        copy = Path(folder)
        for name in ("pyproject.toml", "README.md", "uv.lock"):
            if (ROOT / name).exists():
                shutil.copy(ROOT / name, copy / name)
        options = ["--upgrade"] if upgrade else []
        done = subprocess.run(
            [TOOLS / "bin" / "uv", "lock", "--quiet", *options],
            cwd=copy,
            env={**os.environ, **index_settings(extra=False)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Trouble(f"uv could not lock: {done.stderr.strip()}")
        LOCK.write_text(neutral((copy / "uv.lock").read_text(encoding="utf-8")), encoding="utf-8")
