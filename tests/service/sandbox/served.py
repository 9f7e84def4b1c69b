"""The sandbox at work in the test's own loop, and applications behind a real port for clients that need an address."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

import httpx
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar.types import ASGIApp

from services.sandbox import app as sandbox
from tests.support.contexts import connected, running

Environ = Callable[[str], Mapping[str, str]]


@asynccontextmanager
async def asked(environ: Environ) -> AsyncIterator[httpx.AsyncClient]:
    """The sandbox, asked without a port."""
    context = sandbox.compose(environ("sandbox"))
    async with running(context, "serve") as client:
        yield client
        # A context that ends while it is on its way to the broker leaves that attempt behind.
        await connected(context)


@asynccontextmanager
async def served(app: ASGIApp, port: int) -> AsyncIterator[str]:
    """The application behind a real port."""
    server = Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, log_enabled=False
    )
    serving = asyncio.create_task(server.serve())
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient() as client:
        for _ in range(200):
            with suppress(httpx.TransportError):
                await client.get(f"{address}/health")
                break
            await asyncio.sleep(0.02)
    try:
        yield address
    finally:
        server.stop()  # type: ignore[no-untyped-call] # Granian types all but this
        await serving
