"""Processes: what to run, how to start it so that it never outlives us, how to end it."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import Trouble

# A probe answers at once whether a program is ready. It gets the program's process id.
Probe = Callable[[int], bool]

PROBE_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class Account:
    """The user that a program runs as, and what it may do beyond that user's rights."""

    uid: int
    gid: int
    capability: str | None = None

    def options(self) -> list[str]:
        options = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        if self.capability is not None:
            only = f"-all,+{self.capability}"
            options += [
                # Without this, access(2) asks what the user may do without the capability.
                "--securebits=+no_setuid_fixup",
                f"--inh-caps={only}",
                f"--bounding-set={only}",
                f"--ambient-caps=+{self.capability}",
            ]
        return options


@dataclass(frozen=True, slots=True)
class Program:
    """One process that the stack keeps running."""

    name: str
    argv: Sequence[str]
    log: Path
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    ready: Probe = lambda _pid: True
    alive: Probe | None = None
    port: int | None = None
    # Asked to stop with this signal; ended with SIGKILL when the patience (in seconds) runs out.
    farewell: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    # How far others come first where there is not enough of the processor for all.
    nicer: int = 0
    # Sent by the kernel when whoever started the program is gone.
    orphaned: signal.Signals = signal.SIGKILL


def as_launched(argv: Sequence[str], orphaned: signal.Signals, account: Account | None = None) -> list[str]:
    """The command that gives up rights first and ties the process's life to ours last."""
    setpriv = shutil.which("setpriv", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin")
    if setpriv is None:
        raise Trouble("`setpriv` is missing: install the package util-linux.")
    options = account.options() if account is not None else []
    name = orphaned.name.removeprefix("SIG")
    return [setpriv, *options, f"--pdeathsig={name}", "--", *argv]


def launch(program: Program) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own. Call it from a thread that lives on:
    the kernel ends the program when the thread that started it ends.
    """
    program.log.parent.mkdir(parents=True, exist_ok=True)
    argv = ["nice", f"--adjustment={program.nicer}", *program.argv] if program.nicer else program.argv
    with program.log.open("ab") as log:
        return subprocess.Popen(
            as_launched(argv, program.orphaned, program.account),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=program.cwd,
            env=dict(program.env),
            start_new_session=True,
        )


def wait_until_ready(program: Program, process: subprocess.Popen[bytes], *, within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while True:
        if process.poll() is not None:
            raise Trouble(f"{program.name} ended while starting: {last_words(program.log)}")
        if program.ready(process.pid):
            return
        if time.monotonic() > deadline:
            raise Trouble(f"{program.name} did not get ready within {within:.0f} s.")
        time.sleep(0.02)


def end(program: Program, process: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """Ask, wait, insist; whatever the process left in its session goes as well."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL if at_once else program.farewell)
        try:
            process.wait(program.patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    kill_session(process.pid)


def session_members(session: int) -> list[int]:
    """The processes of a session that are alive."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            facts = stat_of(int(entry.name))
            if facts is not None and facts.session == session and facts.state != "Z":
                members.append(int(entry.name))
    return members


def kill_session(session: int) -> None:
    for pid in session_members(session):
        signal_if_there(pid, signal.SIGKILL)


def signal_if_there(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Stat:
    """What /proc tells of a process. A process id together with its start is unique."""

    state: str
    parent: int
    session: int
    started: int


def stat_of(pid: int) -> Stat | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # The second field is the program's name in parentheses and may hold anything.
    fields = text.rpartition(")")[2].split()
    return Stat(state=fields[0], parent=int(fields[1]), session=int(fields[3]), started=int(fields[19]))


def descendants(ancestor: int) -> list[int]:
    """All living processes below one, however deep."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            facts = stat_of(int(entry.name))
            if facts is not None:
                children.setdefault(facts.parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def last_words(log: Path) -> str:
    """The last line of a log that says something, for a sentence about what went wrong."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        lines = []
    said = [line.strip() for line in lines if line.strip()]
    told = said[-1][:300] if said else "it said nothing"
    return f"{told} (log: {log})"


def accepts(port: int) -> Probe:
    def probe(_pid: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PROBE_TIMEOUT):
                return True
        except OSError:
            return False

    return probe


def answers(port: int, path: str) -> Probe:
    """Ready when a GET is answered with 200."""

    def probe(_pid: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_TIMEOUT)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return probe
