"""Refunds: decided once, never more than was paid, made until the company says that they are made."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.contracts.payments import RefundSucceeded
from services.kernel import errors, ids
from services.kernel.money import Money
from services.payments.domain.errors import OrderDiffers, RefundExceedsPayment
from services.payments.domain.gateway import Repayment
from services.payments.use_cases import reconciling, refunds
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


async def _hear(booking: Booking, repayment: Repayment) -> str:
    return await refunds.apply(booking.till.tools, tenant_id=booking.tenant_id, repayment=repayment)


async def _made(booking: Booking) -> Repayment:
    """The one refund that Stripe has of it."""
    charges = {one["latest_charge"] for one in await booking.till.company.intents(booking.account_id, booking.id)}
    made = [one for one in await booking.till.company.refunds(booking.account_id) if one["charge"] in charges]
    assert len(made) == 1
    return await booking.till.company.line.gateway.repayment(booking.account_id, made[0]["id"])


async def test_all_that_was_paid_goes_back_with_the_fee(booking: Booking) -> None:
    payment_id = await booking.paid()
    operation_id = ids.new_id("mop")
    refunded = await booking.refund(operation_id=operation_id)
    again = await booking.refund(operation_id=operation_id)
    assert (refunded.amount, refunded.status, refunded.money.paid, refunded.money.refunded) == (
        5000,
        "succeeded",
        5000,
        5000,
    )
    assert again.refunds == refunded.refunds
    assert await booking.gone() == 5000
    told = (await booking.told())[-1]
    assert isinstance(told, RefundSucceeded)
    assert (told.payment_id, told.operation_id, told.amount, told.refunded) == (payment_id, operation_id, 5000, 5000)
    assert await booking.shares() == (0, 0, 0)
    payment = await booking.payment(payment_id)
    assert (payment["status"], payment["refunded"], payment["fee_returned"]) == ("succeeded", 5000, 125)


async def test_more_than_was_paid_is_refused_and_nothing_stored(booking: Booking) -> None:
    await booking.paid()
    with pytest.raises(RefundExceedsPayment):
        await booking.refund(5001)
    assert await booking.sums() == (5000, 0)
    assert await booking.rows("SELECT 1 FROM operations WHERE booking_id = $1", booking.id) == []


async def test_the_same_operation_with_another_amount_is_refused(booking: Booking) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    await booking.refund(2000, operation_id=operation_id)
    with pytest.raises(OrderDiffers):
        await booking.refund(2001, operation_id=operation_id)


async def test_where_nothing_was_paid_nothing_goes_back_and_that_stays_so(booking: Booking) -> None:
    operation_id = ids.new_id("mop")
    assert (await booking.refund(operation_id=operation_id)).amount == 0
    await booking.paid()
    assert (await booking.refund(operation_id=operation_id)).amount == 0
    assert await booking.sums() == (5000, 0)


async def test_a_refund_larger_than_the_balance_is_split_and_the_newest_goes_first(booking: Booking) -> None:
    await booking.paid(5000)
    await booking.charge(13_000)
    refunded = await booking.refund(15_000)
    kinds = {
        row["id"]: row["kind"]
        for row in await booking.rows("SELECT id, kind FROM payments WHERE booking_id = $1", booking.id)
    }
    assert sorted((kinds[one.payment_id], one.amount) for one in refunded.refunds) == [
        ("balance", 13_000),
        ("deposit", 2000),
    ]
    with pytest.raises(RefundExceedsPayment):
        await booking.refund(3001)
    await booking.refund(3000)
    assert await booking.sums() == (18_000, 18_000)
    assert await booking.gone() == 18_000
    assert await booking.shares() == (0, 0, 0)


async def test_many_parts_return_the_fee_exactly(booking: Booking) -> None:
    payment_id = await booking.paid(4999)
    for part in (1, 333, 19, 20, 21, 1000):
        await booking.refund(part)
    await booking.refund()
    payment = await booking.payment(payment_id)
    assert (payment["refunded"], payment["fee_returned"], payment["fee"]) == (4999, 125, 125)
    assert await booking.shares() == (0, 0, 0)


async def test_of_many_refunds_at_once_only_as_many_succeed_as_was_paid(booking: Booking) -> None:
    await booking.paid(5000)
    asked = await asyncio.gather(*(booking.refund(2000) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, RefundExceedsPayment) for one in asked) == 4
    assert await booking.sums() == (5000, 4000)
    assert await booking.gone() == 4000


async def test_the_same_refund_five_times_at_once_is_one(booking: Booking) -> None:
    await booking.paid(5000)
    operation_id = ids.new_id("mop")
    await asyncio.gather(*(booking.refund(2000, operation_id=operation_id) for _ in range(5)))
    assert (await booking.sums(), await booking.gone()) == ((5000, 2000), 2000)


async def test_wherever_the_process_dies_the_refund_is_made_once(till: Till, booking: Booking) -> None:
    await booking.paid(50_000)
    for dies_at in range(1, 100):
        operation_id = ids.new_id("mop")
        tools, fate = till.mortal(dies_at)
        try:
            await booking.refund(400, operation_id=operation_id, tools=tools)
        except Died:
            # After every other death booking asks again; else the clockwork finds what is left.
            if dies_at % 2 and await booking.rows("SELECT 1 FROM operations WHERE id = $1", operation_id):
                await till.turn(timedelta(seconds=30))
            assert (await booking.refund(400, operation_id=operation_id)).status == "succeeded"
        back = 400 * dies_at
        assert await booking.sums() == (50_000, back)
        assert await booking.kinds_told() == ["DepositSucceeded", *["RefundSucceeded"] * dies_at]
        assert await booking.shares() == (back - 50_000, 48_750 - 390 * dies_at, 1250 - 10 * dies_at)
        if fate.passed < dies_at:
            assert await booking.gone() == back
            return
    raise AssertionError("the call never comes to an end")


async def test_while_the_company_is_away_the_refund_is_pending_and_made_later(till: Till, booking: Booking) -> None:
    await booking.paid()
    till.company.line.is_away = True
    try:
        refunded = await booking.refund(2000)
        assert (refunded.status, refunded.money.refunded) == ("pending", 2000)
        for _ in range(4):
            await till.turn(timedelta(seconds=70))
    finally:
        till.company.line.is_away = False
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed"]
    await till.turn(timedelta(minutes=15))
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed", "RefundSucceeded"]
    assert await booking.gone() == 2000


async def test_a_refund_that_the_balance_can_not_bear_is_tried_again_under_another_key(
    till: Till, booking: Booking
) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    refunded = await booking.refund()
    assert refunded.status == "pending"
    await till.turn(timedelta(minutes=2))
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    # Not yet its turn.
    await till.turn(timedelta(seconds=30))
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed"]
    await till.turn(timedelta(minutes=6))
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed", "RefundSucceeded"]
    assert (await booking.sums(), await booking.gone()) == ((5000, 5000), 5000)


async def test_a_refund_that_is_refused_for_days_is_given_up_and_told(till: Till, booking: Booking) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    await booking.refund()
    for _ in range(12):
        await till.turn(timedelta(hours=25))
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed", "RefundFailed"]
    assert await booking.sums() == (5000, 0)
    assert await booking.shares() == (-5000, 4875, 125)
    # A person has looked, and it can be ordered anew.
    assert (await booking.refund()).status == "succeeded"


async def test_a_refund_made_in_the_companys_own_dashboard_shows_up(till: Till, booking: Booking) -> None:
    payment_id = await booking.paid()
    charge = (await booking.payment(payment_id))["charge_id"]
    made = await till.company.repay(booking.account_id, charge, 2000)
    assert [await _hear(booking, made) for _ in range(2)] == ["applied", "unchanged"]
    told = (await booking.told())[-1]
    assert isinstance(told, RefundSucceeded)
    assert (told.operation_id, told.amount, told.refunded) == (None, 2000, 2000)
    assert await booking.shares() == (-3000, 2875, 125)
    with pytest.raises(RefundExceedsPayment):
        await booking.refund(3001)


async def test_refunded_may_be_heard_before_succeeded(till: Till, booking: Booking) -> None:
    asked = await booking.deposit()
    intent = await booking.pay(asked.payment_id)
    made = await till.company.repay(booking.account_id, intent.charge_id or "", 5000)
    assert await _hear(booking, made) == "applied"
    assert await booking.hear(intent) == "unchanged"
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundSucceeded"]
    assert await booking.sums() == (5000, 5000)


async def test_a_refund_that_the_bank_sends_back_counts_as_kept_again(booking: Booking) -> None:
    await booking.paid()
    await booking.refund(2000)
    made = await _made(booking)
    failed = replace(made, status="failed", failure_reason="lost_or_stolen_card")
    assert [await _hear(booking, one) for one in (failed, made, failed)] == ["applied", "unchanged", "unchanged"]
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundSucceeded", "RefundFailed"]
    assert await booking.sums() == (5000, 0)
    assert await booking.shares() == (-5000, 4925, 75)


async def test_a_refund_that_the_company_is_still_making_is_asked_about_and_told_as_delayed(
    till: Till, booking: Booking
) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refundsWait=True)
    refunded = await booking.refund(2000)
    assert (refunded.status, refunded.money.refunded) == ("pending", 2000)
    # From the business's balance it is gone already.
    assert await booking.shares() == (-3000, 2925, 75)
    await till.turn(timedelta(seconds=61))
    await till.turn(timedelta(seconds=130))
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed"]
    assert await _hear(booking, replace(await _made(booking), status="succeeded")) == "applied"
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed", "RefundSucceeded"]
    assert await booking.shares() == (-3000, 2925, 75)


async def test_a_refund_that_was_given_up_and_made_all_the_same_counts_again(till: Till, booking: Booking) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    refunded = await booking.refund(2000)
    for _ in range(12):
        await till.turn(timedelta(hours=25))
    assert await booking.sums() == (5000, 0)
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    charge = (await booking.payment(refunded.refunds[0].payment_id))["charge_id"]
    made = await till.company.repay(booking.account_id, charge, 2000)
    named = replace(made, metadata={"refund_id": refunded.refunds[0].id, "payment_id": refunded.refunds[0].payment_id})
    assert await _hear(booking, named) == "applied"
    assert await booking.sums() == (5000, 2000)
    assert (await booking.kinds_told())[-2:] == ["RefundFailed", "RefundSucceeded"]


async def test_what_is_owed_and_was_sent_by_another_hand_is_not_sent_again(till: Till, booking: Booking) -> None:
    payment_id = await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    await booking.refund()
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    charge = (await booking.payment(payment_id))["charge_id"]
    made = await till.company.repay(booking.account_id, charge, 5000)
    assert await _hear(booking, made) == "applied"
    await till.turn(timedelta(hours=1))
    assert (await booking.sums(), await booking.gone()) == ((5000, 5000), 5000)
    assert await booking.kinds_told() == ["DepositSucceeded", "RefundDelayed", "RefundSucceeded"]


async def _unheard(till: Till, booking: Booking, amount: int) -> Repayment:
    """Made in Stripe's own dashboard; nobody has told us."""
    charge = (await booking.rows("SELECT charge_id FROM payments WHERE booking_id = $1", booking.id))[0]["charge_id"]
    return await till.company.repay(booking.account_id, charge, amount)


async def _all_agree(till: Till, booking: Booking) -> None:
    """Here and at Stripe everything that was paid is back, nothing is under way and nobody is waited for."""
    assert (await booking.sums(), await booking.gone()) == ((5000, 5000), 5000)
    rows = await booking.rows("SELECT amount, status FROM refunds WHERE booking_id = $1", booking.id)
    assert (sum(row["amount"] for row in rows), {row["status"] for row in rows}) == (5000, {"succeeded"})
    await till.turn(timedelta(minutes=2))
    compared = await reconciling.compared(till.tools, since=till.clock.now() - timedelta(days=30), pause=timedelta())
    assert [one for one in compared.differences if one.account_id == booking.account_id] == []
    parked = await till.rows(None, "SELECT 1 FROM parked WHERE account_id = $1", booking.account_id)
    assert parked == []


@pytest.mark.parametrize("amounts", [(1000,), (1000, 1500), (5000,), (2000, 3000)])
async def test_with_what_went_back_unheard_a_full_refund_gives_back_the_rest(
    till: Till, booking: Booking, amounts: tuple[int, ...]
) -> None:
    await booking.paid()
    made = [await _unheard(till, booking, amount) for amount in amounts]
    operation_id = ids.new_id("mop")
    refunded = await booking.refund(operation_id=operation_id)
    assert (refunded.status, refunded.money.refunded) == ("succeeded", 5000)
    assert await booking.refund(operation_id=operation_id) == refunded
    assert await booking.kinds_told() == [
        "DepositSucceeded",
        *["RefundSucceeded"] * (len(amounts) + (sum(amounts) < 5000)),
    ]
    assert operation_id in {getattr(event, "operation_id", None) for event in await booking.told()}
    # Now Stripe tells of them.
    assert [await _hear(booking, one) for one in made] == ["unchanged"] * len(made)
    await _all_agree(till, booking)


@pytest.mark.parametrize("amounts", [(1000,), (1000, 1500), (5000,), (2000, 3000)])
async def test_a_refund_that_could_not_be_sent_makes_room_for_those_that_were_made_elsewhere(
    till: Till, booking: Booking, amounts: tuple[int, ...]
) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    operation_id = ids.new_id("mop")
    assert (await booking.refund(operation_id=operation_id)).status == "pending"
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    for amount in amounts:
        assert await _hear(booking, await _unheard(till, booking, amount)) == "applied"
        assert await booking.sums() == (5000, 5000)
    await till.turn(timedelta(seconds=40))
    refunded = await booking.refund(operation_id=operation_id)
    assert refunded.status == "succeeded"
    assert operation_id in {getattr(event, "operation_id", None) for event in await booking.told()}
    await _all_agree(till, booking)


async def test_while_stripe_is_away_what_is_told_of_others_comes_first(till: Till, booking: Booking) -> None:
    await booking.paid()
    made = await _unheard(till, booking, 1000)
    till.company.line.is_away = True
    try:
        refunded = await booking.refund()
        assert refunded.status == "pending"
    finally:
        till.company.line.is_away = False
    assert await _hear(booking, made) == "applied"
    await till.turn(timedelta(seconds=40))
    await _all_agree(till, booking)


async def test_the_newest_gives_way_first_and_an_order_of_which_nothing_is_left_has_succeeded(
    till: Till, booking: Booking
) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    orders = [ids.new_id("mop") for _ in range(3)]
    for operation_id, amount in zip(orders, (1000, 1500, 2500), strict=True):
        await booking.refund(amount, operation_id=operation_id)
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    assert await _hear(booking, await _unheard(till, booking, 4500)) == "applied"
    assert await booking.sums() == (5000, 5000)
    await till.turn(timedelta(hours=1))
    stand = [
        await booking.refund(amount, operation_id=one) for one, amount in zip(orders, (1000, 1500, 2500), strict=True)
    ]
    assert [(one.amount, one.status) for one in stand] == [(500, "succeeded"), (0, "succeeded"), (4500, "succeeded")]
    await _all_agree(till, booking)


async def test_a_refund_that_gave_way_and_had_been_made_all_the_same_is_counted_as_it_was_made(
    till: Till, booking: Booking
) -> None:
    """Its answer was lost; an older one had not been sent, and is what really has to give way."""
    await booking.paid()
    await till.company.control(accountId=booking.account_id, refuseRefunds=True)
    await booking.refund(2500)
    await till.company.control(accountId=booking.account_id, refuseRefunds=False)
    operation_id = ids.new_id("mop")
    with pytest.raises(Died):
        for dies_at in range(1, 20):
            tools, _ = till.mortal(dies_at)
            try:
                await booking.refund(2000, operation_id=operation_id, tools=tools)
            except Died:
                if await booking.gone() == 2000:
                    raise
    assert [
        one["repayment_id"]
        for one in await booking.rows("SELECT repayment_id FROM refunds WHERE booking_id = $1", booking.id)
    ] == [None, None]
    assert await _hear(booking, await _unheard(till, booking, 1000)) == "applied"
    await till.turn(timedelta(minutes=5))
    await till.turn(timedelta(minutes=5))
    assert (await booking.refund(2000, operation_id=operation_id)).amount == 2000
    await _all_agree(till, booking)


async def test_a_refund_of_another_amount_or_beyond_what_was_paid_is_parked(booking: Booking) -> None:
    await booking.paid()
    await booking.refund(2000)
    made = await _made(booking)
    for strange in (
        replace(made, amount=Money(1999, "NZD")),
        replace(made, id="re_beyond", metadata={}, amount=Money(3001, "NZD")),
        replace(made, id="re_currency", metadata={}, amount=Money(1, "AUD")),
        replace(made, id="re_unknown", charge_id="ch_none", intent_id=None, metadata={"payment_id": "pay_none"}),
    ):
        assert await _hear(booking, strange) == "parked"
    assert await booking.sums() == (5000, 2000)
    assert await _hear(booking, replace(made, id="re_none", charge_id="ch_none", intent_id=None, metadata={})) == (
        "unknown"
    )


async def test_another_tenants_booking_can_not_be_refunded(till: Till, booking: Booking) -> None:
    await booking.paid()
    stranger = replace(booking, tenant_id=await till.tenant())
    with pytest.raises(errors.NotFound):
        await stranger.refund()
    assert await booking.sums() == (5000, 0)
