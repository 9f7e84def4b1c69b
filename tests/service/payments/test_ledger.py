"""The ledger agrees with the booking's sums and with the company, whatever happened, and in which order."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.payments.domain.errors import RefundExceedsPayment
from services.payments.use_cases import refunds
from tests.service.payments.till import Booking, Till, opened
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def till(servers: Servers) -> AsyncIterator[Till]:
    async with opened(servers) as till:
        yield till


async def _something(booking: Booking, chance: random.Random) -> None:
    """One thing that can happen to a booking's money."""
    till = booking.till
    what = chance.choice(["deposit", "charge", "refund", "refund", "elsewhere", "sent back", "again", "later"])
    paid = await booking.rows("SELECT * FROM payments WHERE status = 'succeeded' ORDER BY id")
    made = [one["id"] for one in await till.company.refunds(booking.account_id)]
    if what == "deposit":
        await booking.paid()
    elif what == "charge" and len(paid) < 4:
        await booking.charge(chance.randrange(100, 20_000))
    elif what == "refund":
        wanted = chance.choice([None, chance.randrange(1, 9_000)])
        try:
            await booking.refund(wanted)
        except RefundExceedsPayment:
            paid_in_all, refunded = await booking.sums()
            assert wanted is not None
            assert paid_in_all - refunded < wanted
    elif what == "elsewhere" and (left := [one for one in paid if one["amount"] > one["refunded"]]):
        of = chance.choice(left)
        part = chance.randint(1, of["amount"] - of["refunded"])
        repayment = await till.company.repay(booking.account_id, of["charge_id"], part)
        await refunds.apply(till.tools, tenant_id=booking.tenant_id, repayment=repayment)
    elif what == "again" and made:
        repayment = await till.company.line.gateway.repayment(booking.account_id, chance.choice(made))
        await refunds.apply(till.tools, tenant_id=booking.tenant_id, repayment=repayment)
    elif what == "later":
        await till.turn(timedelta(minutes=1))


@pytest.mark.parametrize("seed", range(2))
async def test_money_in_is_money_kept_and_money_back(till: Till, seed: int) -> None:
    chance = random.Random(seed)
    booking = await till.booking()
    await booking.deposit()
    for _ in range(16):
        await _something(booking, chance)
        sums = await booking.sums()
        intents = await till.company.intents(booking.account_id, booking.id)
        taken = sum(one["amount"] for one in intents if one["status"] == "succeeded")
        assert sums == (taken, await booking.gone())
        customer, tenant, platform = await booking.shares()
        assert (customer, customer + tenant + platform) == (sums[1] - sums[0], 0)
        kept = await booking.rows(
            "SELECT coalesce(sum(fee - fee_returned), 0)::int FROM payments WHERE paid_at IS NOT NULL"
        )
        assert platform == kept[0][0]
    versions = [event.version for event in await booking.told()]
    assert versions == sorted(set(versions))


async def test_what_does_not_sum_to_zero_the_database_does_not_keep(till: Till) -> None:
    booking = await till.booking()
    with pytest.raises(asyncpg.CheckViolationError, match="sums_to_zero"):
        await booking.rows(
            "INSERT INTO ledger_sets (id, tenant_id, booking_id, kind, about, account_id, currency, customer, at)"
            " VALUES ('led_1', $1, $2, 'deposit', 'pay_1', 'acct_1', 'NZD', 1, now()) RETURNING 1",
            booking.tenant_id,
            booking.id,
        )


async def test_another_tenants_entries_do_not_exist(till: Till) -> None:
    booking = await till.booking()
    await booking.paid()
    stranger = replace(booking, tenant_id=await till.tenant())
    assert await booking.rows("SELECT 1 FROM ledger_sets") != []
    for table in ("ledger_sets", "payments", "booking_money", "refunds", "operations", "accounts"):
        assert await stranger.rows(f"SELECT 1 FROM {table} WHERE tenant_id = $1", booking.tenant_id) == []
