"""`status`: what runs, where, since when."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from stack.home import Home
from stack.processes import stat_of
from stack.state import PartState, is_running, read_state

NOT_RUNNING = 3


def status(home: Home, *, as_json: bool) -> int:
    state = read_state(home) if is_running(home) else None
    if state is None:
        if as_json:
            sys.stdout.write(json.dumps({"running": False, "home": str(home.folder)}) + "\n")
        else:
            sys.stdout.write(f"Nothing is running in {home.folder}.\n")
        return NOT_RUNNING
    if as_json:
        facts = {
            "running": True,
            "ready": state.ready,
            "home": str(home.folder),
            "url": state.url,
            "pid": state.pid,
            "since": time.strftime("%FT%TZ", time.gmtime(state.since)),
            "parts": [asdict(part) | {"rss": memory_of(part.pid)} for part in state.parts],
        }
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        rows = [row_of(part) for part in state.parts]
        head = f"{'up' if state.ready else 'starting'} at {state.url}, {since(state.since)}"
        sys.stdout.write(f"PeepoPay is {head}\n\n" + "".join(rows))
    return 0


def row_of(part: PartState) -> str:
    memory = memory_of(part.pid)
    shown = f"{memory // 1_000_000} MB" if memory is not None else ""
    restarts = f"started again {part.restarts} times" if part.restarts else ""
    place = str(part.port or "")
    row = f"  {part.name:<16}{part.state:<10}{place:<7}{part.pid or '':<9}{shown:>7}  {restarts}"
    return f"{row.rstrip()}\n"


def memory_of(pid: int | None) -> int | None:
    """Resident memory in bytes: the process alone, what it shares counted in full."""
    if pid is None or stat_of(pid) is None:
        return None
    try:
        with Path(f"/proc/{pid}/statm").open(encoding="ascii") as statm:
            return int(statm.read().split()[1]) * 4096
    except OSError:
        return None


def since(moment: float) -> str:
    seconds = int(time.time() - moment)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"for {count} {unit}{'s' if count > 1 else ''}"
    return "since just now"
