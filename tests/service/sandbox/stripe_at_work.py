"""The stand-in for Stripe behind a real port, asked by Stripe's own client, and an endpoint that gets its webhooks."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import stripe
from litestar.enums import HttpMethod, ScopeType
from litestar.types import Receive, Scope, Send

from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.sandbox.served import served
from tests.support.contexts import eventually

PLATFORM_SECRET = "whsec_platform_of_a_test"
CONNECT_SECRET = "whsec_connect_of_a_test"


@dataclass
class News:
    """One webhook as it arrived."""

    body: bytes
    signature: str
    at: float = field(default_factory=time.monotonic)

    def event(self, secret: str = CONNECT_SECRET) -> Any:
        """Verified by Stripe's own package."""
        return stripe.Webhook.construct_event(self.body, self.signature, secret)


class Endpoint:
    """Gets webhooks; answers with the status that the test wants."""

    def __init__(self) -> None:
        self.news: list[News] = []
        # What the next ones are answered with; then 200.
        self.answers: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return
        body = b""
        while True:
            message: Any = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status = 200
        if scope["method"] == HttpMethod.POST:
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.news.append(News(body, headers["stripe-signature"]))
            status = self.answers.pop(0) if self.answers else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass
class Stand:
    """The stand-in at work."""

    address: str
    http: httpx.AsyncClient
    endpoint: Endpoint
    # Where its webhooks go.
    hook: str
    _clients: list[stripe.HTTPXClient] = field(default_factory=list)

    @property
    def news(self) -> list[News]:
        return self.endpoint.news

    def client(self, key: str = "sk_test_of_a_test", **options: Any) -> Any:
        """Stripe's own package, unmodified, at this address; its types stand in the way of what is wrong on purpose."""
        client = stripe.HTTPXClient(timeout=10)
        self._clients.append(client)
        base = f"{self.address}/sandbox/stripe"
        addresses: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), base)
        return stripe.StripeClient(key, base_addresses=addresses, http_client=client, **options)

    async def account(self, **params: Any) -> str:
        """A business's account on which can be charged."""
        made = await self.client().v1.accounts.create_async({"type": "express", "country": "NZ", **params})
        await self.http.post("/_complete-onboarding", json={"accountId": made.id})
        account_id: str = made.id
        return account_id

    async def control(self, **faults: Any) -> dict[str, Any]:
        answer = await self.http.post("/_control", json=faults)
        assert answer.status_code == 200, answer.text
        holding: dict[str, Any] = answer.json()["data"]
        return holding

    async def told(self, count: int) -> list[News]:
        await eventually(lambda: len(self.news) >= count, f"{count} webhooks arrive")
        return self.news

    async def close(self) -> None:
        for client in self._clients:
            await client.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def at_work(environ: Callable[[str], Mapping[str, str]], **other: str) -> AsyncIterator[Stand]:
    """The sandbox and an endpoint of the product's, each behind a port of its own."""
    stripe.enable_telemetry = False
    endpoint = Endpoint()
    own = {
        **environ("sandbox"),
        "STRIPE_WEBHOOK_SECRET": PLATFORM_SECRET,
        "STRIPE_CONNECT_WEBHOOK_SECRET": CONNECT_SECRET,
    }
    async with served(endpoint, free_port()) as receiver:
        own |= {"STRIPE_WEBHOOK_URL": f"{receiver}/hook", **other}
        async with (
            served(sandbox.compose(own).asgi("serve"), free_port()) as address,
            httpx.AsyncClient(base_url=f"{address}/sandbox/stripe", timeout=10) as http,
        ):
            stand = Stand(address, http, endpoint, own["STRIPE_WEBHOOK_URL"])
            try:
                yield stand
            finally:
                await stand.close()
