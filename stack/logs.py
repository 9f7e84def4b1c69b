"""`logs`: what the programs of a stack say, one of them or all."""

import sys
import time
from collections import deque
from pathlib import Path
from typing import BinaryIO

from stack.errors import Trouble
from stack.home import Home
from stack.state import log_files

LINES_SHOWN = 200
# For many at once: a few each, or the first would push the others off the screen.
LINES_SHOWN_OF_EACH = 20
LOOK_EVERY = 0.2


def logs(home: Home, service: str | None, *, follow: bool) -> int:
    files = log_files(home)
    if not files:
        raise Trouble(f"There are no logs in {home.folder}: start the stack with `up` first.")
    if service is not None:
        files = [file for file in files if file.stem == service]
        if not files:
            names = ", ".join(file.stem for file in log_files(home))
            raise Trouble(f"There is no log of `{service}`: there are {names}.")
    width = max(len(file.stem) for file in files) if len(files) > 1 else 0
    shown = LINES_SHOWN_OF_EACH if width else LINES_SHOWN
    opened = [(file, file.open("rb")) for file in files]
    for file, stream in opened:
        for line in deque(stream, maxlen=shown):
            write(file, line, width)
    while follow:
        for file, stream in opened:
            catch_up(file, stream, width)
        sys.stdout.flush()
        time.sleep(LOOK_EVERY)
    return 0


def catch_up(file: Path, stream: BinaryIO, width: int) -> None:
    if file.stat().st_size < stream.tell():
        # It was emptied because it had grown large.
        stream.seek(0)
    while line := stream.readline():
        write(file, line, width)


def write(file: Path, line: bytes, width: int) -> None:
    text = line.decode(errors="replace").rstrip("\n")
    sys.stdout.write(f"{file.stem:<{width}}  {text}\n" if width else f"{text}\n")
