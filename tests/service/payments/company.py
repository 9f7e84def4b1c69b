"""Stripe's stand-in, as customers, businesses and a test use it beside the product."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from services.payments.domain.errors import PaymentServiceUnavailable
from services.payments.domain.gateway import Gateway, Intent, Repayment

OK: Final = "pm_card_visa"
DECLINED: Final = "pm_card_chargeDeclinedInsufficientFunds"
# The bank wants to see the customer each time.
ASKS: Final = "pm_card_authenticationRequired"

_SECRET: Final = re.compile(r"(pi_\w+)_secret_\w+")


@dataclass
class Line:
    """The way to the company, which a test may interrupt; counts what is asked."""

    gateway: Gateway
    is_away: bool = False
    calls: Counter[str] = field(default_factory=Counter)
    # Answers that are kept back until the test lets them go, and those that wait for that.
    holds: dict[str, asyncio.Event] = field(default_factory=dict)
    waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        act = getattr(self.gateway, name)
        if not asyncio.iscoroutinefunction(act):
            return act

        async def asked(*args: Any, **facts: Any) -> Any:
            if self.is_away:
                raise PaymentServiceUnavailable
            self.calls[name] += 1
            answer = await act(*args, **facts)
            if hold := self.holds.pop(name, None):
                self.waiting[name].set()
                await hold.wait()
            return answer

        return asked

    def hold(self, name: str) -> tuple[asyncio.Event, asyncio.Event]:
        """Keep the next answer back: set once it is there, and to be set for it to go on."""
        self.waiting[name], self.holds[name] = asyncio.Event(), asyncio.Event()
        return self.waiting[name], self.holds[name]


@dataclass(frozen=True)
class Company:
    """What can be done at Stripe without us."""

    http: httpx.AsyncClient
    line: Line

    async def account(self) -> str:
        """A business's account on which can be charged."""
        made = await self._ask("POST", "accounts", {"type": "express", "country": "NZ"})
        await self.control("_complete-onboarding", accountId=made["id"])
        name: str = made["id"]
        return name

    async def pay(self, account_id: str, intent_id: str, card: str = OK) -> Intent:
        """The customer pays in the browser, and answers the bank where it asks; the intent as it is then."""
        intent = await self._ask("GET", f"payment_intents/{intent_id}", account_id=account_id)
        said = await self._post(
            f"v1/payment_intents/{intent_id}/confirm",
            {
                "client_secret": intent["client_secret"],
                "payment_method": card,
                "return_url": "https://joe.example/booked",
                "key": "pk_test_of_a_test",
            },
            account_id,
        )
        if said.get("status") == "requires_action":
            await self._post(
                "_authenticate",
                {"intent": intent_id, "client_secret": intent["client_secret"], "outcome": "complete"},
                account_id,
            )
        return await self.line.gateway.intent(account_id, intent_id)

    async def pay_link(self, account_id: str, link_id: str) -> None:
        """The customer opens the page, and pays there."""
        page = await self.http.get(f"checkout/{link_id}")
        found = _SECRET.search(page.text)
        assert found is not None, page.text
        await self.pay(account_id, found[1])

    async def intents(self, account_id: str, booking_id: str) -> list[dict[str, Any]]:
        """Those of a booking."""
        found = await self._ask("GET", "payment_intents", {"limit": "100"}, account_id=account_id)
        return [one for one in found["data"] if one["metadata"].get("booking_id") == booking_id]

    async def refunds(self, account_id: str) -> Sequence[dict[str, Any]]:
        found = await self._ask("GET", "refunds", {"limit": "100"}, account_id=account_id)
        data: list[dict[str, Any]] = found["data"]
        return data

    async def repay(self, account_id: str, charge_id: str, amount: int) -> Repayment:
        """The business gives money back in Stripe's own dashboard."""
        made = await self._ask(
            "POST",
            "refunds",
            {"charge": charge_id, "amount": str(amount)},
            account_id=account_id,
        )
        return await self.line.gateway.repayment(account_id, made["id"])

    async def forget_card(self, account_id: str, payment_method_id: str) -> None:
        await self._ask("POST", f"payment_methods/{payment_method_id}/detach", account_id=account_id)

    async def control(self, what: str = "_control", **said: Any) -> None:
        answer = await self.http.post(what, json=said)
        assert answer.status_code == 200, answer.text

    async def _ask(
        self, method: str, path: str, given: Mapping[str, str] | None = None, *, account_id: str | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": "Bearer sk_test_of_a_test"}
        if account_id is not None:
            headers["Stripe-Account"] = account_id
        query, form = (given, None) if method == "GET" else (None, given)
        answer = await self.http.request(method, f"v1/{path}", params=query, data=form, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def _post(self, path: str, form: Mapping[str, str], account_id: str) -> dict[str, Any]:
        """As the browser does: a refusal is an answer too."""
        answer = await self.http.post(path, data=form, headers={"Stripe-Account": account_id})
        assert answer.status_code in {200, 400, 402}, answer.text
        found: dict[str, Any] = answer.json()
        return found
