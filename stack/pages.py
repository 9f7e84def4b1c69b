"""Serves the built browser pages on a laptop, as nginx does in production."""

import argparse
import asyncio
import hashlib
import mimetypes
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

NOT_MODIFIED = 304
FOREVER = b"public, max-age=31536000, immutable"
ASK_FIRST = b"no-cache"
# The files under this folder carry a hash of what is in them in their name.
HASHED = "assets/"
# Applications that read their own paths: every path below that names no file gets their page.
APPLICATIONS = ("dashboard", "manage", "book", "widget")
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".map": "application/json",
    ".ics": "text/calendar",
}
TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, headers, and a body that HEAD leaves away."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


class Pages:
    """An ASGI application over one folder, read afresh at every request."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send)
            return
        answer = self.answer(scope["method"], scope["path"], dict(scope["headers"]))
        length = (b"content-length", str(len(answer.body)).encode())
        headers = answer.headers if answer.status == NOT_MODIFIED else [*answer.headers, length]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    def answer(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> Answer:
        if method not in {"GET", "HEAD"}:
            return plain(405, "Only GET and HEAD are answered here.", (b"allow", b"GET, HEAD"))
        if path == "/health":
            return plain(200, "ok")
        file = self.file_for(path)
        if file is None:
            return plain(404, "There is no such page.")
        return self._file_answer(file, headers)

    def file_for(self, path: str) -> Path | None:
        """The file that a path stands for, never one outside the folder."""
        names = [name for name in path.split("/") if name]
        if any(name.startswith(".") or "\0" in name or "\\" in name for name in names):
            return None
        file = self._root.joinpath(*names)
        if file.is_dir():
            file /= "index.html"
        if not file.is_file() and names and names[0] in APPLICATIONS and "." not in names[-1]:
            file = self._root / names[0] / "index.html"
        found = file.is_file() and file.resolve().is_relative_to(self._root)
        return file if found else None

    def _file_answer(self, file: Path, asked: Mapping[bytes, bytes]) -> Answer:
        body, encoding = encoded(file, asked.get(b"accept-encoding", b"").decode("latin-1"))
        tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'.encode()
        hashed = file.relative_to(self._root).as_posix().startswith(HASHED)
        headers = [
            (b"etag", tag),
            (b"cache-control", FOREVER if hashed else ASK_FIRST),
            (b"vary", b"accept-encoding"),
        ]
        known = asked.get(b"if-none-match", b"").split(b",")
        if tag in {other.strip().removeprefix(b"W/") for other in known}:
            return Answer(NOT_MODIFIED, headers)
        headers.append((b"content-type", content_type(file).encode()))
        modified = formatdate(file.stat().st_mtime, usegmt=True)
        headers.append((b"last-modified", modified.encode()))
        if encoding is not None:
            headers.append((b"content-encoding", encoding.encode()))
        return Answer(200, headers, body)


def encoded(file: Path, accepted: str) -> tuple[bytes, str | None]:
    """The file's bytes in the best precompressed form that there is and the browser takes."""
    taken = taken_encodings(accepted)
    for encoding, suffix in ENCODINGS:
        packed = file.with_name(file.name + suffix)
        if encoding in taken and packed.is_file():
            return packed.read_bytes(), encoding
    return file.read_bytes(), None


def taken_encodings(accepted: str) -> set[str]:
    taken = set()
    for choice in accepted.split(","):
        name, _, rest = choice.strip().partition(";")
        weight = rest.replace(" ", "").removeprefix("q=")
        if weight not in {"0", "0.0", "0.00", "0.000"}:
            taken.add(name.strip().lower())
    return taken


def content_type(file: Path) -> str:
    kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    kind = kind or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(TEXTS) else kind


def plain(status: int, text: str, *headers: tuple[bytes, bytes]) -> Answer:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    return Answer(status, [kind, (b"cache-control", ASK_FIRST), *headers], f"{text}\n".encode())


async def answer_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def serve(root: Path, port: int) -> None:
    server = Server(
        Pages(root),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def main() -> None:
    parser = argparse.ArgumentParser(prog="pages", description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.root, chosen.port))


if __name__ == "__main__":
    main()
