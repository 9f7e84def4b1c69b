"""What a running stack tells about itself, and how the traces of a dead one are removed."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stack.errors import Trouble
from stack.home import Home
from stack.processes import kill_session, session_members, signal_if_there, stat_of
from stack.secrets import write_private

# Longer than the patience with every program in turn.
STOPPING_TAKES = 60.0


@dataclass(slots=True)
class PartState:
    """One program as the supervisor last saw it."""

    name: str
    state: str
    pid: int | None = None
    started: int | None = None
    port: int | None = None
    restarts: int = 0


@dataclass(slots=True)
class StackState:
    """The stack as its supervisor last wrote it down."""

    pid: int
    started: int
    url: str
    since: float
    ready: bool = False
    parts: list[PartState] = field(default_factory=list)
    answer: dict[str, object] | None = None

    def write(self, home: Home) -> None:
        write_private(home.state, json.dumps(asdict(self), indent=2) + "\n")


def read_state(home: Home) -> StackState | None:
    try:
        facts = json.loads(home.state.read_text(encoding="utf-8"))
        facts["parts"] = [PartState(**part) for part in facts["parts"]]
        return StackState(**facts)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, KeyError):
        raise Trouble(f"{home.state} is damaged: end what still runs by hand, then delete that file.") from None
    except PermissionError:
        raise Trouble(f"You may not read {home.state}: use the account that started the stack.") from None


def is_running(home: Home) -> bool:
    """A supervisor holds its home's lock for as long as it lives, however it dies."""
    try:
        descriptor = os.open(home.lock, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except PermissionError:
        raise Trouble(f"You may not use the home {home.folder}: choose another one with --home.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def holding(home: Home) -> Iterator[None]:
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(f"Another `up` is at work in {home.folder}: wait for it, or end it with `down`.") from None
        yield
    finally:
        os.close(descriptor)


def ask_to_stop(home: Home) -> None:
    """End a running stack and wait until nothing of it is left."""
    state = read_state(home)
    if state is None or not is_same(state.pid, state.started):
        raise Trouble(f"{home.folder} is in use by a stack that is only starting: try again.")
    signal_if_there(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPPING_TAKES
    while is_running(home):
        if time.monotonic() > deadline:
            signal_if_there(state.pid, signal.SIGKILL)
            break
        time.sleep(0.05)
    remove_leftovers(home)


def remove_leftovers(home: Home) -> int:
    """End what a dead supervisor left behind, and nothing that only has the same number."""
    state = read_state(home)
    if state is None:
        return 0
    ended = 0
    for part in state.parts:
        if part.pid is None or part.started is None:
            continue
        leader = stat_of(part.pid)
        # While any member of a session lives, its number is given to nobody else: either the
        # leader is the one we started, or it is gone and the members are ours, or none is left.
        if leader is None or leader.started == part.started:
            ended += len(session_members(part.pid))
            kill_session(part.pid)
    home.state.unlink(missing_ok=True)
    return ended


def is_same(pid: int, started: int) -> bool:
    facts = stat_of(pid)
    return facts is not None and facts.started == started and facts.state != "Z"


def log_files(home: Home) -> list[Path]:
    return sorted(home.logs.glob("*.log"))
