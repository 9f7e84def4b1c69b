"""Asks every context how it is: all services at a glance, from a state at most a second old."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Final, Literal

import httpx
import msgspec

# Longer than a context gives its own probes, so that its answer is heard.
_DEADLINE: Final = 1.2
_FRESH_SECONDS: Final = 1.0
# Asked again so early that nobody waits for it.
_RENEWED_AFTER: Final = 0.5

State = Literal["ok", "degraded", "unavailable"]


class ServiceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One context, and what it stands on."""

    status: State
    checks: dict[str, str] = {}


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    status: State
    services: dict[str, ServiceHealth]


class _Ready(msgspec.Struct, frozen=True):
    checks: dict[str, str]


class _Good(msgspec.Struct, frozen=True):
    data: _Ready


class _Error(msgspec.Struct, frozen=True):
    details: dict[str, str]


class _Bad(msgspec.Struct, frozen=True):
    error: _Error


class Glance:
    """Asked by many at once, it asks the contexts once."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        # Inside the network, in plain HTTP: no certificates to load.
        self._plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._asking: asyncio.Task[Overview] | None = None
        self._known: Overview | None = None
        self._known_at = 0.0

    async def look(self) -> Overview:
        age = time.monotonic() - self._known_at
        if self._known is not None and age < _RENEWED_AFTER:
            return self._known
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_all())
        if self._known is not None and age < _FRESH_SECONDS:
            return self._known
        return await asyncio.shield(self._asking)

    async def _ask_all(self) -> Overview:
        # The age counts from the question, not from the answer.
        asked_at = time.monotonic()
        async with httpx.AsyncClient(timeout=_DEADLINE, trust_env=False, verify=self._plain) as client:
            found = await asyncio.gather(*(self._ask(client, address) for address in self._addresses.values()))
        services = dict(zip(self._addresses, found, strict=True))
        is_well = all(service.status == "ok" for service in found)
        self._known = Overview(status="ok" if is_well else "degraded", services=services)
        self._known_at = asked_at
        return self._known

    async def _ask(self, client: httpx.AsyncClient, address: str) -> ServiceHealth:
        try:
            async with asyncio.timeout(_DEADLINE):
                response = await client.get(f"{address}/health/ready")
            if response.is_success:
                good = msgspec.json.decode(response.content, type=_Good)
                return ServiceHealth(status="ok", checks=good.data.checks)
            bad = msgspec.json.decode(response.content, type=_Bad)
        except (httpx.HTTPError, TimeoutError, msgspec.DecodeError, UnicodeDecodeError):
            return ServiceHealth(status="unavailable")
        return ServiceHealth(status="degraded", checks=bad.error.details)
