"""Payments and the accounts of businesses: Stripe's stand-in behind a port, auth and catalog as far as they are asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
from litestar.types import Receive, Scope, Send

from services.kernel import context as kernel
from services.kernel.context import Context
from services.kernel.ids import new_id
from services.payments.app import build
from services.payments.domain.gateway import Gateway
from services.payments.settings import PaymentsSettings
from services.payments.use_cases.tools import Tools
from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.sandbox.served import served
from tests.support import identities
from tests.support.clock import FrozenClock
from tests.support.contexts import connected, running
from tests.support.environ import environ_of
from tests.support.servers import Servers


@dataclass
class Neighbours:
    """Auth and catalog behind one port, for whoever has signed as payments."""

    clock: FrozenClock
    businesses: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    are_away: bool = False

    def opens(self, tenant_id: str, slug: str, *, country: str = "NZ", email: str | None = "jo@example.com") -> None:
        self.businesses[tenant_id] = {"id": tenant_id, "slug": slug, "country": country, "ownerEmail": email}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            await receive()
            return
        status, said = self._answer(scope)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(said), "more_body": False})

    def _answer(self, scope: Any) -> tuple[int, Any]:
        path: str = scope["path"]
        self.asked[path] += 1
        context, _, asked = path.removeprefix("/").partition("/internal/")
        token = dict(scope["headers"]).get(b"x-identity", b"").decode()
        assert identities.verifier(context, self.clock).context(token).iss == "payments"
        if self.are_away:
            return 503, {"error": {"code": "SERVICE_UNAVAILABLE", "message": "Not now."}}
        by_slug = {one["slug"]: one for one in self.businesses.values()}
        name = asked.rpartition("/")[2]
        one = by_slug.get(name) if "by-slug" in asked else self.businesses.get(name)
        if one is None:
            return 404, {"error": {"code": "NOT_FOUND", "message": "There is nothing here by that name."}}
        told = one | {"name": "Joe's Plumbing"} if context == "auth" else _profile(one)
        return 200, {"success": True, "data": told}


def _profile(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "tenantId": one["id"],
        "version": 1,
        "slug": one["slug"],
        "businessName": "Joe's Plumbing",
        "timezone": "Pacific/Auckland",
        "currency": "NZD",
        "locale": "en-NZ",
        "country": one["country"],
        "brandColor": "#3B82F6",
        "logoUrl": None,
        "cancellationPolicy": [],
        "reminderHours": [],
    }


@dataclass
class Business:
    """One that has signed up, and its people."""

    house: "House"
    tenant_id: str
    slug: str

    async def call(self, method: str, path: str, *, role: Any = "owner") -> httpx.Response:
        headers = identities.person("usr_1", tenant_id=self.tenant_id, role=role, clock=self.house.clock)
        return await self.house.client.request(method, path, headers=headers)

    async def connect(self) -> str:
        """The page that it is sent to."""
        answer = await self.call("POST", "/api/stripe/connect/create-account")
        assert answer.status_code == 200, answer.text
        url: str = answer.json()["data"]["url"]
        return url

    async def status(self) -> dict[str, Any]:
        answer = await self.call("GET", "/api/stripe/connect/status")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    async def ready(self) -> str:
        """Connected, and everything told; answers the account's id."""
        await self.connect()
        account_id: str = (await self.status())["accountId"]
        await self.house.at_stripe("_complete-onboarding", accountId=account_id)
        assert (await self.status())["chargesEnabled"]
        return account_id

    async def told(self) -> list[dict[str, Any]]:
        """What was told of its account, in order."""
        async with self.house.tools.db.transaction() as tx:
            rows = await tx.rows(
                "SELECT body FROM outbox WHERE aggregate_id = $1 AND type = 'payments.account.changed.v1' ORDER BY id",
                self.tenant_id,
            )
        return [msgspec.json.decode(row["body"]) for row in rows]


class Interrupted(Exception):  # noqa: N818 - named by what happened
    """The process ended here."""


class Between:
    """A gateway before which a test may do something, and after which it may die."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.dies_after: set[str] = set()
        self.raises: dict[str, list[Exception]] = {}
        # What is waited for before an answer is handed on.
        self.holds: dict[str, asyncio.Event] = {}
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._gateway, name)
        if name in {"name", "notice", "told", "close"} or name.endswith("_in"):
            return act

        async def asked(*args: Any, **facts: Any) -> Any:
            self.calls[name] += 1
            if self.raises.get(name):
                raise self.raises[name].pop(0)
            answer = await act(*args, **facts)
            if hold := self.holds.pop(name, None):
                await hold.wait()
            if name in self.dies_after:
                self.dies_after.remove(name)
                raise Interrupted
            return answer

        return asked


@dataclass
class House:
    """Payments, and what stands around it."""

    context: Context
    client: httpx.AsyncClient
    clock: FrozenClock
    neighbours: Neighbours
    gateway: Between
    stripe: httpx.AsyncClient
    # Where the stand-in is, for a process of its own.
    environ: dict[str, str]

    @property
    def tools(self) -> Tools:
        tools: Tools = self.context.provides["tools"]
        return tools

    def business(self, **facts: Any) -> Business:
        tenant_id = new_id("ten")
        slug = f"joe-{tenant_id[-12:]}"
        self.neighbours.opens(tenant_id, slug, **facts)
        return Business(self, tenant_id, slug)

    async def at_stripe(self, what: str, **said: Any) -> None:
        answer = await self.stripe.post(f"/sandbox/stripe/{what}", json=said)
        assert answer.status_code == 200, answer.text

    async def accounts_at_stripe(self, tenant_id: str) -> list[str]:
        """Those that were opened for the business."""
        answer = await self.stripe.get(
            "/sandbox/stripe/v1/accounts",
            params={"limit": "100"},
            headers={"Authorization": "Bearer sk_test_of_a_test"},
        )
        return [one["id"] for one in answer.json()["data"] if one["metadata"].get("tenant_id") == tenant_id]


@asynccontextmanager
async def opened(servers: Servers) -> AsyncIterator[House]:
    clock = FrozenClock(datetime.now(UTC))
    async with AsyncExitStack() as stack:
        ports = free_port(), free_port()
        stand_in = sandbox.compose(environ_of(servers, "sandbox", STRIPE_WEBHOOK_URL="http://127.0.0.1:9/nobody"))
        address = await stack.enter_async_context(served(stand_in.asgi("serve"), ports[0]))
        await connected(stand_in)
        neighbours = Neighbours(clock)
        beside = await stack.enter_async_context(served(neighbours, ports[1]))
        environ = environ_of(
            servers,
            "payments",
            STRIPE_BASE_URL=f"{address}/sandbox/stripe",
            AUTH_URL=f"{beside}/auth",
            CATALOG_URL=f"{beside}/catalog",
        )
        settings = PaymentsSettings.read(environ)
        base = kernel.Tools.build("payments", settings, clock)
        gateway = Between(build(base, settings).provides["tools"].gateway)
        context = build(base, settings, gateway)
        client = await stack.enter_async_context(running(context, "serve"))
        await connected(context)
        stripe = await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=10, trust_env=False))
        yield House(context, client, clock, neighbours, gateway, stripe, environ)
