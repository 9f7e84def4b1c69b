"""Work on strangers' bytes in a process of its own: what hangs, swells or breaks there ends there.

That process knows no secret and has no connection, and is given only so much time and memory.
"""

import asyncio
import logging
import math
import os
import resource
import signal
import sys
from asyncio import AbstractEventLoop, StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias
from weakref import WeakKeyDictionary, WeakValueDictionary

Work: TypeAlias = Callable[[bytes], bytes]

LARGEST_ANSWER: Final = 16_000_000
_AT_ONCE: Final = 2
_ROOT: Final = Path(__file__).resolve().parents[2]
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}
# Whoever waits for an answer comes first.
_NICER: Final = 5
_FILES: Final = 64
# After what is read, written and reported.
_FIRST_OWN: Final = 3
_CHUNK: Final = 65_536
_LONGEST_REPORT: Final = 1_000
_TOO_MUCH: Final = 3
_BROKE: Final = 4
_ENDED_BY_LIMITS: Final = frozenset({_TOO_MUCH, -signal.SIGKILL, -signal.SIGXCPU})

_log = logging.getLogger(__name__)


class NotDone(Exception):  # noqa: N818 - named by what happened
    """It took too long, or too much memory, or it broke."""


async def run(work: Work, payload: bytes, *, of: str, seconds: float, megabytes: int) -> bytes:
    """What the function, which stands at the top of its module, makes of these bytes; or NotDone.

    Few run at once, in the order they came, and `of` one asker never more than one: the others need not wait for all
    that somebody sends. Waiting for one's turn is no part of the `seconds`.
    """
    async with _turns().turn(of):
        return await _run(f"{work.__module__}:{work.__qualname__}", payload, seconds, megabytes)


class _Turns:
    """Who may go next."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._askers: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, asker: str) -> AsyncIterator[None]:
        own = self._askers.get(asker)
        if own is None:
            own = self._askers[asker] = asyncio.Lock()
        async with own, self._places:
            yield


_turns_by_loop: Final[WeakKeyDictionary[AbstractEventLoop, _Turns]] = WeakKeyDictionary()


def _turns() -> _Turns:
    return _turns_by_loop.setdefault(asyncio.get_running_loop(), _Turns())


async def _run(target: str, payload: bytes, seconds: float, megabytes: int) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", "services.kernel.apart", target, str(seconds), str(megabytes),
        stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=_ROOT, env=_ENVIRONMENT, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            answer, report = await _talk(process, payload)
    except TimeoutError as error:
        raise NotDone("it took too long") from error
    finally:
        if process.returncode is None:
            _kill(process)
            await process.wait()
    if process.returncode == 0:
        return answer
    if process.returncode not in _ENDED_BY_LIMITS:
        _log.error(
            "work in a process apart broke",
            extra={"work": target, "exit": process.returncode, "report": report.decode(errors="replace")},
        )
        raise NotDone("it broke")
    raise NotDone("it took too much")


async def _talk(process: Process, payload: bytes) -> tuple[bytes, bytes]:
    """What it answers, and what it reports of a failure, once it has ended."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise AssertionError("a process that was given pipes has them")
    answer, report, _ = await asyncio.gather(
        _read(process, process.stdout, LARGEST_ANSWER),
        _read(process, process.stderr, _CHUNK),
        _feed(process.stdin, payload),
    )
    await process.wait()
    return answer, report[-_LONGEST_REPORT:]


async def _read(process: Process, stream: StreamReader, most: int) -> bytes:
    found = bytearray()
    while chunk := await stream.read(_CHUNK):
        found += chunk
        if len(found) > most:
            _kill(process)
            break
    return bytes(found)


async def _feed(stream: StreamWriter, payload: bytes) -> None:
    # Whoever ends early hears no more; how it ended is told by its exit.
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.write(payload)
        await stream.drain()
    stream.close()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


def _limit(seconds: float, megabytes: int) -> None:
    """From here on, whatever happens in this process stays small."""
    # An event loop may leave open what belongs to it or to another such process.
    os.closerange(_FIRST_OWN, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    os.nice(_NICER)
    size, whole = megabytes * 1_048_576, math.ceil(seconds)
    for what, most in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, whole),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _main(target: str, seconds: str, megabytes: str) -> int:
    _limit(float(seconds), int(megabytes))
    # What a library prints is no part of the answer.
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    module, _, name = target.partition(":")
    try:
        work: Work = getattr(import_module(module), name)
        answer = work(sys.stdin.buffer.read())
    except MemoryError:
        return _TOO_MUCH
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told by the exit
        sys.stderr.write(whereabouts(error))
        return _BROKE
    with os.fdopen(answers, "wb") as stream:
        stream.write(answer)
    return 0


def whereabouts(error: Exception) -> str:
    """Its kind and its place: its words may hold what a stranger wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "nowhere" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    return f"{type(error).__name__} at {place}"


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
