"""Balances: the saved card first, a page where the bank asks or no card was left, and never two charges."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.contracts.payments import BalanceActionRequired, BalanceFailed, BalanceSucceeded
from services.kernel import ids
from services.payments.domain.errors import OperationClosed, OrderDiffers, PaymentServiceUnavailable, StillUnderWay
from services.payments.use_cases import sweeps
from tests.service.payments.company import ASKS, OK
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


async def _charges(booking: Booking) -> int:
    """Balances that were taken at Stripe."""
    return (await booking.intents("balance")).count("succeeded")


async def test_the_saved_card_is_charged_while_the_customer_is_away(booking: Booking) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    charged = await booking.charge(13_000, operation_id=operation_id)
    again = await booking.charge(13_000, operation_id=operation_id)
    assert (charged.status, charged.payment.way, charged.payment.amount) == ("succeeded", "card", 13_000)
    assert again.payment.id == charged.payment.id
    assert await _charges(booking) == 1
    assert await booking.sums() == (18_000, 0)
    last = (await booking.told())[-1]
    assert isinstance(last, BalanceSucceeded)
    assert (last.operation_id, last.amount, last.paid, last.version) == (operation_id, 13_000, 18_000, 2)
    assert await booking.shares() == (-18_000, 17_550, 450)


async def test_the_same_operation_with_another_amount_is_refused(booking: Booking) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    await booking.charge(13_000, operation_id=operation_id)
    with pytest.raises(OrderDiffers):
        await booking.charge(12_999, operation_id=operation_id)


async def test_five_calls_at_once_charge_once(booking: Booking) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    charged = await asyncio.gather(*(booking.charge(operation_id=operation_id) for _ in range(5)))
    assert {(one.status, one.payment.id) for one in charged} == {("succeeded", charged[0].payment.id)}
    assert await _charges(booking) == 1
    assert await booking.sums() == (18_000, 0)


async def test_where_the_bank_asks_for_the_customer_there_is_a_page_and_the_first_try_is_over(
    till: Till, booking: Booking
) -> None:
    await booking.paid(card=ASKS)
    operation_id = ids.new_id("mop")
    asked = await booking.charge(operation_id=operation_id)
    again = await booking.charge(operation_id=operation_id)
    assert (asked.status, asked.payment.way) == ("requires_action", "link")
    assert (again.url, again.payment.id) == (asked.url, asked.payment.id)
    tries = await booking.rows(
        "SELECT way, status, intent_id FROM payments WHERE operation_id = $1 ORDER BY id", operation_id
    )
    assert [(row["way"], row["status"]) for row in tries] == [("card", "canceled"), ("link", "requires_payment")]
    assert await booking.intents("balance") == ["canceled"]
    assert await booking.kinds_told() == ["DepositSucceeded", "BalanceActionRequired"]
    # The customer pays there; no webhook comes.
    link_id = await booking.link_id(asked.payment.id)
    await till.company.pay_link(booking.account_id, link_id)
    await till.turn(timedelta(seconds=60))
    assert await booking.kinds_told() == ["DepositSucceeded", "BalanceActionRequired", "BalanceSucceeded"]
    assert (await booking.charge(operation_id=operation_id)).status == "succeeded"
    assert await _charges(booking) == 1


async def test_without_a_saved_card_there_is_a_page_at_once(booking: Booking) -> None:
    asked = await booking.charge(13_000)
    assert (asked.status, asked.payment.way) == ("requires_action", "link")
    assert isinstance((await booking.told())[0], BalanceActionRequired)
    assert await _charges(booking) == 0


async def test_a_declined_card_is_the_end_and_the_reason_is_told(till: Till, booking: Booking) -> None:
    await booking.paid()
    await till.company.control(accountId=booking.account_id, declineAll=True)
    operation_id = ids.new_id("mop")
    for _ in range(2):
        charged = await booking.charge(operation_id=operation_id)
        assert (charged.status, charged.payment.decline_code) == ("failed", "generic_decline")
        assert charged.payment.decline_message is not None
    failed = (await booking.told())[-1]
    assert isinstance(failed, BalanceFailed)
    assert (failed.operation_id, failed.decline_code, failed.paid) == (operation_id, "generic_decline", 5000)
    assert await booking.intents("balance") == ["canceled"]
    assert await booking.kinds_told() == ["DepositSucceeded", "BalanceFailed"]


async def test_a_card_that_the_company_has_forgotten_leads_to_a_page(till: Till, booking: Booking) -> None:
    payment = await booking.payment(await booking.paid())
    await till.company.forget_card(booking.account_id, payment["payment_method_id"])
    assert (await booking.charge()).status == "requires_action"


# Up to the company's answer both go the same way.
@pytest.mark.parametrize(("card", "usual", "first"), [(OK, "succeeded", 1), (ASKS, "requires_action", 5)])
async def test_wherever_the_process_dies_the_same_call_carries_on_and_nobody_is_charged_twice(
    till: Till, booking: Booking, card: str, usual: str, first: int
) -> None:
    await booking.paid(card=card)
    for number, dies_at in enumerate(range(first, 100), start=1):
        operation_id = ids.new_id("mop")
        tools, fate = till.mortal(dies_at)
        try:
            charged = await booking.charge(100, operation_id=operation_id, tools=tools)
        except Died:
            charged = await booking.charge(100, operation_id=operation_id)
        assert charged.status == usual
        taken = number if usual == "succeeded" else 0
        assert await booking.sums() == (5000 + taken * 100, 0)
        assert (await booking.shares())[0] == -5000 - taken * 100
        assert len(await booking.told()) == 1 + number
        if fate.passed < dies_at:
            assert await _charges(booking) == taken
            # What was tried in vain is over at Stripe, too.
            assert not {"requires_action", "requires_payment_method"} & set(await booking.intents("balance"))
            return
    raise AssertionError("the call never comes to an end")


async def test_while_the_company_is_away_the_charge_waits_and_is_made_once(till: Till, booking: Booking) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    till.company.line.is_away = True
    try:
        with pytest.raises(PaymentServiceUnavailable):
            await booking.charge(operation_id=operation_id)
    finally:
        till.company.line.is_away = False
    assert (await booking.charge(operation_id=operation_id)).status == "succeeded"
    assert await _charges(booking) == 1


async def test_a_page_is_closed_at_the_company(till: Till, booking: Booking) -> None:
    operation_id = ids.new_id("mop")
    asked = await booking.charge(operation_id=operation_id)
    for _ in range(2):
        assert await booking.close_balance(operation_id) == "canceled"
    link_id = await booking.link_id(asked.payment.id)
    assert (await till.company.line.gateway.link(booking.account_id, link_id)).status == "expired"
    assert (await booking.payment(asked.payment.id))["status"] == "canceled"
    assert await booking.kinds_told() == ["BalanceActionRequired"]


async def test_a_customer_who_paid_on_the_page_before_it_was_closed_has_paid(till: Till, booking: Booking) -> None:
    operation_id = ids.new_id("mop")
    asked = await booking.charge(operation_id=operation_id)
    link_id = await booking.link_id(asked.payment.id)
    await till.company.pay_link(booking.account_id, link_id)
    assert await booking.close_balance(operation_id) == "succeeded"
    assert await booking.sums() == (13_000, 0)


async def test_what_was_closed_before_it_came_can_not_be_charged(booking: Booking) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    for _ in range(2):
        assert await booking.close_balance(operation_id) == "none"
    with pytest.raises(OperationClosed):
        await booking.charge(operation_id=operation_id)
    assert await booking.sums() == (5000, 0)


async def test_closing_against_charging_has_one_winner(till: Till) -> None:
    tenant_id = await till.tenant()

    async def one() -> None:
        booking = await till.booking(tenant_id)
        await booking.paid()
        operation_id = ids.new_id("mop")
        charged, closed = await asyncio.gather(
            booking.charge(operation_id=operation_id), booking.close_balance(operation_id), return_exceptions=True
        )
        assert isinstance(closed, str | StillUnderWay)
        if isinstance(closed, StillUnderWay):
            # What was still on its way is known once it is answered.
            closed = await booking.close_balance(operation_id)
            assert closed == "succeeded"
        paid, _ = await booking.sums()
        assert await _charges(booking) == (1 if paid == 18_000 else 0)
        if closed == "succeeded":
            assert paid == 18_000
        else:
            assert (paid, closed) == (5000, "none")
            assert isinstance(charged, OperationClosed)

    await asyncio.gather(*(one() for _ in range(5)))


async def test_a_page_that_runs_out_is_the_end_of_the_order(till: Till, booking: Booking) -> None:
    operation_id = ids.new_id("mop")
    asked = await booking.charge(operation_id=operation_id)
    link_id = await booking.link_id(asked.payment.id)
    await till.company.line.gateway.close_link(booking.account_id, link_id)
    await till.turn(timedelta(minutes=5))
    assert (await booking.payment(asked.payment.id))["status"] == "failed"
    assert await booking.kinds_told() == ["BalanceActionRequired", "BalanceFailed"]
    assert (await booking.charge(operation_id=operation_id)).status == "failed"


@pytest.mark.parametrize("by_clockwork", [True, False])
async def test_a_charge_that_never_reached_the_company_is_given_up_without_charging(
    till: Till, booking: Booking, by_clockwork: bool
) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    till.company.line.is_away = True
    try:
        with pytest.raises(PaymentServiceUnavailable):
            await booking.charge(operation_id=operation_id)
        with pytest.raises(PaymentServiceUnavailable):
            await booking.close_balance(operation_id)
    finally:
        till.company.line.is_away = False
    # It may be on its way there for some seconds more; nobody sends it once more.
    with pytest.raises(StillUnderWay):
        await booking.close_balance(operation_id)
    with pytest.raises(OperationClosed):
        await booking.charge(operation_id=operation_id)
    till.clock.advance(seconds=31)
    if by_clockwork:
        await sweeps.look_after_strays(till.tools)
        statuses = await booking.rows("SELECT status FROM payments WHERE operation_id = $1", operation_id)
        assert [row["status"] for row in statuses] == ["canceled"]
    for _ in range(2):
        assert await booking.close_balance(operation_id) == "canceled"
    await till.turn(timedelta(minutes=2))
    await sweeps.look_after_strays(till.tools)
    assert await booking.intents("balance") == []
    assert await booking.sums() == (5000, 0)
    assert await booking.kinds_told() == ["DepositSucceeded"]
    assert await till.rows(None, "SELECT 1 FROM timers WHERE task = 'stray'") == []


@pytest.mark.parametrize("by_clockwork", [True, False])
async def test_a_charge_whose_answer_was_lost_is_found_when_it_is_given_up_and_told_once(
    till: Till, booking: Booking, by_clockwork: bool
) -> None:
    await booking.paid()
    operation_id = ids.new_id("mop")
    tools, _ = till.mortal(4)
    with pytest.raises(Died):
        await booking.charge(operation_id=operation_id, tools=tools)
    assert await booking.intents("balance") == ["succeeded"]
    assert await booking.kinds_told() == ["DepositSucceeded"]
    if by_clockwork:
        till.company.line.is_away = True
        with pytest.raises(PaymentServiceUnavailable):
            await booking.close_balance(operation_id)
        till.company.line.is_away = False
        till.clock.advance(seconds=31)
        await sweeps.look_after_strays(till.tools)
        assert await booking.sums() == (18_000, 0)
    for _ in range(2):
        assert await booking.close_balance(operation_id) == "succeeded"
    assert await booking.sums() == (18_000, 0)
    assert await booking.kinds_told() == ["DepositSucceeded", "BalanceSucceeded"]
    assert await _charges(booking) == 1


async def test_a_try_whose_answer_was_lost_and_that_the_bank_stopped_ends_at_the_company_when_it_is_given_up(
    till: Till, booking: Booking
) -> None:
    await booking.paid(card=ASKS)
    operation_id = ids.new_id("mop")
    tools, _ = till.mortal(4)
    with pytest.raises(Died):
        await booking.charge(operation_id=operation_id, tools=tools)
    assert await booking.close_balance(operation_id) == "canceled"
    assert await booking.intents("balance") == ["canceled"]
    assert await booking.kinds_told() == ["DepositSucceeded"]


async def test_a_customer_whom_the_company_does_not_know_any_more_was_not_charged(till: Till, booking: Booking) -> None:
    payment_id = await booking.paid()
    await booking.rows("UPDATE payments SET customer_id = 'cus_gone' WHERE id = $1 RETURNING 1", payment_id)
    operation_id = ids.new_id("mop")
    till.company.line.is_away = True
    try:
        with pytest.raises(PaymentServiceUnavailable):
            await booking.charge(operation_id=operation_id)
    finally:
        till.company.line.is_away = False
    till.clock.advance(seconds=31)
    assert await booking.close_balance(operation_id) == "canceled"
