"""Availability, as far as catalog asks it: an application that remembers what it was told."""

from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send


class Neighbour:
    """Knows nobody as a stranger, unless said."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.strangers: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            await receive()
            return
        body = b""
        while True:
            part: Any = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        path = scope["path"]
        said = msgspec.json.decode(body) if body else {}
        data: dict[str, Any] = {}
        if path == "/internal/staff/strangers":
            data = {"staffIds": sorted(self.strangers.intersection(said["staffIds"]))}
        elif path.startswith("/internal/facts/"):
            self.told.append((path.rpartition("/")[2], said))
        answer = msgspec.json.encode({"success": True, "data": data})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer, "more_body": False})
