"""A wire that can be cut: takes a server "away" for one test while the server itself goes on for all others."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from stack.ports import free_port


class Wire:
    """Passes bytes between a port of its own and the server that a URL names."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._port = free_port()
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._passing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The server's address, by way of this wire."""
        return self.of(self._parts.geturl())

    def of(self, url: str) -> str:
        """Another address of the same server (another role, another database), by way of this wire."""
        parts = urlsplit(url)
        credentials, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{credentials}{at}127.0.0.1:{self._port}").geturl()

    async def mend(self) -> None:
        self._passing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)

    async def cut(self) -> None:
        """Connections break off, new ones are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._passing.set()
        for end in tuple(self._ends):
            end.transport.abort()
        await asyncio.sleep(0)

    def stall(self) -> None:
        """Connections stay and are taken, but nothing comes through any more; `mend` lets it flow again."""
        self._passing.clear()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        self._ends.add(writer)
        try:
            with suppress(OSError):
                there, onward = await asyncio.open_connection(self._parts.hostname, self._parts.port)
                self._ends.add(onward)
                try:
                    await asyncio.gather(self._pass(reader, onward), self._pass(there, writer))
                finally:
                    self._ends.discard(onward)
                    onward.transport.abort()
        finally:
            self._ends.discard(writer)
            writer.transport.abort()
            if task is not None:
                self._tasks.discard(task)

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                await self._passing.wait()
                target.write(data)
                await target.drain()
            if target.can_write_eof():
                target.write_eof()
