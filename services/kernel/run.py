"""Runs one context in this process: `python -m services.kernel.run auth --role all --port 8001`."""

import argparse
import asyncio
import gc
import importlib
import os
import signal
import sys
from typing import cast

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from services import CONTEXTS
from services.kernel.context import Context, Role
from services.kernel.settings import SettingsProblem
from services.kernel.telemetry import logs, tracing


def compose(name: str) -> Context:
    """The context, put together from the environment by its own composition root."""
    root = importlib.import_module(f"services.{name}.app")
    return cast("Context", root.compose(os.environ))


def run(context: Context, role: Role, host: str, port: int) -> None:
    """Serves until SIGTERM; what is in hand then is finished first."""
    logs.configure(context.tools.name, context.tools.settings.log_level)
    tracing.configure(context.tools.name, context.tools.settings.otel_exporter_otlp_endpoint)
    uvloop.run(_serve(context, role, host, port))
    tracing.flush()


async def _serve(context: Context, role: Role, host: str, port: int) -> None:
    server = Server(
        context.asgi(role),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        # A slow sender must not hold a connection for ever.
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        backlog=1024,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    loop.call_later(2, _settle_memory)
    await server.serve()


def _settle_memory() -> None:
    """What is there now stays: the collector need not look at it again, which takes the peaks off the latency."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main() -> int:
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("context", choices=CONTEXTS)
    parser.add_argument("--role", choices=("all", "serve", "consume"), default="all")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()
    try:
        context = compose(chosen.context)
    except SettingsProblem as problem:
        for sentence in problem.problems:
            sys.stderr.write(f"{chosen.context}: {sentence}\n")
        return 2
    run(context, chosen.role, chosen.host, chosen.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
