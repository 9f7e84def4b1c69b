"""Calls to other contexts: signed, with a deadline, tried again only where the connection failed."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar

import msgspec

from services.kernel import errors
from services.kernel.http.who import HEADER
from services.kernel.identity import Signer
from services.kernel.lanes import Answer, Broken, Lanes, Unreachable
from services.kernel.telemetry import logs, metrics, tracing

_log = logging.getLogger(__name__)
_DEADLINE: Final = 3.0
_TRIES: Final = 3
T = TypeVar("T")
Method = Literal["GET", "POST", "PUT", "DELETE"]


class ContextUnavailable(errors.Unavailable):
    """Another context does not answer."""

    code = "SERVICE_UNAVAILABLE"


class Refused(errors.Conflict):
    """Another context said no; its code goes on as it is."""

    def __init__(self, code: str, message: str, details: Mapping[str, str]) -> None:
        self.code = code  # type: ignore[misc] # a refusal handed on has the other's code
        super().__init__(message, details=details)


class Calls:
    """All calls of a context."""

    def __init__(self, signer: Signer, *, deadline: float = _DEADLINE) -> None:
        self._signer = signer
        self._deadline = deadline
        self._lanes = Lanes()

    async def close(self) -> None:
        await self._lanes.close()

    async def ask(
        self,
        context: str,
        base: str,
        method: Method,
        path: str,
        kind: type[T],
        *,
        body: msgspec.Struct | Mapping[str, Any] | None = None,
        deadline: float | None = None,
    ) -> T:
        """The other context's answer. The caller's own id in the path or body makes a second try harmless."""
        content = None if body is None else msgspec.json.encode(body)
        answer = await self._send(context, method, base, path, content, deadline=deadline or self._deadline)
        if answer.status < 300:  # noqa: PLR2004 - HTTP
            metrics.calls.labels(context, "answered").inc()
            return msgspec.convert(msgspec.json.decode(answer.body)["data"], kind)
        metrics.calls.labels(context, str(answer.status)).inc()
        raise _refusal(answer)

    async def _send(
        self, context: str, method: Method, base: str, path: str, content: bytes | None, *, deadline: float
    ) -> Answer:
        for tried in range(1, _TRIES + 1):
            headers = {HEADER: self._signer.context(context), "x-request-id": logs.request_id.get()}
            with tracing.span(f"call {context}", peer=context):
                if parent := tracing.traceparent():
                    headers["traceparent"] = parent
                if content is not None:
                    headers["content-type"] = "application/json"
                try:
                    return await self._lanes.ask(method, base, path, headers, content, seconds=deadline)
                except Unreachable as error:
                    if tried == _TRIES:
                        metrics.calls.labels(context, "unreachable").inc()
                        raise ContextUnavailable from error
                except (Broken, TimeoutError) as error:
                    metrics.calls.labels(context, "failed").inc()
                    raise ContextUnavailable from error
            await asyncio.sleep(0.05 * tried)
        raise AssertionError("the last try returns or raises")


def _refusal(answer: Answer) -> Exception:
    try:
        said = msgspec.json.decode(answer.body)["error"]
        code, message, details = str(said["code"]), str(said["message"]), dict(said.get("details") or {})
    except (msgspec.DecodeError, KeyError, TypeError):
        return ContextUnavailable()
    kinds: dict[int, type[errors.Refusal]] = {
        400: errors.Invalid,
        402: errors.Declined,
        403: errors.Forbidden,
        404: errors.NotFound,
        429: errors.TooOften,
        503: ContextUnavailable,
    }
    if answer.status in kinds:
        refusal = kinds[answer.status](message, details=details)
        # "No such booking" and "no such path" are both 404: what was meant is in the code.
        if not isinstance(refusal, errors.Unavailable):
            refusal.code = code  # type: ignore[misc] # a refusal handed on has the other's code
        return refusal
    if answer.status == 409:  # noqa: PLR2004 - HTTP's conflict
        return Refused(code, message, details)
    # A bug on the other side, or keys that don't fit (401), is not the caller's refusal, but to the caller it is just as away.
    _log.error("another context failed", extra={"status": answer.status, "refusal": code})
    return ContextUnavailable()
