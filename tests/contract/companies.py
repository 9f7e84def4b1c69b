"""Companies that move money, each as a test sees it from both sides: our adapter, and what other people do over there."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx
import stripe

from services.kernel.clock import SystemClock
from services.payments.domain.gateway import Gateway, Intent, Link
from services.payments.gateways.stripe import Stripe
from services.payments.gateways.stripe.door import Wire
from services.payments.settings import PaymentsSettings
from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.sandbox.served import served
from tests.support.contexts import connected, eventually
from tests.support.environ import environ_of
from tests.support.servers import Servers

Card = str

PAYS: Final[Card] = "pays"
DECLINED: Final[Card] = "declined"
WITHOUT_FUNDS: Final[Card] = "without funds"
# Saved without trouble, declined when it is charged later.
DECLINED_LATER: Final[Card] = "declined later"
ASKS_ALWAYS: Final[Card] = "asks always"
DISPUTED: Final[Card] = "disputed"


class Company(Protocol):
    """What the suite does besides speaking through the adapter."""

    gateway: Gateway

    async def onboard(self, account_id: str) -> None:
        """The business tells the company what it wants to know."""
        ...

    async def forbid(self, account_id: str) -> None:
        """The business lets the platform into its account no more."""
        ...

    async def pay(self, intent: Intent, card: Card = PAYS) -> bool:
        """What the customer does in the browser; whether it went through. A bank that asks is answered."""
        ...

    async def pay_link(self, link: Link, account_id: str) -> None: ...

    async def save_card(self, account_id: str, customer_id: str, card: Card) -> str:
        """The customer leaves a card without paying; answers the payment method's id."""
        ...

    async def told(self, kind: str, object_id: str) -> tuple[bytes, Mapping[str, str]]:
        """The company's word that such a thing happened to that object, as it came."""
        ...

    async def trouble(self, account_id: str, **faults: Any) -> None:
        """Faults of the company: `delay` seconds, `fail` so many calls, `poor` for a balance that bears no refund."""
        ...

    def forged(self, body: bytes, headers: Mapping[str, str]) -> list[tuple[bytes, Mapping[str, str]]]:
        """The same said by somebody else, or long ago, or in the future."""
        ...


@dataclass(frozen=True)
class Exchange:
    """One question that our adapter asked, and what came of it."""

    call: str
    status: int
    code: str | None
    sent: Mapping[str, str]


_NUMBERS: Final = {
    PAYS: "4242424242424242",
    DECLINED: "4000000000000002",
    WITHOUT_FUNDS: "4000000000009995",
    DECLINED_LATER: "4000000000000341",
    ASKS_ALWAYS: "4000002760003184",
    DISPUTED: "4000000000000259",
}
_SECRET: Final = "whsec_connect_of_a_test"


@dataclass
class AtStripe:
    """Stripe, as its stand-in plays it."""

    gateway: Gateway
    client: httpx.AsyncClient
    asked: list[Exchange] = field(default_factory=list)
    heard: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)

    async def onboard(self, account_id: str) -> None:
        await self._control("_complete-onboarding", accountId=account_id)

    async def forbid(self, account_id: str) -> None:
        await self._control("_deauthorize", accountId=account_id)

    async def pay(self, intent: Intent, card: Card = PAYS) -> bool:
        return await self._confirm(intent.account_id, intent.id, intent.client_secret or "", card)

    async def pay_link(self, link: Link, account_id: str) -> None:
        page = await self.client.get(urlsplit(link.url).path)
        found = re.search(r'data-secret="([^"]+)"', page.text)
        assert found is not None, page.text
        intent_id = found[1].partition("_secret_")[0]
        assert await self._confirm(account_id, intent_id, found[1], PAYS, return_url="https://back.example")

    async def save_card(self, account_id: str, customer_id: str, card: Card) -> str:
        headers = {"Authorization": "Bearer sk_test_of_a_test", "Stripe-Account": account_id}
        made = await self.client.post(
            "/sandbox/stripe/v1/payment_methods", data={"type": "card", **_card("card", card)}, headers=headers
        )
        assert made.status_code == 200, made.text
        found: str = made.json()["id"]
        kept = await self.client.post(
            f"/sandbox/stripe/v1/payment_methods/{found}/attach", data={"customer": customer_id}, headers=headers
        )
        assert kept.status_code == 200, kept.text
        return found

    async def _confirm(self, account_id: str, intent_id: str, secret: str, card: Card, **other: str) -> bool:
        """What Stripe's browser library sends."""
        headers = {"Authorization": "Bearer pk_test_of_a_test", "Stripe-Account": account_id}
        said = await self.client.post(
            f"/sandbox/stripe/v1/payment_intents/{intent_id}/confirm",
            data={
                "client_secret": secret,
                "payment_method_data[type]": "card",
                **_card("payment_method_data[card]", card),
                **other,
            },
            headers=headers,
        )
        if said.status_code == 200 and said.json()["status"] == "requires_action":
            said = await self.client.post(
                "/sandbox/stripe/_authenticate",
                data={"intent": intent_id, "client_secret": secret, "outcome": "complete"},
                headers=headers,
            )
        assert said.status_code in {200, 402}, said.text
        return said.status_code == 200 and said.json()["status"] == "succeeded"

    async def told(self, kind: str, object_id: str) -> tuple[bytes, Mapping[str, str]]:
        found: list[tuple[bytes, Mapping[str, str]]] = []

        def is_there() -> bool:
            for body, headers in self.heard:
                said = json.loads(body)
                if said["type"] == kind and said["data"]["object"]["id"] == object_id:
                    found.append((body, headers))
            return bool(found)

        await eventually(is_there, f"{kind} of {object_id} is told")
        return found[0]

    async def trouble(self, account_id: str, **faults: Any) -> None:
        names = {"delay": "delayMs", "fail": "failNext", "poor": "refuseRefunds"}
        wanted = {names[name]: value * 1000 if name == "delay" else value for name, value in faults.items()}
        await self._control("_control", accountId=account_id, **(wanted or {"reset": True}))

    def forged(self, body: bytes, headers: Mapping[str, str]) -> list[tuple[bytes, Mapping[str, str]]]:
        now = int(SystemClock().now().timestamp())
        text = body.decode()

        def signed(secret: str, at: int) -> dict[str, str]:
            return {"stripe-signature": stripe.WebhookSignature.generate_signature_header(text, secret, at)}

        # Signed by the right secret just now it would pass: so it is the secret and the instant that make the others fail.
        self.gateway.notice(body, signed(_SECRET, now))
        return [
            (body, {}),
            (body, {name: value for name, value in headers.items() if name.lower() != "stripe-signature"}),
            (body + b" ", headers),
            (body.replace(b"succeeded", b"SUCCEEDED"), headers),
            (body, signed("whsec_of_somebody_else", now)),
            (body, signed(_SECRET, now - 302)),
            (body, signed(_SECRET, now + 302)),
            (b"", signed(_SECRET, now)),
        ]

    async def _control(self, what: str, **said: Any) -> None:
        answer = await self.client.post(f"/sandbox/stripe/{what}", json=said)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def at_stripe(servers: Servers, **changed: str) -> AsyncIterator[AtStripe]:
    """The stand-in behind a real port, our adapter before it, and somebody who hears its webhooks."""
    async with AsyncExitStack() as stack:
        heard: list[tuple[bytes, Mapping[str, str]]] = []
        ear = await stack.enter_async_context(served(_listening(heard), free_port()))
        port = free_port()
        context = sandbox.compose(environ_of(servers, "sandbox", STRIPE_WEBHOOK_URL=f"{ear}/hear"))
        address = await stack.enter_async_context(served(context.asgi(), port))
        await connected(context)
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=15, trust_env=False))
        asked: list[Exchange] = []
        settings = PaymentsSettings.read(
            environ_of(servers, "payments", STRIPE_BASE_URL=f"{address}/sandbox/stripe", **changed)
        )
        gateway = Stripe(settings, SystemClock(), wire=Wire(is_own_address=True, hooks=[_recording(asked)]))
        stack.push_async_callback(gateway.close)
        yield AtStripe(gateway, client, asked, heard)


def _recording(asked: list[Exchange]) -> Any:
    async def record(response: httpx.Response) -> None:
        request = response.request
        path = request.url.path.partition("/sandbox/stripe")[2]
        code = None
        if response.status_code >= 400:
            await response.aread()
            code = response.json()["error"].get("code")
        sent = dict(parse_qsl(request.content.decode()))
        asked.append(Exchange(f"{request.method} {_without_ids(path)}", response.status_code, code, sent))

    return record


def _card(name: str, card: Card) -> dict[str, str]:
    facts = {"number": _NUMBERS[card], "exp_month": "12", "exp_year": "2034", "cvc": "123"}
    return {f"{name}[{fact}]": text for fact, text in facts.items()}


def _without_ids(path: str) -> str:
    return re.sub(r"/(?:acct|ch|cs|cus|du|pi|re)_\w+", "/{id}", path)


def _listening(heard: list[tuple[bytes, Mapping[str, str]]]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await receive()
            return
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        if body:
            heard.append((body, {name.decode(): value.decode() for name, value in scope["headers"]}))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app
