"""Keeps the parts of a stack running: in order, watched, restarted, and all gone at the end."""

import asyncio
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stack.errors import Trouble
from stack.home import Home
from stack.pauses import Pauses
from stack.plan import Part, stopping_order
from stack.processes import (
    descendants,
    kill_session,
    last_words,
    launch,
    signal_if_there,
    stat_of,
)
from stack.state import PartState, StackState

PR_SET_CHILD_SUBREAPER = 36

START_TAKES = 90.0
LOOK_EVERY = 5.0
# A process that has not answered for this long in a row is taken for dead.
SILENT_FOR = 60.0
PATIENCE_WITH_BEGINNERS = 2.0
LOG_GROWS_TO = 20 * 1024 * 1024

EVERYTHING = "the stack"
# What happened to which part: "starting", "ready", "died", "restarting", "stopped".
Listener = Callable[[str, str], None]


@dataclass(slots=True)
class Kept:
    """A part and the process that stands for it just now."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    pauses: Pauses = field(default_factory=Pauses)
    silent_since: float | None = None


class Supervisor:
    """Runs in the main thread of a process of its own, since the kernel ends the programs when
    the thread that started them is gone.
    """

    def __init__(self, home: Home, parts: Sequence[Part], url: str, tell: Listener) -> None:
        self._home = home
        self._kept = {part.name: Kept(part) for part in parts}
        self._tell = tell
        self._stopping = asyncio.Event()
        self._is_up = False
        self._zombies: set[int] = set()
        own = stat_of(os.getpid())
        self.state = StackState(
            pid=os.getpid(),
            started=own.started if own is not None else 0,
            url=url,
            since=time.time(),
            parts=[PartState(part.name, "waiting", port=part.program.port) for part in parts if not part.once],
        )

    async def run(self, when_up: Callable[[], dict[str, object]]) -> None:
        """Until told to stop. Raises Trouble, with everything ended, if it cannot come up."""
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGCHLD, self._notice_deaths)
        self.state.write(self._home)
        running: set[asyncio.Task[Any]] = {asyncio.create_task(self._keep(kept)) for kept in self._kept.values()}
        running.add(asyncio.create_task(self._look_after()))
        running.add(asyncio.create_task(self._announce(when_up)))
        told_to_stop = asyncio.create_task(self._stopping.wait())
        failures: list[BaseException] = []
        while not told_to_stop.done() and not failures:
            done, running = await asyncio.wait({*running, told_to_stop}, return_when=asyncio.FIRST_COMPLETED)
            running.discard(told_to_stop)
            failures = [error for task in done if (error := task.exception()) is not None]
        self._stopping.set()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._stop_all()
        if failures:
            raise failures[0]

    def stop(self) -> None:
        self._stopping.set()

    async def _announce(self, when_up: Callable[[], dict[str, object]]) -> None:
        for kept in self._kept.values():
            await kept.ready.wait()
        self._is_up = True
        # What follows talks to the stack over HTTP; the stack must not wait for it.
        self.state.answer = await asyncio.to_thread(when_up)
        self.state.ready = True
        self.state.write(self._home)
        self._tell(EVERYTHING, "ready")

    async def _keep(self, kept: Kept) -> None:
        part = kept.part
        for needed in part.after:
            await self._kept[needed].ready.wait()
        while not self._stopping.is_set():
            self._shows(kept, "starting")
            await asyncio.to_thread(part.prepare)
            self._begin(kept)
            if part.once:
                await self._finish_once(kept)
                return
            if await self._gets_ready(kept):
                kept.ready.set()
                self._shows(kept, "ready")
                await kept.ended.wait()
            elif not kept.ready.is_set() and not self._is_up:
                raise Trouble(
                    f"{part.name} did not start: {last_words(part.program.log)}. "
                    "`./peepopay doctor` looks for the reason."
                )
            self._shows(kept, "died")
            await self._end(kept, at_once=True)
            self._part_state(kept).restarts += 1
            await asyncio.sleep(kept.pauses.after(time.monotonic() - kept.born))

    def _begin(self, kept: Kept) -> None:
        trim(kept.part.program.log)
        kept.ended.clear()
        kept.silent_since = None
        kept.process = launch(kept.part.program)
        kept.born = time.monotonic()
        if not kept.part.once:
            facts = stat_of(kept.process.pid)
            seen = self._part_state(kept)
            seen.pid = kept.process.pid
            seen.started = facts.started if facts is not None else None
            self.state.write(self._home)

    async def _finish_once(self, kept: Kept) -> None:
        await kept.ended.wait()
        process = kept.process
        if process is None or process.returncode != 0:
            raise Trouble(f"{kept.part.name} failed: {last_words(kept.part.program.log)}")
        kept.ready.set()
        self._shows(kept, "ready")

    async def _gets_ready(self, kept: Kept) -> bool:
        program, process = kept.part.program, kept.process
        # At first all that a program stands on must be there. Later it may be away for a while,
        # and starting the program again would not bring it back.
        is_ready = program.alive if self._is_up and program.alive is not None else program.ready
        deadline = time.monotonic() + START_TAKES
        while process is not None and not kept.ended.is_set() and time.monotonic() < deadline:
            if await asyncio.to_thread(is_ready, process.pid):
                return not kept.ended.is_set()
            await asyncio.sleep(0.05)
        return False

    def _notice_deaths(self) -> None:
        for kept in self._kept.values():
            if kept.process is not None and kept.process.poll() is not None:
                kept.ended.set()

    async def _look_after(self) -> None:
        """What nobody reports: programs that hang, logs that grow, orphans that ended."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self._bury_orphans()
            for kept in self._kept.values():
                trim(kept.part.program.log)
                if kept.ready.is_set() and not kept.part.once and not kept.ended.is_set():
                    await self._listen_to(kept)

    async def _listen_to(self, kept: Kept) -> None:
        program, process = kept.part.program, kept.process
        if program.alive is None or process is None:
            return
        if await asyncio.to_thread(program.alive, process.pid):
            kept.silent_since = None
            return
        now = time.monotonic()
        kept.silent_since = kept.silent_since or now
        if now - kept.silent_since >= SILENT_FOR and kept.process is process:
            process.kill()

    def _bury_orphans(self) -> None:
        """Processes whose parent died come to us. One found dead twice is nobody's else."""
        own = {kept.process.pid for kept in self._kept.values() if kept.process is not None}
        dead = {
            pid for pid in children_of(os.getpid()) - own if (facts := stat_of(pid)) is not None and facts.state == "Z"
        }
        for pid in dead & self._zombies:
            os.waitpid(pid, os.WNOHANG)
        self._zombies = dead

    async def _stop_all(self) -> None:
        for group in stopping_order([kept.part for kept in self._kept.values()]):
            await asyncio.gather(*(self._end(self._kept[part.name]) for part in group))
        for pid in descendants(os.getpid()):
            signal_if_there(pid, signal.SIGKILL)
        self._home.state.unlink(missing_ok=True)

    async def _end(self, kept: Kept, *, at_once: bool = False) -> None:
        process, program = kept.process, kept.part.program
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGKILL if at_once else program.farewell)
            # What is still starting has nothing to finish, and may not even listen yet.
            patience = program.patience if kept.ready.is_set() else PATIENCE_WITH_BEGINNERS
            try:
                await asyncio.wait_for(kept.ended.wait(), patience)
            except TimeoutError:
                process.kill()
                await kept.ended.wait()
        # Whatever it left in its session: Erlang's and PostgreSQL's helpers.
        await asyncio.to_thread(kill_session, process.pid)
        kept.process = None

    def _shows(self, kept: Kept, state: str) -> None:
        if not kept.part.once:
            self._part_state(kept).state = state
            self.state.write(self._home)
        self._tell(kept.part.name, state)

    def _part_state(self, kept: Kept) -> PartState:
        return next(seen for seen in self.state.parts if seen.name == kept.part.name)


def children_of(pid: int) -> set[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return {int(child) for child in listed.split()}


def trim(log: Path) -> None:
    """A log that has grown large keeps its older half beside it, and starts anew."""
    try:
        if log.stat().st_size <= LOG_GROWS_TO:
            return
    except FileNotFoundError:
        return
    # The program holds the file open for appending, so it is emptied and not renamed.
    older = log.with_suffix(".log.1")
    older.write_bytes(log.read_bytes())
    os.truncate(log, 0)
