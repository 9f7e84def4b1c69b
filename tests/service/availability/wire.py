"""A client that costs next to nothing, so that many at once load the servers and not the test."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec


@dataclass(frozen=True)
class Reply:
    """A status and what the envelope says."""

    status: int
    data: Any
    code: str | None


@dataclass
class Wire:
    """One connection that is kept open, and asks one thing after the other."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, url: str) -> Self:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        return cls(parts.netloc, reader, writer)

    async def post(self, path: str, body: Any, headers: Mapping[str, str]) -> Reply:
        content = msgspec.json.encode(body)
        lines = [
            f"POST {path} HTTP/1.1",
            f"host: {self.host}",
            "content-type: application/json",
            f"content-length: {len(content)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        status = int(head[0].split(" ")[1])
        length = next(int(line.partition(":")[2]) for line in head if line.startswith("content-length:"))
        said = msgspec.json.decode(await self.reader.readexactly(length))
        return Reply(status, said.get("data"), said.get("error", {}).get("code"))

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()

    def drop(self) -> None:
        """After a break, when there is nobody to say goodbye to."""
        self.writer.transport.abort()
