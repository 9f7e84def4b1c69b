"""What comes in: every body is read to its end, and only so many requests are worked on at once."""

from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

from services.kernel import errors
from services.kernel.http import envelope

# The gateway's own limit, for uploads, is smaller.
_LARGEST: Final = 4_000_000
_AT_ONCE: Final = 256
_ALWAYS: Final = ("/health", "/metrics")


class Busy(errors.Unavailable):
    """More is asked of this process than it can answer in good time."""

    code = "SERVICE_BUSY"
    message = "There is too much to do at the moment. Please try again shortly."


class Intake:
    """Reads before the application does: a body that nobody read would break the connection for whoever uses it next."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None:
            return
        if len(body) > _LARGEST:
            message = "What was sent is too large."
            await _refuse(send, envelope.failure(413, "PAYLOAD_TOO_LARGE", message), (b"connection", b"close"))
            return
        # Refusing at once is kinder than an answer that comes after the caller has given up.
        if self._inside >= _AT_ONCE:
            await _refuse(send, envelope.refused(Busy()), (b"retry-after", b"1"))
            return
        self._inside += 1
        try:
            await self._app(scope, _again(body, receive), send)
        finally:
            self._inside -= 1


async def _whole(receive: Receive) -> bytes | None:
    """The body, or a bit more than the most that is taken of it; nothing where the caller has gone."""
    parts: list[bytes] = []
    size = 0
    while size <= _LARGEST:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message["body"])
        size += len(message["body"])
        if not message["more_body"]:
            break
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """The body in one piece; after it whatever else the server has to tell."""
    is_given = False

    async def give() -> HTTPReceiveMessage:
        nonlocal is_given
        if is_given:
            return await receive()  # type: ignore[return-value] # of an HTTP request, which this is
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


async def _refuse(send: Send, failure: envelope.Failure, header: tuple[bytes, bytes]) -> None:
    body = msgspec.json.encode(failure)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), header]
    await send({"type": "http.response.start", "status": failure.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
