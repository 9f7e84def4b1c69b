"""Answers that are finished already leave before anything is decoded; how such an answer looks on the wire."""

from typing import Any, Final

from litestar import MediaType, Response
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from services.availability.store.kept import Finished, Kept

_PREFIX: Final = "/api/widget/"
# A browser may keep it, and must ask whether it still holds.
_FRESH: Final = (b"cache-control", b"no-cache")
_JSON: Final = (b"content-type", b"application/json")


class FinishedAnswers(ASGIMiddleware):
    """The shortest way out for what is asked most."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        path = scope["path"]
        if scope.get("method") == "GET" and path.startswith(_PREFIX):
            finished = self._kept.ready((path, scope["query_string"]))
            if finished is not None:
                await _send(finished, scope, send)
                return
        await next_app(scope, receive, send)


async def _send(finished: Finished, scope: Scope, send: Send) -> None:
    if _is_known(finished, scope):
        await send({"type": "http.response.start", "status": 304, "headers": [_FRESH, (b"etag", finished.etag)]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    length = (b"content-length", str(len(finished.body)).encode())
    headers = [_JSON, length, _FRESH, (b"etag", finished.etag)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": finished.body, "more_body": False})


def response(finished: Finished, scope: Scope) -> Response[Any]:
    """The same from within a handler."""
    headers = {"cache-control": _FRESH[1].decode(), "etag": finished.etag.decode()}
    if _is_known(finished, scope):
        return Response(b"", status_code=304, headers=headers, media_type=MediaType.JSON)
    return Response(finished.body, headers=headers, media_type=MediaType.JSON)


def _is_known(finished: Finished, scope: Scope) -> bool:
    """Whether the caller has that very answer; compressed on its way, it has the same tag in a weak form."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            return finished.etag in {tag.strip().removeprefix(b"W/") for tag in value.split(b",")} or value == b"*"
    return False
