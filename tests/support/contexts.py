"""A context at work: in this process, or as a process of its own that can be killed."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx

from services.kernel.context import Context, Role
from services.kernel.http.edge import Edge
from services.kernel.http.intake import Intake
from stack.home import ROOT
from stack.ports import free_port
from stack.processes import Program, answers, end, launch, wait_until_ready
from tests.support.environ import PUBLIC_URL

_PATIENCE: Final = 15.0


@asynccontextmanager
async def running(
    context: Context, role: Role = "all", *, base_url: str = PUBLIC_URL
) -> AsyncIterator[httpx.AsyncClient]:
    """Started in this process and loop; the client keeps its cookies, and sees a bug as the 500 that it becomes."""
    app = context.application(role)
    transport = httpx.ASGITransport(cast("Any", Edge(Intake(app))), raise_app_exceptions=False)
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url=base_url) as client:
        yield client


async def connected(*contexts: Context) -> None:
    """Wait until these have found the broker; their HTTP side never waits for it."""
    for context in contexts:
        await eventually(lambda context=context: context.bus.is_connected, "the context finds the broker")  # type: ignore[misc]


async def eventually(
    is_so: Callable[[], bool | Awaitable[bool]], what: str, *, within: float = _PATIENCE, every: float = 0.01
) -> float:
    """Look until it is so, and say how many seconds that took."""
    began = time.monotonic()
    while True:
        found = is_so()
        if not isinstance(found, bool):
            found = await found
        took = time.monotonic() - began
        if found:
            return took
        if took > within:
            raise AssertionError(f"not within {within:g} s: {what}")
        await asyncio.sleep(every)


@dataclass(frozen=True)
class Process:
    """A context's own process."""

    url: str
    pid: int
    log: Path
    kill: Callable[[], None]
    terminate: Callable[[], int | None]

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False)


@asynccontextmanager
async def process(
    context: str,
    environ: Mapping[str, str],
    role: Role = "all",
    *,
    folder: Path,
    module: Sequence[str] = ("services.kernel.run",),
) -> AsyncIterator[Process]:
    """Started as production starts it, on a free port; ended with the test at the latest."""
    port = free_port()
    program = Program(
        name=context,
        argv=[sys.executable, "-m", *module, context, "--role", role, "--port", str(port)],
        log=folder / f"{context}-{role}-{port}.log",
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **environ},
        ready=answers(port, "/health"),
        port=port,
    )
    popen = launch(program)

    def kill() -> None:
        popen.kill()
        popen.wait()

    def terminate() -> int | None:
        popen.terminate()
        return popen.wait(timeout=_PATIENCE)

    try:
        await asyncio.to_thread(wait_until_ready, program, popen, within=30)
        yield Process(f"http://127.0.0.1:{port}", popen.pid, program.log, kill, terminate)
    finally:
        end(program, popen, at_once=True)
