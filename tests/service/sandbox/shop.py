"""A business on the stand-in for Stripe, and the unmodified `stripe` package that talks to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
import stripe

from services.kernel.context import Context
from services.sandbox import app as sandbox
from services.sandbox.use_cases.stripe import checkout_pages, waiting
from stack.ports import free_port
from tests.service.sandbox.served import Environ, served

NEVER = {"enabled": True, "allow_redirects": "never"}


@dataclass
class Shop:
    """One connected account that may charge, asked as the platform."""

    address: str
    client: stripe.StripeClient
    http: httpx.AsyncClient
    context: Context
    account: str = ""

    @property
    def v1(self) -> Any:
        return self.client.v1

    @property
    def options(self) -> dict[str, Any]:
        return {"stripe_account": self.account}

    async def open_account(self) -> str:
        account = await self.v1.accounts.create_async({"type": "express", "country": "US"})
        await self.control("_complete-onboarding", accountId=account.id)
        account_id: str = account.id
        return account_id

    async def control(self, what: str, **wanted: Any) -> dict[str, Any]:
        answer = await self.http.post(f"/sandbox/stripe/{what}", json=wanted)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()["data"]
        return said

    async def card(self, number: str) -> str:
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        method = await self.v1.payment_methods.create_async({"type": "card", "card": card}, self.options)
        method_id: str = method.id
        return method_id

    async def ask(self, amount: int = 5000, **sent: Any) -> Any:
        params = {"amount": amount, "currency": "usd", "automatic_payment_methods": NEVER, **sent}
        return await self.v1.payment_intents.create_async(params, self.options)

    async def pay(self, method: str = "pm_card_visa", amount: int = 5000, **sent: Any) -> Any:
        return await self.ask(amount, payment_method=method, confirm=True, **sent)

    async def intent(self, intent_id: str, *expand: str) -> Any:
        return await self.v1.payment_intents.retrieve_async(intent_id, {"expand": list(expand)}, self.options)

    async def charge(self, charge_id: str, *expand: str) -> Any:
        return await self.v1.charges.retrieve_async(charge_id, {"expand": list(expand)}, self.options)

    async def told(self, *, account: str | None = None, about: str | None = None) -> list[str]:
        """The types of the account's events, oldest first; of one object only, where it is named."""
        options = self.options if account is None else {}
        events = await self.v1.events.list_async({"limit": 100}, options)
        return [event.type for event in reversed(events.data) if about in {None, event.data.object["id"]}]

    async def browser(
        self, method: str, path: str, form: Mapping[str, str] | None = None, *, key: str = "pk_test_sandbox"
    ) -> httpx.Response:
        """As Stripe's script asks, with the publishable key."""
        headers = {"Authorization": f"Bearer {key}", "Stripe-Account": self.account}
        if method == "GET":
            return await self.http.get(f"/sandbox/stripe{path}", params=form, headers=headers)
        return await self.http.post(f"/sandbox/stripe{path}", data=dict(form or {}), headers=headers)

    async def answer_bank(self, intent: Any, outcome: str) -> dict[str, Any]:
        form = {"intent": intent.id, "client_secret": intent.client_secret, "outcome": outcome}
        answer = await self.browser("POST", "/_authenticate", form)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def look(self, session: Any) -> checkout_pages.Shown:
        """What the page of a Checkout session shows to whoever opens it."""
        shown = await checkout_pages.shown(cast("Any", self.context.provides["stripe"]), session.id)
        assert shown is not None
        return shown

    async def let_time_pass(self, seconds: int) -> None:
        await self.control("_clock", advanceSeconds=seconds)
        standin = cast("Any", self.context.provides["stripe"])
        await waiting.sweep(self.context.tools.db, self.context.tools.clock, standin)


@asynccontextmanager
async def opened(environ: Environ) -> AsyncIterator[Shop]:
    port = free_port()
    context = sandbox.compose(environ("sandbox"))
    async with served(context.asgi("serve"), port) as address, httpx.AsyncClient(base_url=address) as http:
        stripe.enable_telemetry = False
        addresses: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), f"{address}/sandbox/stripe")
        client = stripe.StripeClient(
            "sk_test_sandbox",
            base_addresses=addresses,
            http_client=stripe.HTTPXClient(timeout=10),
            max_network_retries=0,
        )
        shop = Shop(address, client, http, context)
        # Nobody listens for them here; what happened is read from the list of events.
        await shop.control("_control", dropWebhooks=True)
        shop.account = await shop.open_account()
        try:
            yield shop
        finally:
            await cast("Any", client._requestor._client).close_async()


async def refused(act: Awaitable[Any], kind: type[stripe.StripeError], **said: Any) -> Any:
    """The refusal; `said` are fields of its `error`."""
    with pytest.raises(kind) as error:
        await act
    found = {name: getattr(error.value.error, name, None) for name in said}
    assert found == said, error.value.user_message
    return error.value


async def at_once(*acts: Awaitable[Any]) -> tuple[list[Any], list[stripe.StripeError]]:
    """What came of things done at the same time: answers, and refusals."""
    came = await asyncio.gather(*acts, return_exceptions=True)
    wrong = [one for one in came if isinstance(one, BaseException) and not isinstance(one, stripe.StripeError)]
    assert not wrong
    return [one for one in came if not isinstance(one, BaseException)], [
        one for one in came if isinstance(one, stripe.StripeError)
    ]
