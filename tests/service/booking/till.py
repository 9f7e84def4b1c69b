"""Payments, as booking meets it: deposits that are made, paid, closed and sent back, and everything that can go wrong."""

import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from litestar.types import Receive, Scope, Send

from services.contracts.payments import (
    AccountChanged,
    BalanceFailed,
    BalanceSucceeded,
    DepositCanceled,
    DepositFailed,
    DepositSucceeded,
    MoneyEvent,
    RefundFailed,
    RefundSucceeded,
)
from services.kernel.clock import Clock
from services.kernel.events import Event
from services.kernel.identity import BadIdentity
from services.kernel.ids import new_id
from tests.support import identities

Tell = Callable[..., Awaitable[None]]


@dataclass
class Account:
    """One booking's money."""

    tenant_id: str
    booking_id: str
    payment_id: str = ""
    amount: int = 0
    currency: str = "NZD"
    # None: no intent was ever made.
    status: Literal["requires_payment", "processing", "succeeded", "canceled"] | None = None
    is_closed: bool = False
    version: int = 0
    paid: int = 0
    refunded: int = 0
    asked: dict[str, Any] = field(default_factory=dict)
    # By operation.
    refunds: dict[str, int] = field(default_factory=dict)
    balances: dict[str, "Balance"] = field(default_factory=dict)


@dataclass
class Balance:
    """A charge of the rest."""

    payment_id: str
    amount: int
    status: Literal["succeeded", "requires_action", "failed", "canceled"]


@dataclass
class Till:
    """Behind `/payments/internal/…`; what it says by events is published when a test says so."""

    clock: Clock
    tell: Tell
    accounts: dict[str, Account] = field(default_factory=dict)
    # Businesses that can't be paid by card.
    unready: set[str] = field(default_factory=set)
    is_away: bool = False
    # Seconds each answer takes.
    takes: float = 0.0
    # What it refuses, by the last part of the path: a status and a code.
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    # Acts, and dies before it answers.
    answers_lost: set[str] = field(default_factory=set)
    # Acts, and waits so many seconds before it answers.
    answers_late: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    # What becomes of a charge of the rest.
    charges: Literal["succeeded", "requires_action", "failed"] = "succeeded"
    # Whether it tells that a balance was paid; its answers do so always.
    tells_of_balances: bool = True
    # Charges that were given up.
    given_up: set[str] = field(default_factory=set)
    # Refunds are decided, and the money goes back some other day.
    refunds_wait: bool = False
    # What receipts were written of.
    receipts: list[dict[str, Any]] = field(default_factory=list)

    def of(self, booking_id: str) -> Account:
        return self.accounts[booking_id]

    async def pay(self, booking_id: str, *, is_told: bool = True) -> DepositSucceeded:
        """The customer's card is charged, and payments has heard of it."""
        account = self.of(booking_id)
        assert account.status in {"requires_payment", "processing"}, f"can't be paid: {account.status}"
        account.status = "succeeded"
        account.paid = account.amount
        fact = DepositSucceeded(**self._facts(account), card_saved=True)
        if is_told:
            await self.say(fact)
        return fact

    async def decline(self, booking_id: str, code: str = "card_declined") -> None:
        account = self.of(booking_id)
        await self.say(DepositFailed(**self._facts(account), decline_code=code))

    def refunded_fact(self, booking_id: str, amount: int, operation_id: str | None = None) -> RefundSucceeded:
        """Money went back, by whomever."""
        account = self.of(booking_id)
        account.refunded += amount
        facts = {**self._facts(account), "amount": amount}
        return RefundSucceeded(**facts, refund_id=new_id("rfnd"), operation_id=operation_id)

    async def fail_refund(self, booking_id: str) -> None:
        """The bank sends the money of the only refund back, days later."""
        account = self.of(booking_id)
        ((operation_id, amount),) = account.refunds.items()
        account.refunds.clear()
        account.refunded -= amount
        facts = {**self._facts(account), "amount": amount}
        await self.say(RefundFailed(**facts, refund_id=new_id("rfnd"), operation_id=operation_id))

    async def can_be_paid(self, tenant_id: str, *, version: int = 1, is_so: bool = True) -> None:
        await self.say(AccountChanged(tenant_id=tenant_id, version=version, charges_enabled=is_so), about=tenant_id)

    async def say(self, fact: Event, *, about: str | None = None, event_id: str | None = None) -> None:
        booking_id = fact.booking_id if isinstance(fact, MoneyEvent) else ""
        await self.tell(fact, about=about or booking_id, event_id=event_id)

    def _facts(self, account: Account) -> dict[str, Any]:
        account.version += 1
        return {
            "tenant_id": account.tenant_id,
            "booking_id": account.booking_id,
            "version": account.version,
            "payment_id": account.payment_id,
            "currency": account.currency,
            "amount": account.amount,
            "paid": account.paid,
            "refunded": account.refunded,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = str(scope["path"])
        body = b""
        while True:
            message: Any = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, said = await self._answer(scope, path, msgspec.json.decode(body) if body else {})
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(said), "more_body": False})

    async def _answer(self, scope: Any, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        parts = path.removeprefix("/internal/").split("/")
        act = parts[-1] if parts[0] != "accounts" else "accounts"
        self.asked[act] += 1
        if self.is_away:
            return _refusal(503, "PAYMENT_SERVICE_UNAVAILABLE")
        if self.takes:
            await asyncio.sleep(self.takes)
        token = dict(scope["headers"]).get(b"x-identity", b"").decode()
        try:
            caller = identities.verifier("payments", self.clock).context(token).iss
        except BadIdentity:
            caller = ""
        if caller != "booking":
            return _refusal(401, "UNAUTHENTICATED")
        if act in self.refused:
            return _refusal(*self.refused[act])
        answered = await self._act(parts, act, body)
        self.done[act] += 1
        if self.answers_late:
            await asyncio.sleep(self.answers_late)
        if act in self.answers_lost:
            return _refusal(503, "PAYMENT_SERVICE_UNAVAILABLE")
        return answered

    async def pay_balance(self, booking_id: str) -> None:
        """The customer pays at the link."""
        account = self.of(booking_id)
        operation_id, balance = next(
            (key, one) for key, one in account.balances.items() if one.status == "requires_action"
        )
        balance.status = "succeeded"
        account.paid += balance.amount
        await self.say(BalanceSucceeded(**self._balance_facts(account, balance), operation_id=operation_id))

    async def tell_of_balance(self, booking_id: str) -> None:
        """That the only balance was paid is told at last."""
        account = self.of(booking_id)
        ((operation_id, balance),) = account.balances.items()
        await self.say(BalanceSucceeded(**self._balance_facts(account, balance), operation_id=operation_id))

    async def fail_balance(self, booking_id: str) -> None:
        """The link has run out."""
        account = self.of(booking_id)
        operation_id, balance = next(
            (key, one) for key, one in account.balances.items() if one.status == "requires_action"
        )
        balance.status = "failed"
        await self.say(BalanceFailed(**self._balance_facts(account, balance), operation_id=operation_id))

    def _balance_facts(self, account: Account, balance: Balance) -> dict[str, Any]:
        return {**self._facts(account), "payment_id": balance.payment_id, "amount": balance.amount}

    async def _balance(self, body: dict[str, Any]) -> tuple[int, Any]:
        account = self.accounts.setdefault(body["bookingId"], Account(body["tenantId"], body["bookingId"]))
        operation_id = body["operationId"]
        if operation_id in self.given_up:
            return _refusal(409, "OPERATION_CLOSED")
        if operation_id not in account.balances:
            balance = account.balances[operation_id] = Balance(new_id("pay"), body["amount"], self.charges)
            if balance.status == "succeeded":
                account.paid += balance.amount
                fact = BalanceSucceeded(**self._balance_facts(account, balance), operation_id=operation_id)
                if self.tells_of_balances:
                    await self.say(fact)
        balance = account.balances[operation_id]
        assert balance.amount == body["amount"], "one operation, one amount"
        return _ok(
            {
                "paymentId": balance.payment_id,
                "status": balance.status,
                "amountCharged": 0 if balance.status == "failed" else balance.amount,
                "paymentUrl": f"https://pay.example/{operation_id}" if balance.status == "requires_action" else None,
                "declineCode": "insufficient_funds" if balance.status == "failed" else None,
                "message": None,
            }
        )

    def _close_balance(self, operation_id: str) -> tuple[int, Any]:
        self.given_up.add(operation_id)
        for account in self.accounts.values():
            if (balance := account.balances.get(operation_id)) is not None:
                if balance.status == "requires_action":
                    balance.status = "canceled"
                return _ok({"outcome": "succeeded" if balance.status == "succeeded" else "canceled"})
        return _ok({"outcome": "none"})

    async def _act(self, parts: list[str], act: str, body: dict[str, Any]) -> tuple[int, Any]:  # noqa: PLR0911 - a table
        if act == "balances":
            return await self._balance(body)
        if act == "close" and parts[0] == "balances":
            return self._close_balance(parts[1])
        if act == "receipts":
            self.receipts.append(body)
            return _ok({"pdf": base64.b64encode(b"%PDF-1.7 of a test").decode()})
        if act == "deposits":
            return self._deposit(body)
        if act == "close":
            return await self._close(parts[1], body["tenantId"])
        if act == "refunds":
            return await self._refund(body)
        if act == "money":
            return self._money(parts[1])
        if act == "accounts":
            is_ready = parts[1] not in self.unready
            return _ok({"connected": True, "accountId": "acct_1", "chargesEnabled": is_ready})
        return _refusal(404, "NOT_FOUND")

    def _deposit(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["tenantId"] in self.unready:
            return _refusal(409, "PAYMENTS_NOT_READY")
        account = self.accounts.setdefault(body["bookingId"], Account(body["tenantId"], body["bookingId"]))
        if account.is_closed:
            return _refusal(409, "DEPOSIT_CLOSED")
        if account.status is None:
            account.payment_id = new_id("pay")
            account.amount, account.currency = body["amount"], body["currency"]
            account.status = "requires_payment"
        account.asked = body
        return _ok(
            {
                "paymentId": account.payment_id,
                "status": account.status,
                "clientSecret": f"secret-of-{account.payment_id}",
                "stripeAccountId": "acct_1",
                "publishableKey": "pk_test_of_a_test",
                "apiBase": None,
            }
        )

    async def _close(self, booking_id: str, tenant_id: str) -> tuple[int, Any]:
        account = self.accounts.setdefault(booking_id, Account(tenant_id, booking_id))
        outcome: str = "none" if account.status is None else account.status
        if account.status == "requires_payment":
            account.status = "canceled"
            outcome = "canceled"
            await self.say(DepositCanceled(**self._facts(account)))
        if outcome in {"none", "canceled"}:
            account.is_closed = True
        return _ok(
            {
                "outcome": outcome,
                "paymentId": account.payment_id or None,
                "paid": account.paid,
                "refunded": account.refunded,
                "currency": account.currency,
            }
        )

    async def _refund(self, body: dict[str, Any]) -> tuple[int, Any]:
        account, operation_id = self.accounts[body["bookingId"]], body["operationId"]
        left = account.paid - account.refunded
        if operation_id not in account.refunds:
            amount = left if body["amount"] is None else body["amount"]
            if amount > left or amount == 0:
                return _refusal(409, "REFUND_EXCEEDS_PAYMENT")
            account.refunds[operation_id] = amount
            fact = self.refunded_fact(account.booking_id, amount, operation_id)
            if not self.refunds_wait:
                await self.say(fact)
        return _ok(
            {
                "operationId": operation_id,
                "amount": account.refunds[operation_id],
                "status": "pending" if self.refunds_wait else "succeeded",
                "refunds": [],
                "paid": account.paid,
                "refunded": account.refunded,
            }
        )

    def _money(self, booking_id: str) -> tuple[int, Any]:
        account = self.accounts.get(booking_id) or Account("", booking_id)
        return _ok(
            {
                "version": account.version,
                "currency": account.currency,
                "paid": account.paid,
                "refunded": account.refunded,
                "depositStatus": "paid" if account.paid else "pending",
                "cardSaved": account.paid > 0,
                "payments": self._payments(account),
                "refunds": [
                    {
                        "id": f"rfnd_{number}",
                        "paymentId": account.payment_id,
                        "amount": amount,
                        "status": "succeeded",
                        "createdAt": self.clock.now(),
                    }
                    for number, amount in enumerate(account.refunds.values())
                ],
            }
        )

    def _payments(self, account: Account) -> list[dict[str, Any]]:
        deposit = [(account.payment_id, "deposit", account.status, account.amount)] if account.status else []
        balances = [(one.payment_id, "balance", one.status, one.amount) for one in account.balances.values()]
        return [
            {
                "id": payment_id,
                "kind": kind,
                "status": status,
                "amount": amount,
                "refunded": 0,
                "createdAt": self.clock.now(),
                "paidAt": self.clock.now() if status == "succeeded" else None,
            }
            for payment_id, kind, status, amount in (*deposit, *balances)
        ]


def _ok(data: Any) -> tuple[int, Any]:
    return 200, {"success": True, "data": data}


def _refusal(status: int, code: str) -> tuple[int, Any]:
    return status, {"success": False, "statusCode": status, "error": {"code": code, "message": "No."}}
