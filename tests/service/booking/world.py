"""Booking as it runs in production, in this process, with the real availability beside it and payments behind a door."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import httpx
import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

from services.availability import app as availability_app
from services.availability.settings import AvailabilitySettings
from services.booking import app as booking_app
from services.booking.domain.bookings import Party
from services.booking.settings import BookingSettings
from services.booking.use_cases import cancelling
from services.booking.use_cases.tools import Tools
from services.contracts.catalog import CancellationStep
from services.kernel import context as kernel
from services.kernel import events, ids
from services.kernel.bus import Bus
from services.kernel.clock import Clock
from services.kernel.context import Context
from services.kernel.db import Row
from services.kernel.events import Event
from services.kernel.identity import Role
from services.kernel.jobs import Job
from services.kernel.settings import Secret
from stack.ports import free_port
from tests.service.availability.world import Answer, profile_fact, registered_fact, service_fact
from tests.service.booking.till import Till
from tests.service.sandbox.served import served
from tests.support import identities
from tests.support.clock import MORNING, FrozenClock
from tests.support.contexts import connected, eventually, running
from tests.support.environ import environ_of
from tests.support.servers import Servers

BASE: Final = "http://localhost:8080"
# By the clock of the tests it is Monday morning in Auckland.
TUESDAY: Final = date(2026, 3, 3)
ANA: Final = {"name": "Ana Müller", "email": "Ana@Example.com", "phone": "+64 21 555 0123", "address": "1 High Street"}
DEPOSIT: Final = 5_000
PRICE: Final = 18_000
STEPS: Final = (
    CancellationStep(hours_before=24, refund_percent=100),
    CancellationStep(hours_before=12, refund_percent=50),
)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls a context; signed anew each time, for an identity lasts a minute."""

    client: httpx.AsyncClient
    identity: Callable[[], Mapping[str, str]]

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        given = {**self.identity(), **(headers or {})}
        content = None
        if body is not None:
            content = msgspec.json.encode(body)
            given["content-type"] = "application/json"
        response = await self.client.request(method, path, content=content, headers=given, params=query or None)
        is_json = response.headers.get("content-type", "").startswith("application/json")
        return Answer(response.status_code, response.json() if is_json else None, response.headers, response.content)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", path, **{name.rstrip("_"): value for name, value in query.items()})

    async def post(self, path: str, body: Any = None, **given: Any) -> Answer:
        return await self.call("POST", path, body, **given)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.call("PUT", path, body)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.call("PATCH", path, body)


@dataclass
class Shop:
    """A business that is open every day from nine to five, and sells one service of an hour for a deposit."""

    world: "World"
    tenant_id: str
    slug: str
    owner_id: str
    service_id: str = ""
    zone: str = "Pacific/Auckland"
    day: date = TUESDAY

    @property
    def owner(self) -> Caller:
        return self.member("owner")

    def member(self, role: Role) -> Caller:
        user_id = self.owner_id if role == "owner" else f"usr_0{role[0]}{self.owner_id[6:]}"
        return self.world.person(user_id, self.tenant_id, role)

    def at(self, clock_time: str, day: date = TUESDAY) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock_time), tzinfo=ZoneInfo(self.zone))

    async def sell(self, **changed: Any) -> str:
        """One more service, known to all; its id."""
        fact = service_fact(self.tenant_id, **{"price": PRICE, "deposit": DEPOSIT, **changed})
        self.world.known[f"/catalog/internal/tenants/{self.tenant_id}/services/{fact.service_id}"] = fact
        await self.world.tell(fact, about=fact.service_id, sequence=fact.version)
        for context in ("availability", "booking"):
            await self.world.holds(
                self.tenant_id,
                "SELECT 1 FROM services WHERE service_id = $1 AND version >= $2",
                fact.service_id,
                fact.version,
                context=context,
            )
        return fact.service_id

    async def book(
        self,
        clock_time: str = "10:00",
        *,
        day: date | None = None,
        key: str | None = None,
        service_id: str | None = None,
        customer: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> Answer:
        body = {
            "serviceId": service_id or self.service_id,
            "date": (day or self.day).isoformat(),
            "time": clock_time,
            "customer": {**ANA, **(customer or {})},
            **given,
        }
        return await self.ask_for(body, key=key)

    async def ask_for(self, body: Any, *, key: str | None = None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.world.anybody.post(f"/api/widget/{self.slug}/book", body, headers=headers)

    async def booked(self, clock_time: str = "10:00", **given: Any) -> Any:
        """What is told of a booking that was made."""
        answer = await self.book(clock_time, **given)
        assert answer.status == 201, answer.body
        return answer.data

    async def paid(self, clock_time: str = "10:00", **given: Any) -> Any:
        """A booking whose deposit was paid, and that stands."""
        booked = await self.booked(clock_time, **given)
        await self.world.till.pay(booked["bookingId"])
        await self.becomes(booked["bookingId"], "confirmed")
        return booked

    async def free_service(self) -> str:
        """One without deposit."""
        return await self.sell(deposit_type="none", deposit=0)

    async def row(self, booking_id: str) -> Row | None:
        found = await self.world.rows(self.tenant_id, "SELECT * FROM bookings WHERE id = $1", booking_id)
        return found[0] if found else None

    async def state(self, booking_id: str) -> str | None:
        row = await self.row(booking_id)
        return None if row is None else str(row["state"])

    async def becomes(self, booking_id: str, state: str, *, within: float = 15.0) -> None:
        async def is_so() -> bool:
            return await self.state(booking_id) == state

        await eventually(is_so, f"{booking_id} becomes {state}", within=within)

    async def claim(self, booking_id: str) -> Any:
        """What availability knows of it."""
        answer = await self.world.availability("booking").get(f"/internal/claims/{booking_id}", tenantId=self.tenant_id)
        return answer.data

    async def offered(self, day: date | None = None, service_id: str | None = None) -> list[str]:
        """The times that the page lists."""
        answer = await self.world.availability().get(
            f"/api/widget/{self.slug}/availability",
            serviceId=service_id or self.service_id,
            date=(day or self.day).isoformat(),
        )
        return [slot["time"] for slot in answer.data["slots"]]

    async def events(self, booking_id: str) -> list[str]:
        """What was told of it, in order."""
        rows = await self.world.rows(
            None, "SELECT type FROM outbox WHERE aggregate_id = $1 ORDER BY sequence", booking_id
        )
        return [row["type"].removeprefix("booking.").removesuffix(".v1") for row in rows]

    async def timeline(self, booking_id: str) -> list[str]:
        rows = await self.world.rows(
            self.tenant_id, "SELECT kind FROM timeline WHERE booking_id = $1 ORDER BY id", booking_id
        )
        return [row["kind"] for row in rows]

    async def due(self, booking_id: str) -> set[str]:
        """What the clockwork still has to do with it."""
        rows = await self.world.rows(None, "SELECT task FROM timers WHERE booking_id = $1", booking_id)
        return {row["task"] for row in rows}

    async def drafts(self) -> int:
        rows = await self.world.rows(self.tenant_id, "SELECT 1 FROM bookings WHERE state = 'draft'")
        return len(rows)


@dataclass
class World:
    """Booking with its lights on. Its clockwork moves when a test says so."""

    clock: FrozenClock
    bus: Bus
    till: Till
    # Booking's own variables, for a process of it.
    environ: Mapping[str, str] = field(default_factory=dict)
    contexts: dict[str, Context] = field(default_factory=dict)
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    # What auth and catalog answer, by context and path.
    known: dict[str, Any] = field(default_factory=dict)
    # Neighbours that are away.
    away: set[str] = field(default_factory=set)
    # Neighbours whose answer takes so many seconds, and how many wait for one.
    slow: dict[str, float] = field(default_factory=dict)
    waiting: Counter[str] = field(default_factory=Counter)

    @property
    def anybody(self) -> Caller:
        """The public, at booking's door."""
        return Caller(self.clients["booking"], dict)

    def person(self, user_id: str, tenant_id: str, role: Role) -> Caller:
        return Caller(
            self.clients["booking"],
            lambda: identities.person(user_id, tenant_id=tenant_id, role=role, clock=self.clock),
        )

    def another(self, context: str) -> Caller:
        """Another context, at booking's door."""
        return Caller(self.clients["booking"], lambda: identities.context(context, "booking", self.clock))

    def availability(self, context: str | None = None) -> Caller:
        """Somebody at availability's door."""
        if context is None:
            return Caller(self.clients["availability"], dict)
        return Caller(self.clients["availability"], lambda: identities.context(context, "availability", self.clock))

    async def tick(self, *names: str) -> None:
        """The clockwork, or some of it, goes round once."""
        for name, job in self.jobs.items():
            if not names or name in names:
                await job.act()

    async def shop(self, *, is_ready: bool = True, is_announced: bool = True) -> Shop:
        """A new business, known to all."""
        tenant = registered_fact()
        profile = profile_fact(tenant, cancellation_policy=STEPS)
        shop = Shop(self, tenant.tenant_id, tenant.slug, tenant.owner_id)
        facts = {"id": tenant.tenant_id, **msgspec.to_builtins(tenant)}
        self.known[f"/auth/internal/tenants/{tenant.tenant_id}"] = facts
        self.known[f"/auth/internal/tenants/by-slug/{tenant.slug}"] = facts
        self.known[f"/catalog/internal/profiles/{tenant.tenant_id}"] = profile
        self.known[f"/catalog/api/tradies/{tenant.slug}"] = {"phone": "+64 9 555 0100", "address": "2 Low Street"}
        if not is_announced:
            return shop
        await self.tell(tenant, about=tenant.tenant_id)
        await self.tell(profile, about=tenant.tenant_id)
        sql = "SELECT 1 FROM tenants WHERE profile_version = 1"
        for context in ("availability", "booking"):
            await self.holds(shop.tenant_id, sql, context=context)
        if is_ready:
            await self.till.can_be_paid(tenant.tenant_id)
            await self.holds(shop.tenant_id, "SELECT 1 FROM tenants WHERE charges_enabled")
        await self.open_daily(shop)
        shop.service_id = await shop.sell()
        return shop

    def owner_at_availability(self, shop: Shop) -> Caller:
        """Who keeps the calendar."""
        return Caller(
            self.clients["availability"],
            lambda: identities.person(shop.owner_id, tenant_id=shop.tenant_id, role="owner", clock=self.clock),
        )

    async def cancel(self, shop: Shop, booking_id: str, *, by: Party) -> None:
        await cancelling.cancel(self.tools, tenant_id=shop.tenant_id, booking_id=booking_id, by=by)

    async def go_on_with_money(self, booking_id: str) -> None:
        """Whatever is open of the booking's money comes to its end."""

        async def is_done() -> bool:
            self.clock.advance(seconds=15)
            await self.tick("go on with money operations")
            open_ones = "SELECT 1 FROM operations WHERE booking_id = $1 AND state IN ('open', 'waiting')"
            account = self.till.of(booking_id)
            return not await self.rows(account.tenant_id, open_ones, booking_id)

        await eventually(is_done, f"nothing is left to do with the money of {booking_id}")

    @property
    def tools(self) -> Tools:
        tools: Tools = self.contexts["booking"].provides["tools"]
        return tools

    async def open_daily(self, shop: Shop) -> None:
        hours = [{"dayOfWeek": day, "startTime": "09:00", "endTime": "17:00"} for day in range(7)]
        answer = await self.owner_at_availability(shop).put("/api/availability", {"rules": hours})
        assert answer.status == 200, answer.body

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

    async def rows(self, tenant_id: str | None, sql: str, *values: object, context: str = "booking") -> list[Row]:
        async with self.contexts[context].tools.db.transaction(tenant_id) as tx:
            return await tx.rows(sql, *values)

    async def holds(self, tenant_id: str | None, sql: str, *values: object, context: str = "booking") -> None:
        """Wait until the statement finds something."""

        async def found() -> bool:
            return bool(await self.rows(tenant_id, sql, *values, context=context))

        await eventually(found, f"{sql} with {values} finds something in {context}")

    async def heard(self, event_id: str) -> None:
        """The event of that id has been applied."""
        await self.holds(None, "SELECT 1 FROM inbox WHERE event_id = $1", event_id)

    @asynccontextmanager
    async def replica(self) -> AsyncIterator["World"]:
        """Another process of booking, as far as its door is concerned."""
        settings = BookingSettings.read(self.environ)
        context = booking_app.build(kernel.Tools.build("booking", settings, clock=self.clock), settings)
        async with running(context, "serve", base_url=BASE) as client:
            yield replace(self, clients={**self.clients, "booking": client})
            await connected(context)

    def door(self) -> ASGIApp:
        """All neighbours behind one port, by the first part of the path."""

        async def opened(scope: Scope, receive: Receive, send: Send) -> None:
            if str(scope["type"]) != "http":
                await receive()
                return
            path: str = str(scope["path"])
            context, _, rest = path.removeprefix("/").partition("/")
            if context in self.away:
                await _say(send, 503, {"error": {"code": "SERVICE_UNAVAILABLE", "message": "Not now."}})
                return
            if context in self.slow:
                self.waiting[context] += 1
                await asyncio.sleep(self.slow[context])
            inside: Any = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
            if context == "payments":
                await self.till(inside, receive, send)
            elif context == "availability":
                await self._availability(inside, receive, send)
            elif path in self.known:
                await _say(send, 200, {"success": True, "data": self.known[path]})
            else:
                await _say(send, 404, {"error": {"code": "NOT_FOUND", "message": "There is no such thing."}})

        return opened

    async def _availability(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport: Any = self.clients["availability"]._transport
        await transport.app(scope, receive, send)


async def _say(send: Send, status: int, said: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": msgspec.json.encode(said), "more_body": False})


@asynccontextmanager
async def opened(servers: Servers, *, clock: Clock | None = None, **variables: str) -> AsyncIterator[World]:
    """Booking and availability, started and stopped again; `variables` are others of both environments."""
    port = free_port()
    addresses = {
        f"{name.upper()}_URL": f"http://127.0.0.1:{port}/{name}"
        for name in ("auth", "catalog", "availability", "payments", "booking")
    }
    # Beside processes of their own only the machine's clock will do.
    clock = clock or FrozenClock()
    bus = Bus(Secret(servers.rabbitmq), context="auth")
    connecting = asyncio.create_task(bus.run(consume=False))
    world = World(cast("FrozenClock", clock), bus, Till(clock, _not_yet))
    world.environ = environ_of(servers, "booking", **addresses, **variables)
    world.till.tell = world.tell
    async with AsyncExitStack() as stack:
        stack.push_async_callback(_end, bus, connecting)
        for name, context in _contexts(servers, clock, {**addresses, **variables}):
            transport = httpx.ASGITransport(app=context.asgi(), raise_app_exceptions=False)  # type: ignore[arg-type] # ASGI, spelled otherwise
            world.clients[name] = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=BASE))
            world.contexts[name] = context
        booking = world.contexts["booking"]
        world.jobs = {job.name: job for job in booking.jobs}
        booking.jobs = ()
        await stack.enter_async_context(served(world.door(), port))
        for context in world.contexts.values():
            await context.start("all")
            stack.push_async_callback(context.stop)
        # An event that is told before anybody listens would be nobody's.
        await connected(*world.contexts.values())
        await eventually(lambda: bus.is_connected, "the neighbours find the broker")
        yield world


def _contexts(servers: Servers, clock: Clock, variables: Mapping[str, str]) -> list[tuple[str, Context]]:
    of_availability = AvailabilitySettings.read(environ_of(servers, "availability", **variables))
    of_booking = BookingSettings.read(environ_of(servers, "booking", **variables))
    return [
        (
            "availability",
            availability_app.build(kernel.Tools.build("availability", of_availability, clock=clock), of_availability),
        ),
        ("booking", booking_app.build(kernel.Tools.build("booking", of_booking, clock=clock), of_booking)),
    ]


async def _not_yet(*_: object, **__: object) -> None:
    raise AssertionError("the world is not open yet")


async def _end(bus: Bus, connecting: "asyncio.Task[None]") -> None:
    await connecting
    await bus.close()


def morning(world: World) -> None:
    """Tests of a file share their clock."""
    world.clock.set(MORNING)
