"""Whether a context lives, and which of the things it stands on is away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from litestar import MediaType, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.kernel.http import envelope
from services.kernel.telemetry import metrics

Probe = Callable[[], Awaitable[None]]

# Shorter than the patience of whoever asks, so that the answer still says what is away.
_SECONDS: Final = 0.8
_OK: Final = "ok"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """A context, and what it stands on."""

    status: str
    checks: Mapping[str, str] = {}


async def look(probes: Mapping[str, Probe]) -> Health:
    """Ask everything at once; each answers soon or counts as away."""
    names = list(probes)
    found = await asyncio.gather(*(_probe(probes[name]) for name in names))
    checks = dict(zip(names, found, strict=True))
    return Health(status=_OK if all(state == _OK for state in found) else "unavailable", checks=checks)


async def _probe(probe: Probe) -> str:
    try:
        await asyncio.wait_for(probe(), _SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, that is the answer
        return f"unavailable: {type(error).__name__}"
    return _OK


def routes(probes: Mapping[str, Probe]) -> list[HTTPRouteHandler]:
    """The health routes of a context. None of them is reachable from outside."""

    @get("/health", include_in_schema=False)
    async def alive() -> envelope.Ok[Health]:
        return envelope.ok(Health(status=_OK))

    @get("/health/{what:str}", include_in_schema=False)
    async def detail(what: FromPath[str]) -> Response[Any]:
        if what == "ready":
            return _said(await look(probes))
        if what not in probes:
            missing = envelope.failure(404, "NOT_FOUND", "There is nothing here by that name.")
            return Response(missing, status_code=404)
        return _said(await look({what: probes[what]}))

    @get("/metrics", include_in_schema=False, media_type=MediaType.TEXT)
    async def exposition(state: State) -> Response[bytes]:
        for gauge in state.get("gauges", ()):
            await _probe(gauge)
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return [alive, detail, exposition]


def _said(health: Health) -> Response[Any]:
    if health.status == _OK:
        return Response(envelope.ok(health))
    away = {name: state for name, state in health.checks.items() if state != _OK}
    body = envelope.failure(
        503,
        "SERVICE_UNAVAILABLE",
        f"Away: {', '.join(away)}.",
        details=away,
        retryable=True,
    )
    return Response(body, status_code=503, headers={"Retry-After": "1"})
