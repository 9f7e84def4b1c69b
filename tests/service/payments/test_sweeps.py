"""What the company is asked about though nobody tells."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.kernel import ids
from services.payments.jobs import money as jobs
from services.payments.use_cases import sweeps
from tests.service.payments.company import ASKS
from tests.service.payments.till import Booking, Died, Till, opened
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def till(servers: Servers) -> AsyncIterator[Till]:
    async with opened(servers) as till:
        yield till


@pytest.fixture
async def booking(till: Till) -> Booking:
    await till.begin_anew()
    return await till.booking()


async def test_a_paid_deposit_whose_webhook_is_lost_is_known_within_ninety_seconds(
    till: Till, booking: Booking
) -> None:
    asked = await booking.deposit()
    # Paid right after the first look: the longest that can be.
    await till.turn(timedelta(seconds=21))
    await booking.pay(asked.payment_id)
    known_after = None
    for seconds in range(5, 90, 5):
        await till.turn(timedelta(seconds=5))
        if (await booking.payment(asked.payment_id))["status"] == "succeeded":
            known_after = seconds
            break
    assert known_after is not None
    assert known_after <= 60
    assert await booking.kinds_told() == ["DepositSucceeded"]


async def test_an_open_intent_is_not_asked_about_before_twenty_seconds_and_not_after_its_end(
    till: Till, booking: Booking
) -> None:
    asked = await booking.deposit()
    await booking.pay(asked.payment_id)
    await till.turn(timedelta(seconds=15))
    assert (await booking.payment(asked.payment_id))["status"] == "requires_payment"
    await till.turn(timedelta(seconds=6))
    assert (await booking.payment(asked.payment_id))["status"] == "succeeded"
    assert await till.rows(None, "SELECT 1 FROM timers WHERE task = 'intent' AND id = $1", asked.payment_id) == []


async def test_while_the_company_is_away_it_is_asked_later_and_the_others_have_their_turn(
    till: Till, booking: Booking
) -> None:
    asked = await booking.deposit()
    await booking.pay(asked.payment_id)
    till.company.line.is_away = True
    try:
        await till.turn(timedelta(seconds=30))
    finally:
        till.company.line.is_away = False
    assert (await booking.payment(asked.payment_id))["status"] == "requires_payment"
    await till.turn(timedelta(seconds=50))
    assert (await booking.payment(asked.payment_id))["status"] == "succeeded"


async def test_replicas_share_the_work_and_each_intent_is_asked_about_once(till: Till) -> None:
    await till.begin_anew()
    tenant_id = await till.tenant()
    asked = [await (await till.booking(tenant_id)).deposit() for _ in range(8)]
    till.clock.advance(seconds=25)
    before = till.company.line.calls["intent"]
    await asyncio.gather(*(sweeps.look_after_intents(till.tools) for _ in range(4)))
    assert till.company.line.calls["intent"] - before == len(asked)


async def test_a_deposit_that_was_closed_while_the_company_was_away_is_canceled_later(
    till: Till, booking: Booking
) -> None:
    asked = await booking.deposit()
    till.company.line.is_away = True
    with pytest.raises(Exception, match="Payments can't be made"):
        await booking.close()
    till.company.line.is_away = False
    await till.turn(timedelta(seconds=60))
    assert (await booking.payment(asked.payment_id))["status"] == "canceled"
    assert await booking.intents() == ["canceled"]


async def test_what_the_company_took_is_learned_later_and_borne_by_the_business(till: Till, booking: Booking) -> None:
    payment_id = await booking.paid()
    assert (await booking.payment(payment_id))["cost"] is None
    await till.turn(timedelta(seconds=6))
    cost = (await booking.payment(payment_id))["cost"]
    assert cost > 0
    sets = await booking.rows("SELECT kind, tenant, stripe FROM ledger_sets WHERE about = $1 ORDER BY id", payment_id)
    assert [tuple(row.values()) for row in sets] == [("deposit", 4875, 0), ("cost", -cost, cost)]
    assert await till.rows(None, "SELECT 1 FROM timers WHERE task = 'cost' AND id = $1", payment_id) == []


async def test_a_try_that_was_given_up_while_the_company_was_away_ends_there_too(till: Till, booking: Booking) -> None:
    """Its process died after the bank had asked for the customer, and then booking gave the order up."""
    await booking.paid(card=ASKS)
    operation_id = ids.new_id("mop")
    tools, _ = till.mortal(6)
    with pytest.raises(Died):
        await booking.charge(operation_id=operation_id, tools=tools)
    assert await booking.intents("balance") == ["requires_payment_method"]
    await booking.rows("UPDATE operations SET closed = true WHERE id = $1 RETURNING 1", operation_id)
    await till.turn(timedelta(seconds=30))
    assert await booking.intents("balance") == ["canceled"]


async def test_what_is_parked_is_counted_for_the_operator(till: Till, booking: Booking) -> None:
    before = await sweeps.count_parked(till.tools)
    asked = await booking.deposit()
    intent = await booking.pay(asked.payment_id)
    await booking.hear(replace(intent, account_id="acct_other"))
    assert await sweeps.count_parked(till.tools) == before + 1
    counting = next(job for job in jobs.jobs(till.tools) if job.name == "count what is parked")
    await counting.act()
    metrics = await till.client.get("/metrics")
    assert f"payments_parked {before + 1:.1f}" in metrics.text.splitlines()


async def test_an_intent_whose_maker_died_before_he_knew_its_name_is_given_up_at_the_company(
    till: Till, booking: Booking
) -> None:
    tools, _ = till.mortal(4)
    with pytest.raises(Died):
        await booking.deposit(tools=tools)
    # Nobody carries on: the draft is swept away.
    assert (await booking.close()).outcome == "canceled"
    assert await booking.intents() == ["requires_payment_method"]
    await sweeps.look_after_strays(till.tools)
    assert await booking.intents() == ["requires_payment_method"]
    till.clock.advance(seconds=31)
    await asyncio.gather(*(sweeps.look_after_strays(till.tools) for _ in range(3)))
    assert await booking.intents() == ["canceled"]
    assert await booking.rows("SELECT 1 FROM timers WHERE task = 'stray' AND tenant_id = $1", booking.tenant_id) == []
    rows = await booking.rows("SELECT payer_email FROM payments WHERE booking_id = $1", booking.id)
    assert [row["payer_email"] for row in rows] == [None]
