"""Catalog as it runs in production, in this process, beside the real auth that it asks and hears."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import aio_pika
import httpx
import msgspec

from services.auth import app as auth
from services.catalog import app as catalog
from services.kernel import events
from services.kernel.bus import EVENTS, Bus
from services.kernel.context import Context
from services.kernel.events import Event
from services.kernel.ids import new_id, new_uuid
from services.kernel.settings import Secret
from stack.ports import free_port
from tests.service.catalog.neighbour import Neighbour
from tests.service.sandbox.served import served
from tests.support import identities
from tests.support.contexts import connected, eventually
from tests.support.environ import PUBLIC_URL, environ_of
from tests.support.servers import Servers

PASSWORD: Final = "plum blossom at dawn"


@dataclass
class Answer:
    """An answer, opened."""

    status: int
    body: Any
    headers: httpx.Headers
    content: bytes

    @property
    def data(self) -> Any:
        assert self.body["success"] is True, self.body
        return self.body["data"]

    @property
    def error(self) -> Any:
        assert self.body["success"] is False, self.body
        assert self.body["statusCode"] == self.status
        return self.body["error"]

    @property
    def details(self) -> dict[str, str]:
        assert (self.status, self.error["code"]) == (400, "VALIDATION_ERROR"), self.body
        found: dict[str, str] = self.error["details"]
        return found


class Catalog:
    """One process of catalog."""

    def __init__(self, context: Context) -> None:
        self.context = context
        transport = httpx.ASGITransport(context.asgi(), raise_app_exceptions=False)  # type: ignore[arg-type] # its own word
        self.client = httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)

    @property
    def tools(self) -> Any:
        return self.context.provides["tools"]

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> Answer:
        if body is not None:
            sent |= {"content": msgspec.json.encode(body)}
            headers = {"content-type": "application/json", **(headers or {})}
        response = await self.client.request(method, path, headers=headers, **sent)
        is_json = response.headers.get("content-type", "").startswith("application/json") and response.content
        return Answer(response.status_code, response.json() if is_json else None, response.headers, response.content)

    async def get(self, path: str, **how: Any) -> Answer:
        return await self.call("GET", path, **how)

    async def ask(self, path: str) -> Answer:
        """As another context does."""
        return await self.get(path, headers=identities.context("booking", "catalog"))


@dataclass
class Business:
    """A business that has just signed up, and the person who owns it."""

    catalog: Catalog
    tenant_id: str
    slug: str
    name: str
    email: str

    def headers(self, role: str = "owner") -> dict[str, str]:
        return identities.person("usr_of_a_test", tenant_id=self.tenant_id, role=role)  # type: ignore[arg-type]

    async def call(self, method: str, path: str, body: Any = None, *, role: str = "owner", **how: Any) -> Answer:
        headers = {**self.headers(role), **how.pop("headers", {})}
        return await self.catalog.call(method, path, body, headers=headers, **how)

    async def settings(self, **changes: Any) -> Answer:
        """Changed, or only read where nothing is to change."""
        return await (self.call("PUT", "/api/settings", changes) if changes else self.call("GET", "/api/settings"))

    async def offer(self, **service: Any) -> dict[str, Any]:
        """A service that is set up."""
        answer = await self.call("POST", "/api/services", {"name": "Drain", "durationMinutes": 60, **service})
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.data
        return made

    async def change(self, service_id: str, **changes: Any) -> Answer:
        return await self.call("PUT", f"/api/services/{service_id}", changes)

    async def config(self, **how: Any) -> Answer:
        return await self.catalog.get(f"/api/widget/{self.slug}/config", **how)


@dataclass
class House:
    """Auth and catalog with their lights on."""

    servers: Servers
    catalog: Catalog
    auth: Context
    auth_client: httpx.AsyncClient
    auth_port: int
    bus: Bus
    environ: dict[str, str]
    availability: Neighbour
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def business(self, catalog: Catalog | None = None, **changed: Any) -> Business:
        email = f"{new_id('who')}@example.com"
        person = {"email": email, "password": PASSWORD, "name": "Jo Miller", "country": "NZ"}
        named = {"businessName": f"Plumbing {new_id('biz')[-10:]}", **changed}
        response = await self.auth_client.post("/api/auth/signup", json=person | named)
        assert response.status_code == 201, response.text
        tenant = response.json()["data"]["tenant"]
        return Business(catalog or self.catalog, tenant["id"], tenant["slug"], tenant["name"], email)

    async def tell(self, event: Event, *, subject: str, sequence: int = 1) -> None:
        """Publish as the event's producer does."""
        event_id = new_uuid()
        await self.bus.publish(
            event_id=event_id,
            event_type=event.TYPE,
            body=msgspec.json.encode(event),
            headers=events.headers(
                event_id=event_id,
                event_type=event.TYPE,
                subject=subject,
                sequence=sequence,
                tenant_id=getattr(event, "tenant_id", None),
                at=datetime.now(UTC),
                traceparent="",
            ),
        )

    def events(self, name: str, **facts: Any) -> list[Any]:
        return [
            body
            for key, body in self.heard
            if key == name and all(body.get(fact) == value for fact, value in facts.items())
        ]

    async def event(self, name: str, **facts: Any) -> Any:
        await eventually(lambda: bool(self.events(name, **facts)), f"{name} with {facts} comes", within=20)
        return self.events(name, **facts)[-1]

    @asynccontextmanager
    async def another(self, **changed: str) -> AsyncIterator[Catalog]:
        """A second process beside the first."""
        context = catalog.compose({**self.environ, **changed})
        await context.start("all")
        one = Catalog(context)
        try:
            await connected(context)
            yield one
        finally:
            await one.client.aclose()
            await context.stop()


@asynccontextmanager
async def opened(servers: Servers, **changed: str) -> AsyncIterator[House]:
    """Both, started and stopped again; `changed` are variables of catalog's environment."""
    async with AsyncExitStack() as stack:
        auth_port = free_port()
        auth_context = auth.compose(environ_of(servers, "auth", PEEPOPAY_UNLIMITED="1"))
        address = await stack.enter_async_context(served(auth_context.asgi(), auth_port))
        auth_client = await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False))
        availability = Neighbour()
        neighbour = await stack.enter_async_context(served(availability, free_port()))
        environ = environ_of(
            servers,
            "catalog",
            AUTH_URL=address,
            AVAILABILITY_URL=neighbour,
            WIDGET_PAGE="/nowhere/at/all",
            PEEPOPAY_UNLIMITED="1",
        )
        environ |= changed
        context = catalog.compose(environ)
        await context.start("all")
        stack.push_async_callback(context.stop)
        one = Catalog(context)
        stack.push_async_callback(one.client.aclose)
        bus = Bus(Secret(servers.rabbitmq), context="payments")
        await stack.enter_async_context(_connecting(bus))
        await connected(auth_context, context)
        house = House(servers, one, auth_context, auth_client, auth_port, bus, environ, availability)
        connection = await aio_pika.connect(servers.rabbitmq)
        stack.push_async_callback(connection.close)
        await _listen(connection, house)
        await eventually(one.tools.freshness.is_trusted, "catalog hears of changes")
        yield house


@asynccontextmanager
async def _connecting(bus: Bus) -> AsyncIterator[None]:
    await bus.run(consume=False)
    try:
        yield
    finally:
        await bus.close()


async def _listen(connection: aio_pika.abc.AbstractConnection, house: House) -> None:
    channel = await connection.channel()
    exchange = await channel.get_exchange(EVENTS.name)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, "catalog.#")

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        house.heard.append((message.routing_key or "", msgspec.json.decode(message.body)))

    await queue.consume(hear, no_ack=True)
