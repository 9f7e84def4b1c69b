"""What availability asks other contexts: the facts that its copies lack."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import ClassVar, Final, Generic, TypeVar

import msgspec

from services.contracts.catalog import ProfileChanged, ServiceChanged
from services.kernel import errors
from services.kernel.calls import Calls
from services.kernel.clock import Clock

T = TypeVar("T")

# Whoever asks again within these seconds for what is not there is told so without asking its owner.
_REMEMBERED_FOR: Final = timedelta(seconds=5)
_REMEMBERED: Final = 2_000


class TenantFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A business as auth knows it."""

    id: str
    slug: str
    name: str
    version: int


class Auth:
    """Owns the businesses and their slugs."""

    def __init__(self, calls: Calls, address: str, clock: Clock) -> None:
        self._calls = calls
        self._address = address
        self._tenants: _Asked[TenantFacts] = _Asked(clock)

    async def tenant(self, tenant_id: str) -> TenantFacts:
        return await self._ask(f"/internal/tenants/{tenant_id}")

    async def tenant_by_slug(self, slug: str) -> TenantFacts:
        """Also by a slug of former days; the answer tells the present one."""
        return await self._ask(f"/internal/tenants/by-slug/{slug}")

    async def _ask(self, path: str) -> TenantFacts:
        return await self._tenants.once(path, lambda: self._calls.ask("auth", self._address, "GET", path, TenantFacts))


class Catalog:
    """Owns what a business says of itself, and its services."""

    def __init__(self, calls: Calls, address: str, clock: Clock) -> None:
        self._calls = calls
        self._address = address
        self._profiles: _Asked[ProfileChanged] = _Asked(clock)
        self._services: _Asked[ServiceChanged] = _Asked(clock)

    async def profile(self, tenant_id: str) -> ProfileChanged:
        path = f"/internal/profiles/{tenant_id}"
        return await self._profiles.once(
            path, lambda: self._calls.ask("catalog", self._address, "GET", path, ProfileChanged)
        )

    async def service(self, tenant_id: str, service_id: str) -> ServiceChanged:
        """Of that tenant; an archived one is not active."""
        path = f"/internal/tenants/{tenant_id}/services/{service_id}"
        return await self._services.once(
            path, lambda: self._calls.ask("catalog", self._address, "GET", path, ServiceChanged)
        )


class BookingFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What booking says of one of its bookings."""

    state: str
    version: int


class Booking:
    """Owns the bookings, and says which of them still need their time."""

    _NOT_THERE: ClassVar[str] = "BOOKING_NOT_FOUND"

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def claim(self, tenant_id: str, booking_id: str) -> BookingFacts | None:
        """Nothing where booking says that there is no such booking; that it has no such path is no answer."""
        path = f"/internal/bookings/{booking_id}/claim?tenantId={tenant_id}"
        try:
            return await self._calls.ask("booking", self._address, "GET", path, BookingFacts)
        except errors.NotFound as refusal:
            if refusal.code != self._NOT_THERE:
                raise
            return None


class _Asked(Generic[T]):
    """However many want to know the same at once, its owner is asked once; and that it is not there, is remembered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asking: dict[str, asyncio.Task[T]] = {}
        self._missing: OrderedDict[str, datetime] = OrderedDict()

    async def once(self, path: str, ask: Callable[[], Awaitable[T]]) -> T:
        since = self._missing.get(path)
        if since is not None and self._clock.now() < since + _REMEMBERED_FOR:
            raise errors.NotFound
        asking = self._asking.get(path)
        if asking is None:
            asking = asyncio.create_task(self._ask(path, ask))
            self._asking[path] = asking
            asking.add_done_callback(lambda asked: self._answered(path, asked))
        # One who gives up does not take the answer from the others.
        return await asyncio.shield(asking)

    def _answered(self, path: str, asked: asyncio.Task[T]) -> None:
        del self._asking[path]
        # Whoever waited has the outcome; looked at here, it is no surprise where nobody did.
        if not asked.cancelled():
            asked.exception()

    async def _ask(self, path: str, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            found = await ask()
        except errors.NotFound:
            self._missing[path] = self._clock.now()
            self._missing.move_to_end(path)
            while len(self._missing) > _REMEMBERED:
                self._missing.popitem(last=False)
            raise
        self._missing.pop(path, None)
        return found
