"""Deposits: asked for once per booking, given up at the company first, and applied in any order of what is heard."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.contracts.payments import DepositFailed, DepositSucceeded
from services.kernel.money import Money
from services.payments.domain.errors import DepositClosed, OrderDiffers, PaymentServiceUnavailable, PaymentsNotReady
from services.payments.use_cases import intents
from tests.service.payments.company import DECLINED
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


async def test_a_deposit_is_asked_for_once_however_often_booking_asks(till: Till, booking: Booking) -> None:
    first = await booking.deposit()
    again = await booking.deposit()
    assert first == again
    assert first.client_secret is not None
    assert len(await booking.rows("SELECT 1 FROM payments WHERE booking_id = $1", booking.id)) == 1
    made = await till.company.intents(booking.account_id, booking.id)
    assert [(one["amount"], one["currency"], one["application_fee_amount"]) for one in made] == [(5000, "nzd", 125)]
    assert made[0]["metadata"] == {
        "tenant_id": booking.tenant_id,
        "booking_id": booking.id,
        "payment_id": first.payment_id,
        "kind": "deposit",
    }


async def test_ten_at_once_make_one_intent(booking: Booking) -> None:
    asked = await asyncio.gather(*(booking.deposit() for _ in range(10)))
    assert len({one.payment_id for one in asked}) == 1
    assert await booking.intents() == ["requires_payment_method"]


async def test_another_amount_for_the_same_booking_is_refused(booking: Booking) -> None:
    await booking.deposit(5000)
    with pytest.raises(OrderDiffers):
        await booking.deposit(5001)


async def test_without_an_account_that_can_charge_nothing_is_asked(till: Till, booking: Booking) -> None:
    await till.rows(booking.tenant_id, "UPDATE accounts SET charges_enabled = false RETURNING 1")
    with pytest.raises(PaymentsNotReady):
        await booking.deposit()
    assert await booking.rows("SELECT 1 FROM payments WHERE booking_id = $1", booking.id) == []


async def test_a_business_may_have_a_fee_of_its_own(till: Till, booking: Booking) -> None:
    await till.rows(booking.tenant_id, "INSERT INTO fees VALUES ($1, 100, now()) RETURNING 1", booking.tenant_id)
    await booking.paid(5000)
    assert await booking.shares() == (-5000, 4950, 50)


async def test_a_paid_deposit_is_told_once_however_often_it_is_heard(till: Till, booking: Booking) -> None:
    asked = await booking.deposit()
    intent = await booking.pay(asked.payment_id)
    heard = await asyncio.gather(*(booking.hear(intent) for _ in range(6)))
    assert sorted(heard) == ["applied", *["unchanged"] * 5]
    told = await booking.told()
    assert told == [
        DepositSucceeded(
            tenant_id=booking.tenant_id,
            booking_id=booking.id,
            version=1,
            payment_id=asked.payment_id,
            currency="NZD",
            amount=5000,
            paid=5000,
            refunded=0,
            card_saved=True,
        )
    ]
    assert await booking.shares() == (-5000, 4875, 125)
    payment = await booking.payment(asked.payment_id)
    assert (payment["status"], payment["payer_email"], payment["paid_at"]) == ("succeeded", None, till.clock.now())


async def test_a_refused_card_is_told_once_per_try_and_another_one_may_pay(booking: Booking) -> None:
    asked = await booking.deposit()
    first = await booking.pay(asked.payment_id, DECLINED)
    second = await booking.pay(asked.payment_id, DECLINED)
    for intent in (first, second, first):
        await booking.hear(intent)
    third = await booking.pay(asked.payment_id)
    await booking.hear(third)
    # What is late says nothing any more.
    await booking.hear(second)
    assert await booking.kinds_told() == ["DepositFailed", "DepositFailed", "DepositSucceeded"]
    failed = (await booking.told())[0]
    assert isinstance(failed, DepositFailed)
    assert (failed.decline_code, failed.paid) == ("insufficient_funds", 0)
    assert (await booking.payment(asked.payment_id))["status"] == "succeeded"


async def test_the_webhook_may_come_before_the_answer_to_our_own_call(till: Till, booking: Booking) -> None:
    tools, _ = till.mortal(4)
    with pytest.raises(Died):
        await booking.deposit(tools=tools)
    rows = await booking.rows("SELECT id, intent_id FROM payments WHERE booking_id = $1", booking.id)
    assert [row["intent_id"] for row in rows] == [None]
    made = await till.company.intents(booking.account_id, booking.id)
    assert [one["metadata"]["payment_id"] for one in made] == [rows[0]["id"]]
    assert await booking.hear(await till.company.pay(booking.account_id, made[0]["id"])) == "applied"
    assert (await booking.deposit()).status == "succeeded"
    assert await booking.kinds_told() == ["DepositSucceeded"]


async def test_wherever_the_process_dies_the_same_call_carries_on_and_there_is_one_intent(till: Till) -> None:
    tenant_id = await till.tenant()
    for dies_at in range(1, 100):
        booking = await till.booking(tenant_id)
        tools, fate = till.mortal(dies_at)
        try:
            await booking.deposit(tools=tools)
        except Died:
            asked = await booking.deposit()
            assert asked.client_secret is not None
        assert len(await booking.intents()) == 1
        if fate.passed < dies_at:
            # It lived to the end.
            assert dies_at > 6
            return
    raise AssertionError("the call never comes to an end")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": Money(4999, "NZD")}, "amount"),
        ({"amount": Money(5000, "AUD")}, "currency"),
        ({"account_id": "acct_of_another"}, "account"),
    ],
)
async def test_what_differs_from_what_was_asked_is_parked_and_nothing_confirmed(
    till: Till, booking: Booking, changed: dict[str, object], reason: str
) -> None:
    asked = await booking.deposit()
    intent = replace(await booking.pay(asked.payment_id), **changed)  # type: ignore[arg-type]
    assert [await booking.hear(intent) for _ in range(3)] == ["parked"] * 3
    parked = await till.rows(None, "SELECT reason, payment_id, settled_at FROM parked WHERE object_id = $1", intent.id)
    assert [tuple(row.values()) for row in parked] == [(reason, asked.payment_id, None)]
    assert await booking.sums() == (0, 0)
    assert await booking.told() == []
    assert (await booking.payment(asked.payment_id))["status"] == "requires_payment"


async def test_our_metadata_on_a_payment_that_we_do_not_know_is_parked(booking: Booking) -> None:
    asked = await booking.deposit()
    intent = await booking.pay(asked.payment_id)
    stranger = replace(intent, id="pi_of_nobody", metadata={**intent.metadata, "payment_id": "pay_unknown"})
    assert await booking.hear(stranger) == "parked"
    # The same payment twice at the company: the second one fits nothing.
    assert await booking.hear(intent) == "applied"
    assert await booking.hear(replace(intent, id="pi_second")) == "parked"
    assert await booking.sums() == (5000, 0)


async def test_the_businesss_other_payments_are_none_of_our_business(till: Till, booking: Booking) -> None:
    asked = await booking.deposit()
    intent = replace(await booking.pay(asked.payment_id), id="pi_elsewhere", metadata={})
    assert await booking.hear(intent) == "unknown"
    assert await till.rows(None, "SELECT 1 FROM parked WHERE object_id = 'pi_elsewhere'") == []


async def test_another_tenants_payment_is_not_found_by_its_metadata(till: Till, booking: Booking) -> None:
    other = await till.booking()
    asked = await booking.deposit()
    intent = await booking.pay(asked.payment_id)
    assert await intents.apply(till.tools, tenant_id=other.tenant_id, intent=intent) == "parked"
    assert await booking.sums() == (0, 0)


async def test_a_closed_deposit_is_canceled_at_the_company_and_can_not_be_asked_for_again(booking: Booking) -> None:
    asked = await booking.deposit()
    for _ in range(2):
        closed = await booking.close()
        assert (closed.outcome, closed.payment_id) == ("canceled", asked.payment_id)
    assert await booking.intents() == ["canceled"]
    assert await booking.kinds_told() == ["DepositCanceled"]
    with pytest.raises(DepositClosed):
        await booking.deposit()


async def test_a_deposit_that_never_was_can_be_closed_too(booking: Booking) -> None:
    assert (await booking.close()).outcome == "none"
    with pytest.raises(DepositClosed):
        await booking.deposit()


async def test_a_customer_who_was_quicker_has_paid(booking: Booking) -> None:
    asked = await booking.deposit()
    await booking.pay(asked.payment_id)
    closed = await booking.close()
    assert (closed.outcome, closed.money.paid, closed.money.currency) == ("succeeded", 5000, "NZD")
    assert await booking.kinds_told() == ["DepositSucceeded"]


async def test_on_an_account_that_was_taken_away_nobody_can_pay_and_the_deposit_is_closed(
    till: Till, booking: Booking
) -> None:
    asked = await booking.deposit()
    await till.company.control("_deauthorize", accountId=booking.account_id)
    closed = await booking.close()
    assert (closed.outcome, closed.payment_id) == ("canceled", asked.payment_id)
    assert await booking.kinds_told() == ["DepositCanceled"]


async def test_closing_against_paying_has_one_winner_each_time(till: Till) -> None:
    tenant_id = await till.tenant()

    async def pays(booking: Booking, payment_id: str) -> None:
        await booking.hear(await booking.pay(payment_id))

    async def one() -> None:
        booking = await till.booking(tenant_id)
        asked = await booking.deposit()
        closed, _ = await asyncio.gather(booking.close(), pays(booking, asked.payment_id))
        status = (await booking.payment(asked.payment_id))["status"]
        assert closed.outcome == status
        assert await booking.sums() == ((5000, 0) if status == "succeeded" else (0, 0))
        assert len(await booking.told()) == 1

    await asyncio.gather(*(one() for _ in range(6)))


async def test_an_intent_that_is_being_made_while_its_deposit_is_closed_is_given_up(
    till: Till, booking: Booking
) -> None:
    is_made, go_on = till.company.line.hold("ask")
    asking = asyncio.create_task(booking.deposit())
    await is_made.wait()
    closed = await booking.close()
    assert closed.outcome == "canceled"
    go_on.set()
    with pytest.raises(DepositClosed):
        await asking
    assert await booking.intents() == ["canceled"]


async def test_while_the_company_is_away_nothing_is_lost_and_nothing_twice(till: Till, booking: Booking) -> None:
    till.company.line.is_away = True
    try:
        with pytest.raises(PaymentServiceUnavailable):
            await booking.deposit()
    finally:
        till.company.line.is_away = False
    asked = await booking.deposit()
    made = await till.company.intents(booking.account_id, booking.id)
    assert [one["metadata"]["payment_id"] for one in made] == [asked.payment_id]


async def test_a_deposit_canceled_elsewhere_makes_room_for_another(till: Till, booking: Booking) -> None:
    first = await booking.deposit()
    await till.company.line.gateway.cancel(booking.account_id, await booking.intent_id(first.payment_id))
    await till.turn(timedelta(seconds=25))
    assert await booking.kinds_told() == ["DepositCanceled"]
    second = await booking.deposit()
    assert second.payment_id != first.payment_id
