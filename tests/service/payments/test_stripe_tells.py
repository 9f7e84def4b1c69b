"""Payments and Stripe's stand-in by themselves: what it tells by webhooks, and whether both write the same books."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.kernel import context as kernel
from services.kernel import ids
from services.kernel.context import Context
from services.kernel.db import Row
from services.kernel.money import Money
from services.payments.app import build
from services.payments.domain.gateway import Payer
from services.payments.settings import PaymentsSettings
from services.payments.use_cases import deposits, reconciling, refunding
from services.payments.use_cases.tools import Tools
from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.payments.company import Company, Line
from tests.service.sandbox.served import served
from tests.support.contexts import connected, eventually
from tests.support.environ import environ_of
from tests.support.servers import Servers, emptied

PAYER = Payer(name="Mia Customer", email="mia@example.com", phone="+64211234567")
DISPUTED = "pm_card_createDispute"


@dataclass
class Town:
    """One business in it."""

    context: Context
    tools: Tools
    company: Company
    tenant_id: str
    account_id: str

    async def deposit(self, amount: int = 5000) -> tuple[str, str]:
        """Asked for, and not paid yet; the booking and the intent."""
        booking_id = ids.new_id("book")
        asked = await deposits.ask(
            self.tools,
            tenant_id=self.tenant_id,
            booking_id=booking_id,
            amount=Money(amount, "NZD"),
            description="Blocked drain",
            payer=PAYER,
            save_card=False,
        )
        rows = await self.rows("SELECT intent_id FROM payments WHERE id = $1", asked.payment_id)
        return booking_id, rows[0]["intent_id"]

    async def rows(self, sql: str, *values: object) -> list[Row]:
        async with self.tools.db.transaction(self.tenant_id) as tx:
            return await tx.rows(sql, *values)

    async def holds(self, sql: str, *values: object, within: float = 25) -> None:
        async def found() -> bool:
            return bool(await self.rows(sql, *values))

        await eventually(found, f"{sql} with {values} finds something", within=within, every=0.05)

    async def differences(self) -> list[str]:
        since = datetime.now(UTC) - timedelta(days=1)
        found = await reconciling.compared(self.tools, since=since, pause=timedelta(seconds=0.3))
        assert found.unread == ()
        return [str(one) for one in found.differences]


@pytest.fixture(scope="module")
async def town(servers: Servers) -> AsyncIterator[Town]:
    await emptied(servers, "payments", "sandbox")
    door = free_port()
    hook = f"http://127.0.0.1:{door}/api/webhooks/stripe"
    secrets = {
        "STRIPE_WEBHOOK_SECRET": "whsec_platform_of_a_test",
        "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_connect_of_a_test",
    }
    async with AsyncExitStack() as stack:
        stand_in = sandbox.compose(environ_of(servers, "sandbox", STRIPE_WEBHOOK_URL=hook, **secrets))
        address = await stack.enter_async_context(served(stand_in.asgi("all"), free_port()))
        at_stripe = f"{address}/sandbox/stripe/"
        settings = PaymentsSettings.read(environ_of(servers, "payments", STRIPE_BASE_URL=at_stripe, **secrets))
        context = build(kernel.Tools.build("payments", settings), settings)
        await stack.enter_async_context(served(context.asgi("all"), door))
        await connected(stand_in, context)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=at_stripe, timeout=10, trust_env=False))
        tools: Tools = context.provides["tools"]
        company = Company(http, Line(tools.gateway))
        town = Town(context, tools, company, ids.new_id("ten"), await company.account())
        async with tools.db.transaction(town.tenant_id) as tx:
            await tx.run(
                "INSERT INTO accounts (tenant_id, id, account_id, charges_enabled, payouts_enabled, details_submitted,"
                " created_at, changed_at) VALUES ($1, $2, $3, true, true, true, now(), now())",
                town.tenant_id,
                ids.new_id("acc"),
                town.account_id,
            )
            await tx.run("INSERT INTO account_tenants VALUES ($1, $2)", town.account_id, town.tenant_id)
        yield town


async def repaid_elsewhere(town: Town, intent_id: str, amount: int) -> str:
    """In Stripe's own dashboard, which knows nothing of a platform's fee."""
    intent = await town.company._ask("GET", f"payment_intents/{intent_id}", account_id=town.account_id)
    given = {"charge": intent["latest_charge"], "amount": str(amount)}
    made: dict[str, Any] = await town.company._ask("POST", "refunds", given, account_id=town.account_id)
    refund_id: str = made["id"]
    return refund_id


@pytest.mark.parametrize(
    "faults", [{}, {"duplicateWebhooks": 3, "shuffleWebhooks": True}], ids=["in order", "in a storm"]
)
async def test_whatever_happens_at_stripe_both_books_agree(town: Town, faults: dict[str, Any]) -> None:
    await town.company.control(**faults)
    try:
        paid, intent_id = await town.deposit()
        await town.company.pay(town.account_id, intent_id)
        await town.holds("SELECT 1 FROM payments WHERE booking_id = $1 AND status = 'succeeded'", paid)
        # One part goes back by us, with the fee in proportion, another in Stripe's dashboard.
        await refunding.refund(
            town.tools,
            tenant_id=town.tenant_id,
            booking_id=paid,
            operation_id=ids.new_id("mop"),
            amount=1999,
            reason=None,
        )
        await repaid_elsewhere(town, intent_id, 700)
        await town.holds("SELECT 1 FROM booking_money WHERE booking_id = $1 AND refunded = 2699", paid)
        # Somebody's bank demands all of it back, and the business wins.
        disputed, other_intent = await town.deposit(8000)
        await town.company.pay(town.account_id, other_intent, DISPUTED)
        taken = "SELECT gateway_id FROM disputes WHERE booking_id = $1 AND status = $2 AND taken = $3"
        await town.holds(taken, disputed, "open", 8000)
        dispute_id = (await town.rows(taken, disputed, "open", 8000))[0]["gateway_id"]
        evidence = {"evidence[uncategorized_text]": "winning_evidence", "submit": "true"}
        await town.company._ask("POST", f"disputes/{dispute_id}", evidence, account_id=town.account_id)
        await town.holds(taken, disputed, "won", 0)
        await town.holds("SELECT 1 FROM payments WHERE booking_id = $1 AND cost IS NOT NULL", disputed)
        await town.holds("SELECT 1 FROM payments WHERE booking_id = $1 AND cost IS NOT NULL", paid)
    finally:
        await town.company.control(reset=True)
    assert await town.differences() == []


async def test_a_payment_that_only_stripe_has_in_its_books_is_named(town: Town) -> None:
    booking_id, intent_id = await town.deposit()
    await town.company.pay(town.account_id, intent_id)
    await town.holds("SELECT 1 FROM payments WHERE booking_id = $1 AND cost IS NOT NULL", booking_id)
    assert await town.differences() == []
    rows = await town.rows("DELETE FROM ledger_sets WHERE booking_id = $1 RETURNING outside_id", booking_id)
    [difference] = await town.differences()
    assert rows[0]["outside_id"] in difference
    assert "is missing here: nothing here, 5000 there, NZD" in difference


async def test_a_disconnected_account_is_known_to_be_so(town: Town) -> None:
    await town.company.control("_deauthorize", accountId=town.account_id)
    await town.holds("SELECT 1 FROM accounts WHERE tenant_id = $1 AND disconnected_at IS NOT NULL", town.tenant_id)
    # Its books can't be read any more, which is no difference.
    found = await reconciling.compared(town.tools, since=datetime.now(UTC) - timedelta(days=1))
    assert (found.differences, found.unread) == ((), ())
