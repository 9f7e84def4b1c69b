"""Availability as it runs in production, in this process: its doors, its events on the broker, its neighbours behind a port."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import msgspec

from services.availability.app import build
from services.availability.settings import AvailabilitySettings
from services.contracts.auth import TenantRegistered
from services.contracts.catalog import ProfileChanged, ServiceChanged
from services.kernel import context as kernel
from services.kernel import events, ids
from services.kernel.bus import Bus
from services.kernel.context import Context
from services.kernel.db import Row, Tx
from services.kernel.events import Event
from services.kernel.identity import Role
from services.kernel.settings import Secret
from stack.ports import free_port
from tests.service.availability.neighbours import Neighbours
from tests.service.sandbox.served import served
from tests.support import identities
from tests.support.clock import FrozenClock
from tests.support.contexts import connected, eventually
from tests.support.environ import environ_of
from tests.support.servers import Servers

_BASE: Final = "http://localhost:8080"


@dataclass(frozen=True)
class Answer:
    """An answer, opened."""

    status: int
    body: Any
    headers: httpx.Headers
    content: bytes

    @property
    def data(self) -> Any:
        assert self.status < 300, self.body
        assert self.body["success"] is True
        return self.body["data"]

    @property
    def meta(self) -> Any:
        return self.body["meta"]

    @property
    def error(self) -> Any:
        assert self.status >= 400, self.body
        assert self.body["success"] is False
        assert self.body["statusCode"] == self.status
        return self.body["error"]

    @property
    def code(self) -> str:
        return str(self.error["code"])

    @property
    def details(self) -> dict[str, str]:
        details: dict[str, str] = self.error["details"]
        return details


@dataclass(frozen=True)
class Caller:
    """Somebody who calls one replica; signed anew each time, for an identity lasts a minute."""

    client: httpx.AsyncClient
    clock: FrozenClock
    # A person of a business, or another context; neither for the public.
    user_id: str | None = None
    tenant_id: str | None = None
    role: Role | None = None
    context: str | None = None

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        given = {**self._identity(), **(headers or {})}
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
            given["content-type"] = "application/json"
        response = await self.client.request(method, path, content=content, headers=given, params=query or None)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return Answer(response.status_code, response.json() if is_json else None, response.headers, response.content)

    async def get(self, path: str, **query: Any) -> Answer:
        """A parameter that is a word of Python's ends with a line: `from_="2026-03-01"`."""
        return await self.call("GET", path, **{name.rstrip("_"): value for name, value in query.items()})

    async def post(self, path: str, body: Any = None, **given: Any) -> Answer:
        return await self.call("POST", path, body, **given)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.call("PUT", path, body)

    async def delete(self, path: str) -> Answer:
        return await self.call("DELETE", path)

    def _identity(self) -> dict[str, str]:
        if self.context is not None:
            return identities.context(self.context, "availability", self.clock)
        if self.user_id is not None:
            return identities.person(self.user_id, tenant_id=self.tenant_id, role=self.role, clock=self.clock)
        return {}


@dataclass(frozen=True)
class Tenant:
    """A business of a test, with the people of its team."""

    world: "World"
    id: str
    slug: str
    owner_id: str
    zone: str

    def _member(self, role: Role, replica: int) -> Caller:
        user_id = self.owner_id if role == "owner" else f"usr_0{role[0]}{self.id[6:]}"
        return Caller(self.world.clients[replica], self.world.clock, user_id=user_id, tenant_id=self.id, role=role)

    @property
    def owner(self) -> Caller:
        return self._member("owner", 0)

    @property
    def admin(self) -> Caller:
        return self._member("admin", 0)

    @property
    def tech(self) -> Caller:
        return self._member("tech", 0)

    def owner_at(self, replica: int) -> Caller:
        """The owner, calling another replica."""
        return self._member("owner", replica)

    async def staff_id(self) -> str:
        """The one with whom it started."""
        found: str = (await self.owner.get("/api/staff")).data[0]["id"]
        return found

    async def hours(self, *rules: Mapping[str, Any]) -> None:
        """The whole week: `hours({"dayOfWeek": 1, "startTime": "09:00", "endTime": "17:00"})`."""
        answer = await self.owner.put("/api/availability", {"rules": rules})
        assert answer.status == 200, answer.body

    async def open_daily(self, start: str = "09:00", end: str = "17:00") -> None:
        await self.hours(*({"dayOfWeek": day, "startTime": start, "endTime": end} for day in range(7)))

    async def service(self, *, is_announced: bool = True, **changed: Any) -> str:
        """A service of an hour with a start each hour; known to availability by catalog's event, unless said."""
        fact = service_fact(self.id, **changed)
        self.world.neighbours.service(fact)
        if is_announced:
            await self.world.tell(fact, about=fact.service_id)
            await self.world.holds(
                self.id, "SELECT 1 FROM services WHERE service_id = $1 AND version >= $2", fact.service_id, fact.version
            )
        return fact.service_id


@dataclass
class World:
    """Availability with its lights on, in one or several replicas."""

    clock: FrozenClock
    environ: Mapping[str, str]
    neighbours: Neighbours
    bus: Bus
    contexts: list[Context] = field(default_factory=list)
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def anybody(self, replica: int = 0) -> Caller:
        """The public."""
        return Caller(self.clients[replica], self.clock)

    def another(self, context: str = "booking", replica: int = 0) -> Caller:
        """Another context, signing for what it asks."""
        return Caller(self.clients[replica], self.clock, context=context)

    async def tenant(self, *, zone: str = "Pacific/Auckland", country: str = "NZ", is_announced: bool = True) -> Tenant:
        """A business that auth and catalog know, and have told of, unless said."""
        fact = registered_fact(zone=zone, country=country)
        profile = profile_fact(fact)
        self.neighbours.tenant(fact)
        self.neighbours.profile(profile)
        if is_announced:
            await self.tell(fact, about=fact.tenant_id)
            await self.tell(profile, about=fact.tenant_id)
            await self.holds(fact.tenant_id, "SELECT 1 FROM tenants WHERE tenant_version = 1 AND profile_version = 1")
        return Tenant(self, fact.tenant_id, fact.slug, fact.owner_id, zone)

    async def tell(self, event: Event, *, about: str, event_id: str | None = None, sequence: int = 1) -> None:
        """Publish as its owner does."""
        event_id = event_id or ids.new_uuid()
        await self.bus.publish(
            event_id=event_id,
            event_type=event.TYPE,
            body=msgspec.json.encode(event),
            headers=events.headers(
                event_id=event_id,
                event_type=event.TYPE,
                subject=about,
                sequence=sequence,
                tenant_id=getattr(event, "tenant_id", None),
                at=datetime.now(UTC),
                traceparent="",
            ),
        )

    async def applied(self, event_id: str) -> None:
        """The event of that id has been heard and applied."""
        await self.holds(None, "SELECT 1 FROM inbox WHERE event_id = $1", event_id)

    async def rows(self, tenant_id: str | None, sql: str, *values: object) -> list[Row]:
        """What the database holds, as that tenant sees it."""
        async with self.contexts[0].tools.db.transaction(tenant_id) as tx:
            return await tx.rows(sql, *values)

    async def holds(self, tenant_id: str | None, sql: str, *values: object) -> None:
        """Wait until the statement finds something."""

        async def found() -> bool:
            return bool(await self.rows(tenant_id, sql, *values))

        await eventually(found, f"{sql} with {values} finds something")


def registered_fact(*, zone: str = "Pacific/Auckland", country: str = "NZ", version: int = 1) -> TenantRegistered:
    tenant_id = ids.new_id("ten")
    return TenantRegistered(
        tenant_id=tenant_id,
        version=version,
        slug=f"joe-{tenant_id[-12:]}",
        name="Joe's Plumbing",
        country=country,
        timezone=zone,
        currency="NZD",
        owner_id=ids.new_id("usr"),
    )


def profile_fact(tenant: TenantRegistered, **changed: Any) -> ProfileChanged:
    facts: dict[str, Any] = {
        "tenant_id": tenant.tenant_id,
        "version": 1,
        "slug": tenant.slug,
        "business_name": tenant.name,
        "timezone": tenant.timezone,
        "currency": tenant.currency,
        "locale": "en-NZ",
        "country": tenant.country,
        "brand_color": "#3B82F6",
        "logo_url": None,
        "cancellation_policy": (),
        "reminder_hours": (24,),
    }
    return ProfileChanged(**{**facts, **changed})


def service_fact(tenant_id: str, **changed: Any) -> ServiceChanged:
    facts: dict[str, Any] = {
        "tenant_id": tenant_id,
        "service_id": ids.new_id("svc"),
        "version": 1,
        "name": "Blocked drain",
        "currency": "NZD",
        "price": 18_000,
        "deposit_type": "fixed",
        "deposit": 5_000,
        "duration_minutes": 60,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 0,
        "min_notice_minutes": 0,
        "booking_window_days": 365,
        "slot_step_minutes": 60,
        "max_per_day": None,
        "staff_ids": None,
        "active": True,
    }
    return ServiceChanged(**{**facts, **changed})


@asynccontextmanager
async def opened(servers: Servers, *, replicas: int = 1, **variables: str) -> AsyncIterator[World]:
    """Availability, started and stopped again; `variables` are others of its environment."""
    port = free_port()
    neighbours_at = {
        f"{name.upper()}_URL": f"http://127.0.0.1:{port}/{name}" for name in ("auth", "catalog", "booking")
    }
    environ = environ_of(servers, "availability", **neighbours_at, **variables)
    clock = FrozenClock()
    neighbours = Neighbours(clock)
    bus = Bus(Secret(servers.rabbitmq), context="auth")
    connecting = asyncio.create_task(bus.run(consume=False))
    world = World(clock, environ, neighbours, bus)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(served(neighbours, port))
        stack.push_async_callback(_end, bus, connecting)
        settings = AvailabilitySettings.read(environ)
        for _ in range(replicas):
            context = build(kernel.Tools.build("availability", settings, clock=clock), settings)
            transport = httpx.ASGITransport(app=context.asgi(), raise_app_exceptions=False)  # type: ignore[arg-type] # ASGI, spelled otherwise
            world.clients.append(
                await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=_BASE))
            )
            await context.start("all")
            stack.push_async_callback(context.stop)
            world.contexts.append(context)
        # An event that is told before anybody listens would be nobody's.
        await connected(*world.contexts)
        await eventually(lambda: bus.is_connected, "the neighbours find the broker")
        yield world


async def _end(bus: Bus, connecting: "asyncio.Task[None]") -> None:
    await connecting
    await bus.close()


async def take(tx: Tx, staff_id: str, start: datetime) -> None:
    """A job of an hour, taken in the middle of a transaction as claims are taken, with all that is remembered of it."""
    booking_id, service_id, end = ids.new_id("book"), ids.new_id("svc"), start + timedelta(hours=1)
    await tx.run(
        "INSERT INTO claims"
        " (id, tenant_id, staff_id, kind, booking_id, service_id, starts_at, ends_at, taken_from, taken_until)"
        " VALUES ($1, $2, $3, 'booking', $4, $5, $6, $7, $6, $7)",
        ids.new_id("clm"),
        tx.tenant_id,
        staff_id,
        booking_id,
        service_id,
        start,
        end,
    )
    await tx.run(
        "INSERT INTO bookings"
        " (booking_id, tenant_id, version, state, settled, service_id, staff_id, starts_at, ends_at, changed_at)"
        " VALUES ($1, $2, 1, 'booked', true, $3, $4, $5, $6, $5)",
        booking_id,
        tx.tenant_id,
        service_id,
        staff_id,
        start,
        end,
    )
    await tx.run(
        "INSERT INTO timers (booking_id, tenant_id, task, due_at) VALUES ($1, $2, 'forget', $3)",
        booking_id,
        tx.tenant_id,
        end + timedelta(days=400),
    )
