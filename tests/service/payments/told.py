"""Payments as it hears from Stripe: signed events posted to its door, and a company behind a port that can be asked."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import asyncpg
import httpx
import msgspec
import stripe
from litestar.types import Receive, Scope, Send

from services.kernel import context as kernel
from services.kernel import ids
from services.kernel.context import Context
from services.kernel.db import Row
from services.payments.app import build
from services.payments.settings import PaymentsSettings
from services.payments.use_cases.tools import Tools
from stack.ports import free_port
from tests.service.sandbox.served import served
from tests.support.clock import FrozenClock
from tests.support.contexts import connected, eventually, running
from tests.support.environ import environ_of
from tests.support.servers import Servers

SECRET: Final = "whsec_connect_of_a_test"
DOOR: Final = "/api/webhooks/stripe"
# Short enough for a test, growing, and as many as there are in production.
DELAYS: Final = (0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.11)
_numbers = itertools.count(1)

Object = dict[str, Any]


def outside_id(kind: str) -> str:
    """As Stripe's look."""
    return f"{kind}_{next(_numbers):010}{ids.new_id('x')[-14:]}"


@dataclass
class Company:
    """What Stripe answers when it is asked how something is now, by account and path."""

    known: dict[tuple[str, str], Object] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    is_away: bool = False

    def knows(self, account_id: str, path: str, thing: Object) -> None:
        self.known[account_id, f"/v1/{path}"] = thing

    def lists(self, account_id: str, path: str, things: Sequence[Object]) -> None:
        """All there are, and each by its id."""
        said = {"object": "list", "data": list(things), "has_more": False, "url": f"/v1/{path}"}
        self.knows(account_id, path, said)
        for thing in things:
            self.knows(account_id, f"{path}/{thing['id']}", thing)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            await receive()
            return
        path = str(scope["path"])
        headers = dict(scope["headers"])
        self.asked[path] += 1
        found = self.known.get((headers.get(b"stripe-account", b"").decode(), path))
        status, said = (200, found) if found is not None else (404, _error("No such thing.", "resource_missing"))
        if self.is_away:
            status, said = 503, _error("Not now.", "api_error")
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": msgspec.json.encode(said), "more_body": False})


def _error(message: str, code: str) -> Object:
    return {"error": {"type": "invalid_request_error", "code": code, "message": message}}


@dataclass(frozen=True, kw_only=True)
class Paying:
    """A booking whose deposit is asked for, and the objects that Stripe has of it."""

    tenant_id: str
    account_id: str
    booking_id: str
    payment_id: str
    intent_id: str
    charge_id: str
    amount: int = 5000
    fee: int = 125
    currency: str = "nzd"

    def intent(self, status: str, **changed: Any) -> Object:
        is_paid = status == "succeeded"
        return {
            "id": self.intent_id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_received": self.amount if is_paid else 0,
            "application_fee_amount": self.fee,
            "currency": self.currency,
            "customer": None,
            "last_payment_error": None,
            "latest_charge": self.charge_id if is_paid else None,
            "metadata": {
                "tenant_id": self.tenant_id,
                "booking_id": self.booking_id,
                "payment_id": self.payment_id,
                "kind": "deposit",
            },
            "payment_method": None,
            "status": status,
            **changed,
        }

    def declined(self) -> Object:
        error = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "No.", "type": "card_error"}
        return self.intent("requires_payment_method", last_payment_error=error, latest_charge=outside_id("ch"))

    def charge(self, refunded: int = 0) -> Object:
        return {
            "id": self.charge_id,
            "object": "charge",
            "amount": self.amount,
            "amount_refunded": refunded,
            "currency": self.currency,
            "payment_intent": self.intent_id,
        }

    def refund(self, refund_id: str, status: str, amount: int = 2000) -> Object:
        return {
            "id": refund_id,
            "object": "refund",
            "amount": amount,
            "charge": self.charge_id,
            "currency": self.currency,
            "failure_reason": "lost_or_stolen_card" if status == "failed" else None,
            "metadata": {},
            "payment_intent": self.intent_id,
            "status": status,
        }

    def dispute(
        self, dispute_id: str, status: str, *, amount: int = 3000, is_taken: bool = True, is_returned: bool = False
    ) -> Object:
        lines = [self._line(-amount, 1500)] if is_taken else []
        lines += [self._line(amount, -1500)] if is_returned else []
        return {
            "id": dispute_id,
            "object": "dispute",
            "amount": amount,
            "balance_transactions": lines,
            "charge": self.charge_id,
            "currency": self.currency,
            "payment_intent": self.intent_id,
            "reason": "fraudulent",
            "status": status,
        }

    def _line(self, amount: int, fee: int) -> Object:
        return {"amount": amount, "currency": self.currency, "fee": fee, "net": amount - fee}


@dataclass
class Listener:
    """Payments at work, and what a test needs to speak to it and to look into it."""

    context: Context
    clock: FrozenClock
    company: Company
    client: httpx.AsyncClient
    superuser: asyncpg.Pool
    environ: Mapping[str, str]

    @property
    def tools(self) -> Tools:
        tools: Tools = self.context.provides["tools"]
        return tools

    async def business(self) -> tuple[str, str]:
        """A tenant and its account, which can take cards."""
        tenant_id, account_id = ids.new_id("ten"), outside_id("acct")
        await self.superuser.execute(
            "INSERT INTO accounts (tenant_id, id, account_id, charges_enabled, payouts_enabled, details_submitted,"
            " created_at, changed_at) VALUES ($1, $2, $3, true, true, true, $4, $4)",
            tenant_id,
            ids.new_id("acc"),
            account_id,
            self.clock.now(),
        )
        await self.superuser.execute("INSERT INTO account_tenants VALUES ($1, $2)", account_id, tenant_id)
        return tenant_id, account_id

    async def paying(self, business: tuple[str, str] | None = None, **facts: Any) -> Paying:
        tenant_id, account_id = business or await self.business()
        paying = Paying(
            tenant_id=tenant_id,
            account_id=account_id,
            booking_id=ids.new_id("book"),
            payment_id=ids.new_id("pay"),
            intent_id=outside_id("pi"),
            charge_id=outside_id("ch"),
            **facts,
        )
        now, currency = self.clock.now(), paying.currency.upper()
        await self.superuser.execute(
            "INSERT INTO booking_money (booking_id, tenant_id, currency, created_at) VALUES ($1, $2, $3, $4)",
            paying.booking_id,
            tenant_id,
            currency,
            now,
        )
        await self.superuser.execute(
            "INSERT INTO payments (id, tenant_id, booking_id, kind, way, status, account_id, intent_id, amount,"
            " currency, fee, description, created_at, changed_at)"
            " VALUES ($1, $2, $3, 'deposit', 'browser', 'requires_payment', $4, $5, $6, $7, $8, 'A job', $9, $9)",
            paying.payment_id,
            tenant_id,
            paying.booking_id,
            account_id,
            paying.intent_id,
            paying.amount,
            currency,
            paying.fee,
            now,
        )
        return paying

    def event(self, kind: str, thing: Object, account_id: str | None, *, after: float = 0, **changed: Any) -> Object:
        """As Stripe makes it, so many seconds from now by its clock."""
        created = int((self.clock.now() + timedelta(seconds=after)).timestamp())
        event = {
            "id": outside_id("evt"),
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": created,
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        return {**event, **({} if account_id is None else {"account": account_id}), **changed}

    async def post(
        self, event: Object | bytes, *, secret: str = SECRET, age: float = 0, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Signed as Stripe signs, so many seconds ago."""
        body = event if isinstance(event, bytes) else msgspec.json.encode(event)
        at = int(self.clock.now().timestamp() - age)
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
        given = {"stripe-signature": signature} if headers is None else headers
        return await self.client.post(DOOR, content=body, headers={"content-type": "application/json", **given})

    async def told(self, *events: Object) -> None:
        """Posted one after the other, and worked on."""
        for event in events:
            response = await self.post(event)
            assert response.status_code == 200, response.text
        await self.done(*(event["id"] for event in events))

    async def done(self, *notice_ids: str, within: float = 15) -> None:
        async def are_done() -> bool:
            left: int = await self.superuser.fetchval(
                "SELECT count(*) FROM unnest($1::text[]) AS wanted"
                " WHERE NOT EXISTS (SELECT 1 FROM notices WHERE id = wanted AND done_at IS NOT NULL)",
                list(notice_ids),
            )
            return left == 0

        await eventually(are_done, "every notice is done with", within=within, every=0.02)

    async def notice(self, notice_id: str) -> Row | None:
        return await self.superuser.fetchrow("SELECT * FROM notices WHERE id = $1", notice_id)

    async def rows(self, sql: str, *values: object) -> list[Row]:
        found: list[Row] = await self.superuser.fetch(sql, *values)
        return found

    async def count(self, table: str) -> int:
        found: int = await self.superuser.fetchval(f"SELECT count(*) FROM {table}")
        return found

    async def state(self, paying: Paying) -> dict[str, Any]:
        """Where the money is, as far as anybody outside can tell, and what was told of it that lasts."""
        payment = await self.superuser.fetchrow(
            "SELECT status, refunded, fee_returned, disputed FROM payments WHERE id = $1", paying.payment_id
        )
        money = await self.superuser.fetchrow(
            "SELECT paid, refunded FROM booking_money WHERE booking_id = $1", paying.booking_id
        )
        sums = await self.superuser.fetchrow(
            "SELECT coalesce(sum(customer), 0) AS customer, coalesce(sum(tenant), 0) AS tenant,"
            " coalesce(sum(platform), 0) AS platform, coalesce(sum(stripe), 0) AS stripe"
            " FROM ledger_sets WHERE booking_id = $1",
            paying.booking_id,
        )
        refunds = await self.rows(
            "SELECT amount, status FROM refunds WHERE booking_id = $1 ORDER BY repayment_id", paying.booking_id
        )
        disputes = await self.rows(
            "SELECT amount, taken, status FROM disputes WHERE booking_id = $1 ORDER BY gateway_id", paying.booking_id
        )
        events = await self.rows(
            "SELECT DISTINCT type FROM outbox WHERE aggregate_id = $1 AND type NOT LIKE 'payments.deposit.failed%'"
            " ORDER BY type",
            paying.booking_id,
        )
        return {
            "payment": dict(payment or {}),
            "money": dict(money or {}),
            "ledger": {name: int(value) for name, value in (sums or {}).items()},
            "refunds": [dict(row) for row in refunds],
            "disputes": [dict(row) for row in disputes],
            "events": [row["type"] for row in events],
        }

    async def events_of(self, paying: Paying) -> list[str]:
        """In the order in which they were stored."""
        rows = await self.rows("SELECT type FROM outbox WHERE aggregate_id = $1 ORDER BY id", paying.booking_id)
        return [row["type"].removeprefix("payments.").removesuffix(".v1") for row in rows]


@asynccontextmanager
async def opened(servers: Servers, *, role: kernel.Role = "all", **variables: str) -> AsyncIterator[Listener]:
    """Payments with its lights on, and a company that can be asked."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environ = environ_of(servers, "payments", STRIPE_BASE_URL=address, STRIPE_BROWSER_URL=address, **variables)
    clock, company = FrozenClock(), Company()
    settings = PaymentsSettings.read(environ)
    context = replace(build(kernel.Tools.build("payments", settings, clock=clock), settings), delays=DELAYS)
    superuser = asyncpg.create_pool(
        servers.postgres, min_size=0, max_size=4, server_settings={"search_path": "payments,public"}
    )
    async with superuser, served(company, port), running(context, role) as client:
        await connected(context)
        yield Listener(context, clock, company, client, superuser, environ)
