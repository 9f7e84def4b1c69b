"""The outermost layer of a context: request id, trace, metrics, HEAD, and the last word on what breaks."""

import logging
import re
import time
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.trace import SpanKind

from services.kernel import errors
from services.kernel.http import envelope
from services.kernel.ids import new_uuid
from services.kernel.telemetry import logs, metrics, tracing

_log = logging.getLogger("access")
_VALID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,128}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Nobody on the way keeps what was meant for one person; who has something for everybody says so.
_PERSONAL: Final = ("/api/", "/internal/")
_QUIET: Final = ("/health", "/metrics")


class Edge:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if _VALID.fullmatch(given) else new_uuid()
        logs.request_id.set(request_id)
        logs.tenant_id.set("")
        method = scope["method"]
        if method == "HEAD":
            # Answered as GET is, without the body.
            scope["method"] = HttpMethod.GET
        started = time.perf_counter()
        status = 500
        is_begun = False

        async def answer(message: Message) -> None:
            nonlocal status, is_begun
            is_begun = True
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", request_id.encode())
                message["headers"] = [*_tidied(message.get("headers", []), scope["path"]), own]
            elif method == "HEAD" and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        parent = headers.get(b"traceparent", b"").decode("latin-1")
        with tracing.continued(parent, f"{method} request", SpanKind.SERVER) as step:
            try:
                if _holds_nul(scope):
                    refusal = errors.Invalid(details={"address": "must not hold a NUL character"})
                    await _send(answer, envelope.refused(refusal))
                else:
                    await self._app(scope, receive, answer)
            except Exception:
                _log.exception("a request failed outside its handler")
                if is_begun:
                    raise
                await _send(
                    answer,
                    envelope.failure(500, "INTERNAL_ERROR", "Something went wrong on our side. It has been noted."),
                )
            route = str(scope.get("path_template") or "none")
            took = time.perf_counter() - started
            tracing.described(
                step, {"http.request.method": method, "http.route": route, "http.response.status_code": status}
            )
        # A caller may make methods up, and must not make labels up.
        label = method if method in _METHODS else "other"
        metrics.requests.labels(label, route, str(status)).inc()
        metrics.request_seconds.labels(label, route).observe(took)
        if not route.startswith(_QUIET):
            # The route, not the path: a path may hold a token.
            facts = {"method": method, "route": route, "status": status, "milliseconds": round(took * 1000, 1)}
            _log.info("answered", extra=facts)


def _tidied(headers: Iterable[tuple[bytes, bytes]], path: str) -> list[tuple[bytes, bytes]]:
    """Without what is not so: another request id, a type of nothing, an Allow that forgets HEAD."""
    kept = [(name.lower(), value) for name, value in headers if name.lower() != b"x-request-id"]
    if (b"content-length", b"0") in kept:
        kept = [pair for pair in kept if pair[0] != b"content-type"]
    if path.startswith(_PERSONAL) and all(name != b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"no-store"))
    return [(name, _with_head(value) if name == b"allow" else value) for name, value in kept]


def _with_head(allowed: bytes) -> bytes:
    methods = {method.strip() for method in allowed.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))


def _holds_nul(scope: Scope) -> bool:
    query = scope.get("query_string", b"")
    return "\0" in scope["path"] or (b"%00" in query and b"\0" in unquote_to_bytes(query))


async def _send(send: Send, failure: envelope.Failure) -> None:
    body = msgspec.json.encode(failure)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": failure.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
