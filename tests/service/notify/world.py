"""Notify in its real surroundings: database, broker, the sandbox as mail provider, and a small auth that knows links."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from litestar.types import Receive, Scope, Send

from services.contracts.auth import InvitationRequested, PasswordResetRequested, VerificationRequested
from services.contracts.booking import BookingConfirmed
from services.kernel import events, ids
from services.kernel.bus import Bus
from services.kernel.context import Context
from services.kernel.events import Event
from services.kernel.identity import BadIdentity
from services.kernel.settings import Secret
from services.notify import app as notify
from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.sandbox.served import served
from tests.support import identities
from tests.support.contexts import connected, eventually

Environ = Callable[[str], Mapping[str, str]]


class Links:
    """As much of auth, booking and catalog as notify asks, for a caller who has signed as notify."""

    def __init__(self) -> None:
        self._verifiers = {
            path: identities.verifier(context)
            for path, context in (("links", "auth"), ("bookings", "booking"), ("profiles", "catalog"))
        }
        self.known: dict[str, dict[str, Any]] = {}
        # What is answered at any other path.
        self.told: dict[str, dict[str, Any]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            # Granian tells the application of its own start and end as well.
            await receive()
            return
        status, said = self._answer(scope)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(said), "more_body": False})

    def _answer(self, scope: Any) -> tuple[int, Any]:
        token = dict(scope["headers"]).get(b"x-identity", b"").decode()
        path: str = scope["path"]
        try:
            caller = self._verifiers[path.split("/")[2]].context(token).iss
        except BadIdentity:
            caller = ""
        if caller != "notify":
            return 401, {"error": {"code": "UNAUTHENTICATED", "message": "Only notify may ask."}}
        found = self.known.get(path.removeprefix("/internal/links/")) or self.told.get(path)
        if found is None:
            return 404, {"error": {"code": "NOT_FOUND", "message": "There is no such link."}}
        return 200, {"success": True, "data": found}


@dataclass
class World:
    """What a test does and sees."""

    environ: Mapping[str, str]
    links: Links
    auth_port: int
    provider: httpx.AsyncClient
    bus: Bus
    contexts: list[Context] = field(default_factory=list)

    def knows(self, kind: str, to: str, **facts: Any) -> str:
        """A link that auth knows; its request's id."""
        request_id = ids.new_id("req")
        self.links.known[request_id] = {
            "kind": kind,
            "to": to,
            "name": "Sam Ngata",
            "url": f"https://book.example.com/dashboard/{kind}?token={request_id}",
            "expiresAt": (datetime.now(UTC) + timedelta(hours=24)).isoformat(),
            "tenantName": "Joe & Sons",
            "inviterName": "Ann",
            **facts,
        }
        return request_id

    async def tell(self, event: Event, *, event_id: str | None = None) -> str:
        """Publish as auth does."""
        event_id = event_id or ids.new_uuid()
        await self.bus.publish(
            event_id=event_id,
            event_type=event.TYPE,
            body=msgspec.json.encode(event),
            headers=events.headers(
                event_id=event_id,
                event_type=event.TYPE,
                subject=event_id,
                sequence=1,
                tenant_id=getattr(event, "tenant_id", None),
                at=datetime.now(UTC),
                traceparent="",
            ),
        )
        return event_id

    async def ask_to_verify(self, to: str, **facts: Any) -> str:
        """An event that asks for a verification mail; its id."""
        request_id = self.knows("verification", to, **facts)
        return await self.tell(VerificationRequested(user_id="usr_x", request_id=request_id))

    async def ask_to_reset(self, to: str) -> str:
        request_id = self.knows("password_reset", to)
        return await self.tell(PasswordResetRequested(user_id="usr_x", request_id=request_id))

    async def invite(self, to: str) -> str:
        request_id = self.knows("invitation", to)
        return await self.tell(InvitationRequested(tenant_id=ids.new_id("ten"), request_id=request_id))

    async def book(self, to: str, business: str | None, **facts: Any) -> str:
        """Publish as booking does that a booking stands, which it tells about on request; the event's id."""
        tenant_id, booking_id = ids.new_id("ten"), ids.new_id("book")
        starts_at = datetime(2026, 11, 23, 20, tzinfo=UTC)
        self.links.told[f"/internal/bookings/{booking_id}/letter"] = {
            "reference": "PP-7K3M9",
            "state": "confirmed",
            "serviceName": "Blocked drain",
            "startsAt": starts_at.isoformat(),
            "endsAt": (starts_at + timedelta(hours=1)).isoformat(),
            "timezone": "Pacific/Auckland",
            "locale": "en-NZ",
            "currency": "NZD",
            "price": 18_000,
            "paid": 5_000,
            "due": 13_000,
            "customer": {
                "name": "Mia Patel",
                "email": to,
                "phone": "+64211234567",
                "address": "1 Queen St\nTaupō",
            },
            "manageUrl": f"https://book.example.com/manage/{booking_id}",
            "businessName": "Joe & Sons",
            "terms": ["Cancelled at least 24 hours before, everything comes back."],
            **facts,
        }
        self.links.told[f"/internal/profiles/{tenant_id}/contact"] = {"email": business, "phone": "09 123 4567"}
        return await self.tell(
            BookingConfirmed(
                tenant_id=tenant_id,
                booking_id=booking_id,
                version=2,
                reference="PP-7K3M9",
                service_id=ids.new_id("svc"),
                staff_id=ids.new_id("stf"),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
            )
        )

    async def faults(self, **wanted: Any) -> None:
        answer = await self.provider.post("/sandbox/resend/_control", json=wanted)
        assert answer.status_code == 200, answer.text

    async def mails(self, to: str) -> list[dict[str, Any]]:
        answer = await self.provider.get("/sandbox/messages", params={"to": to})
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def mail(self, to: str, *, seconds: float = 15) -> dict[str, Any]:
        """The one mail to that address, once it is there; a second one would have come by then."""
        for _ in range(int(seconds / 0.05)):
            if await self.mails(to):
                await asyncio.sleep(0.3)
                (found,) = await self.mails(to)
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"no mail came within {seconds} s")

    async def message(self, event_id: str) -> dict[str, Any] | None:
        """What notify has stored about the message that the event asked for."""
        async with self.contexts[0].tools.db.transaction() as tx:
            row = await tx.row("SELECT * FROM messages WHERE event_id = $1", event_id)
        return None if row is None else dict(row)

    async def settled(self, event_id: str, state: str, *, seconds: float = 15) -> dict[str, Any]:
        found: dict[str, Any] | None = None
        for _ in range(int(seconds / 0.05)):
            found = await self.message(event_id)
            if found is not None and found["state"] == state:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"the message is {found and found['state']!r}, not {state!r}")

    async def start(self) -> Context:
        """Another process of notify."""
        context = notify.compose(self.environ)
        await context.start("consume")
        self.contexts.append(context)
        return context

    @asynccontextmanager
    async def auth_is_there(self) -> AsyncIterator[None]:
        async with served(self.links, self.auth_port):
            yield


@asynccontextmanager
async def world(environ: Environ, *, processes: int = 1) -> AsyncIterator[World]:
    """Everything but auth, which a test has come and go."""
    auth_port, sandbox_port = free_port(), free_port()
    own = dict(environ("notify")) | {
        **{f"{context}_URL": f"http://127.0.0.1:{auth_port}" for context in ("AUTH", "BOOKING", "CATALOG")},
        "RESEND_BASE_URL": f"http://127.0.0.1:{sandbox_port}/sandbox/resend",
    }
    links = Links()
    bus = Bus(Secret(own["RABBITMQ_URL"]), context="auth")
    connecting = asyncio.create_task(bus.run(consume=False))
    async with (
        served(sandbox.compose(environ("sandbox")).asgi("serve"), sandbox_port) as address,
        httpx.AsyncClient(base_url=address) as provider,
    ):
        found = World(own, links, auth_port, provider, bus)
        await found.faults(reset=True)
        try:
            for _ in range(processes):
                await found.start()
            # An event that is told before anybody listens would be nobody's.
            await connected(*found.contexts)
            await eventually(lambda: bus.is_connected, "auth finds the broker")
            yield found
        finally:
            for context in found.contexts:
                await context.stop()
            await connecting
            await bus.close()
