"""Payments at work before Stripe's stand-in; its clock is in the test's hand, and its clockwork turns when told."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from services.contracts import payments as contract
from services.contracts.catalog import ProfileChanged
from services.contracts.payments import MoneyEvent
from services.kernel import context as kernel
from services.kernel import ids
from services.kernel.context import Context
from services.kernel.db import Database, Row, Tx
from services.kernel.identity import Role
from services.kernel.money import Money
from services.payments.app import build
from services.payments.domain.gateway import Gateway, Intent, Payer
from services.payments.gateways.stripe import Stripe
from services.payments.settings import PaymentsSettings
from services.payments.store import tenants
from services.payments.use_cases import balances, deposits, intents, refunding, sweeps
from services.payments.use_cases.balances import Charged
from services.payments.use_cases.deposits import Asked
from services.payments.use_cases.refunding import Refunded
from services.payments.use_cases.tools import Tools
from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.payments.company import OK, Company, Line
from tests.service.sandbox.served import served
from tests.support import identities
from tests.support.clock import FrozenClock
from tests.support.contexts import connected, running
from tests.support.environ import environ_of
from tests.support.servers import Servers

PAYER = Payer(name="Mia Customer", email="mia@example.com", phone="+64211234567")
_KINDS = {kind.TYPE: kind for kind in contract.PUBLISHED}


class Died(Exception):  # noqa: N818 - named by what happened
    """The process ended here."""


@dataclass
class Fate:
    """Counts the places at which a process can die, and has it die at one of them."""

    dies_at: int = 0
    passed: int = 0

    def step(self) -> None:
        self.passed += 1
        if self.passed == self.dies_at:
            raise Died


class MortalDatabase:
    """A database in whose user's process may die before it begins, before it commits, and right after."""

    def __init__(self, db: Database, fate: Fate) -> None:
        self._db = db
        self._fate = fate

    @asynccontextmanager
    async def transaction(self, tenant_id: str | None = None) -> AsyncIterator[Tx]:
        async with self._db.transaction(tenant_id) as tx:
            yield tx
            self._fate.step()
        self._fate.step()


class MortalGateway:
    """A gateway whose caller may die before the company is asked, and after it has acted."""

    def __init__(self, gateway: Gateway, fate: Fate) -> None:
        self._gateway = gateway
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._gateway, name)

        async def asked(*args: Any, **facts: Any) -> Any:
            self._fate.step()
            answer = await act(*args, **facts)
            self._fate.step()
            return answer

        return asked


@dataclass(frozen=True)
class Booking:
    """A booking whose money a test is about."""

    till: "Till"
    tenant_id: str
    account_id: str
    id: str

    async def deposit(
        self, amount: int = 5000, currency: str = "NZD", *, save_card: bool = True, tools: Tools | None = None
    ) -> Asked:
        return await deposits.ask(
            tools or self.till.tools,
            tenant_id=self.tenant_id,
            booking_id=self.id,
            amount=Money(amount, currency),
            description="Blocked drain (AB12CD)",
            payer=PAYER,
            save_card=save_card,
        )

    async def close(self, tools: Tools | None = None) -> deposits.Closed:
        return await deposits.close(tools or self.till.tools, tenant_id=self.tenant_id, booking_id=self.id)

    async def pay(self, payment_id: str, card: str = OK) -> Intent:
        """The customer pays in the browser; nobody tells payments."""
        return await self.till.company.pay(self.account_id, await self.intent_id(payment_id), card)

    async def paid(self, amount: int = 5000, currency: str = "NZD", *, card: str = OK) -> str:
        """A deposit that was paid, and of which payments has heard; answers the payment's id."""
        asked = await self.deposit(amount, currency)
        await self.hear(await self.pay(asked.payment_id, card))
        return asked.payment_id

    async def hear(self, intent: Intent) -> str:
        return await intents.apply(self.till.tools, tenant_id=self.tenant_id, intent=intent)

    async def charge(
        self, amount: int = 13_000, *, operation_id: str | None = None, tools: Tools | None = None
    ) -> Charged:
        return await balances.charge(
            tools or self.till.tools,
            balances.Order(
                tenant_id=self.tenant_id,
                booking_id=self.id,
                operation_id=operation_id or ids.new_id("mop"),
                amount=Money(amount, "NZD"),
                description="The rest for a blocked drain (AB12CD)",
                payer=PAYER,
            ),
        )

    async def close_balance(self, operation_id: str, tools: Tools | None = None) -> str:
        return await balances.close(tools or self.till.tools, tenant_id=self.tenant_id, operation_id=operation_id)

    async def refund(
        self,
        amount: int | None = None,
        *,
        operation_id: str | None = None,
        tools: Tools | None = None,
    ) -> Refunded:
        return await refunding.refund(
            tools or self.till.tools,
            tenant_id=self.tenant_id,
            booking_id=self.id,
            operation_id=operation_id or ids.new_id("mop"),
            amount=amount,
            reason="of a test",
        )

    async def intent_id(self, payment_id: str) -> str:
        rows = await self.rows("SELECT intent_id FROM payments WHERE id = $1", payment_id)
        found: str = rows[0]["intent_id"]
        return found

    async def intents(self, kind: str = "deposit") -> list[str]:
        """What Stripe says of each of its payments of that kind."""
        found = await self.till.company.intents(self.account_id, self.id)
        return [one["status"] for one in found if one["metadata"]["kind"] == kind]

    async def gone(self) -> int:
        """What really went back at Stripe."""
        charges = {one["latest_charge"] for one in await self.till.company.intents(self.account_id, self.id)}
        return sum(
            one["amount"]
            for one in await self.till.company.refunds(self.account_id)
            if one["charge"] in charges and one["status"] == "succeeded"
        )

    async def link_id(self, payment_id: str) -> str:
        found: str = (await self.rows("SELECT link_id FROM links WHERE payment_id = $1", payment_id))[0]["link_id"]
        return found

    async def rows(self, sql: str, *values: object) -> list[Row]:
        return await self.till.rows(self.tenant_id, sql, *values)

    async def payment(self, payment_id: str) -> Row:
        return (await self.rows("SELECT * FROM payments WHERE id = $1", payment_id))[0]

    async def sums(self) -> tuple[int, int]:
        """Paid and refunded."""
        row = (await self.rows("SELECT paid, refunded FROM booking_money WHERE booking_id = $1", self.id))[0]
        return row["paid"], row["refunded"]

    async def told(self) -> list[MoneyEvent]:
        """The events about it, in order."""
        rows = await self.rows("SELECT type, body FROM outbox WHERE aggregate_id = $1 ORDER BY sequence", self.id)
        return [msgspec.json.decode(row["body"], type=_KINDS[row["type"]]) for row in rows]  # type: ignore[misc]

    async def kinds_told(self) -> list[str]:
        return [type(event).__name__ for event in await self.told()]

    async def shares(self) -> tuple[int, int, int]:
        """What customer, tenant and platform have gained by this booking, before what Stripe takes of the tenant's."""
        rows = await self.rows(
            "SELECT coalesce(sum(customer), 0)::int AS customer, coalesce(sum(tenant), 0)::int AS tenant,"
            " coalesce(sum(platform), 0)::int AS platform, coalesce(sum(stripe), 0)::int AS stripe"
            " FROM ledger_sets WHERE booking_id = $1",
            self.id,
        )
        customer, tenant, platform, stripe = rows[0].values()
        assert customer + tenant + platform + stripe == 0
        return customer, tenant + stripe, platform


@dataclass
class Till:
    """Payments with its lights on."""

    clock: FrozenClock
    context: Context
    client: httpx.AsyncClient
    company: Company
    tools: Tools
    accounts: dict[str, str] = field(default_factory=dict)

    async def tenant(self, *, zone: str = "Pacific/Auckland", currency: str = "NZD", locale: str = "en-NZ") -> str:
        """A business that can be paid by card."""
        tenant_id = ids.new_id("ten")
        account_id = await self.company.account()
        profile = self.profile_of(tenant_id, zone=zone, currency=currency, locale=locale)
        async with self.tools.db.transaction(tenant_id) as tx:
            await tenants.change(tx, profile)
            await tx.run(
                "INSERT INTO accounts (tenant_id, id, account_id, charges_enabled, payouts_enabled, details_submitted,"
                " created_at, changed_at) VALUES ($1, $2, $3, true, true, true, $4, $4)",
                tenant_id,
                ids.new_id("acc"),
                account_id,
                self.clock.now(),
            )
            await tx.run("INSERT INTO account_tenants VALUES ($1, $2)", account_id, tenant_id)
        self.accounts[tenant_id] = account_id
        return tenant_id

    def profile_of(
        self, tenant_id: str, *, zone: str = "Pacific/Auckland", currency: str = "NZD", locale: str = "en-NZ"
    ) -> ProfileChanged:
        """What catalog says of the business."""
        return ProfileChanged(
            tenant_id=tenant_id,
            version=1,
            slug=f"joe-{tenant_id[-12:]}",
            business_name="Joe's Plumbing",
            timezone=zone,
            currency=currency,
            locale=locale,
            country="NZ",
            brand_color="#3B82F6",
            logo_url=None,
            cancellation_policy=(),
            reminder_hours=(24,),
        )

    async def begin_anew(self) -> None:
        """The clock is right, and nobody is asked about what other tests have left."""
        self.clock.set(datetime.now(UTC))
        await self.rows(None, "DELETE FROM timers RETURNING 1")

    async def booking(self, tenant_id: str | None = None) -> Booking:
        tenant_id = tenant_id or await self.tenant()
        return Booking(self, tenant_id, self.accounts[tenant_id], ids.new_id("book"))

    def mortal(self, dies_at: int) -> tuple[Tools, Fate]:
        """The tools of a process that dies at that step."""
        fate = Fate(dies_at)
        db: Any = MortalDatabase(self.tools.db, fate)
        gateway: Any = MortalGateway(self.tools.gateway, fate)
        return replace(self.tools, db=db, gateway=gateway), fate

    async def turn(self, length: timedelta | None = None) -> None:
        """Let time go by, then let all clockwork turn once."""
        if length is not None:
            self.clock.advance(length)
        await sweeps.look_after_intents(self.tools)
        await sweeps.look_after_links(self.tools)
        await sweeps.look_after_refunds(self.tools)
        await sweeps.learn_costs(self.tools)

    async def rows(self, tenant_id: str | None, sql: str, *values: object) -> list[Row]:
        async with self.tools.db.transaction(tenant_id) as tx:
            return await tx.rows(sql, *values)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        context: str | None = None,
        tenant_id: str | None = None,
        role: Role = "owner",
    ) -> httpx.Response:
        """As another context, or as somebody of a business."""
        headers: Mapping[str, str] = {}
        if context is not None:
            headers = identities.context(context, "payments", self.clock)
        elif tenant_id is not None:
            headers = identities.person(ids.new_id("usr"), tenant_id=tenant_id, role=role, clock=self.clock)
        return await self.client.request(method, path, json=body, headers=dict(headers))


@asynccontextmanager
async def opened(servers: Servers) -> AsyncIterator[Till]:
    async with AsyncExitStack() as stack:
        stand_in = sandbox.compose(environ_of(servers, "sandbox", STRIPE_WEBHOOK_URL="http://127.0.0.1:9/nobody"))
        address = await stack.enter_async_context(served(stand_in.asgi("serve"), free_port()))
        await connected(stand_in)
        at_stripe = f"{address}/sandbox/stripe/"
        settings = PaymentsSettings.read(environ_of(servers, "payments", STRIPE_BASE_URL=at_stripe))
        clock = FrozenClock(datetime.now(UTC))
        base = kernel.Tools.build("payments", settings, clock=clock)
        line = Line(Stripe(settings, clock))
        context = build(base, settings, line)
        # Only its doors are open: what goes on by itself would move while a test looks.
        client = await stack.enter_async_context(running(context, "serve"))
        await connected(context)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=at_stripe, timeout=10, trust_env=False))
        till = Till(clock, context, client, Company(http, line), context.provides["tools"])
        await till.begin_anew()
        yield till
