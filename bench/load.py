"""Load: as many requests a second as there can be, and how long a single one takes."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
from typing import Final, Self
from urllib.parse import urlsplit

from stack import debian
from stack.errors import Trouble
from stack.install import say

_CONNECTIONS: Final = 32
_RATE: Final = re.compile(r"Requests/sec:\s+([0-9.]+)")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)


class Client:
    """One connection, one request after the other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc
        self._socket = socket.create_connection((str(parts.hostname), parts.port or 80), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def seconds(self, path: str) -> float:
        """How long the answer took, from the first byte sent to the last one received."""
        request = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode()
        began = time.perf_counter()
        self._socket.sendall(request)
        head, body = self._head()
        length = _LENGTH.search(head)
        missing = int(length[1]) - len(body) if length else 0
        while missing > 0:
            missing -= len(self._received())
        took = time.perf_counter() - began
        if not head.startswith(b"HTTP/1.1 200 "):
            raise Trouble(f"{path} was answered {head[:200]!r}")
        return took

    def _head(self) -> tuple[bytes, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._received()
        head, _, body = received.partition(b"\r\n\r\n")
        return head + b"\r\n", body

    def _received(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise Trouble("The connection was closed.")
        return data


def rate(url: str, *, seconds: float) -> float:
    """Requests a second, from as many connections as keep everybody busy."""
    wrk = _wrk()
    return _rate_by_hand(url, seconds) if wrk is None else _rate_of_wrk(wrk, url, seconds)


def _wrk() -> str | None:
    """The load generator, which takes far less of the machine than anything written in Python."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and debian.is_debian():
        say("Installing wrk with apt-get, for the load")
        try:
            debian.install("wrk")
        except Trouble as trouble:
            say(f"{trouble} The load comes from a program of our own, which is slower.")
    return shutil.which("wrk")


def _rate_of_wrk(wrk: str, url: str, seconds: float) -> float:
    command = [wrk, "-t1", f"-c{_CONNECTIONS}", f"-d{round(seconds)}s", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a program of the machine's
    found = _RATE.search(done.stdout)
    if done.returncode or found is None or "Non-2xx" in done.stdout:
        raise Trouble(f"wrk says of {url}: {done.stdout or done.stderr}")
    return float(found[1])


def _rate_by_hand(url: str, seconds: float) -> float:
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    done = 0

    async def ask(until: float) -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            while time.perf_counter() < until:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                await reader.readexactly(int(length[1]) if length else 0)
                if not head.startswith(b"HTTP/1.1 200 "):
                    raise Trouble(f"{path} was answered {head[:200]!r}")
                done += 1
        finally:
            writer.close()

    async def all_of_them() -> float:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_CONNECTIONS):
                tasks.create_task(ask(began + seconds))
        return done / (time.perf_counter() - began)

    return asyncio.run(all_of_them())
