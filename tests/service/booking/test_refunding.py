"""The business gives money back."""

import asyncio
from typing import Any

import pytest

from tests.service.booking.world import DEPOSIT, Shop, World
from tests.support.contexts import eventually


async def _refund(shop: Shop, booked: Any, **body: Any) -> Any:
    return await shop.owner.post(f"/api/bookings/{booked['bookingId']}/refund", body)


async def test_all_that_is_left_where_no_amount_is_given(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    first = (await _refund(shop, booked, amount=1_500, reason="It rained")).data
    assert first["amount"] == {"amount": 1_500, "currency": "NZD", "display": "$15.00"}
    assert first["status"] == "succeeded"
    assert first["amountRefunded"]["amount"] == 1_500
    rest = (await shop.owner.post(f"/api/bookings/{booked['bookingId']}/refund")).data
    assert rest["amount"]["amount"] == 3_500
    assert world.till.of(booked["bookingId"]).refunded == DEPOSIT
    assert await shop.state(booked["bookingId"]) == "confirmed"

    async def is_told() -> bool:
        detail = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
        return bool(detail["depositStatus"] == "refunded" and "refund" not in detail["actions"])

    await eventually(is_told, "the booking says that all of it is back")


async def test_more_than_was_paid_is_refused(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    for amount in (DEPOSIT + 1, {"amount": 10 * DEPOSIT, "currency": "NZD"}):
        refused = await _refund(shop, booked, amount=amount)
        assert (refused.status, refused.code) == (409, "REFUND_EXCEEDS_PAYMENT")
    assert world.till.of(booked["bookingId"]).refunded == 0
    assert await world.rows(shop.tenant_id, "SELECT 1 FROM operations") == []


async def test_what_payments_knows_to_be_too_much_is_refused_and_ends(shop: Shop, world: World) -> None:
    """A refund made elsewhere, of which we have not heard."""
    booked = await shop.paid("10:00")
    world.till.of(booked["bookingId"]).refunded = 3_000
    refused = await _refund(shop, booked, amount=2_500)
    assert (refused.status, refused.code) == (409, "REFUND_EXCEEDS_PAYMENT")
    assert "money" not in await shop.due(booked["bookingId"])
    assert (await _refund(shop, booked, amount=2_000)).data["amount"]["amount"] == 2_000


async def test_nothing_was_paid_and_nothing_goes_back(shop: Shop) -> None:
    booked = await shop.booked("10:00", service_id=await shop.free_service())
    assert (await _refund(shop, booked)).code == "REFUND_EXCEEDS_PAYMENT"


async def test_an_amount_that_is_none_is_named(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    for amount, why in (
        (0, "at least"),
        (-5, "at least"),
        ({"amount": 100, "currency": "USD"}, "NZD"),
        ("12", "whole number"),
        (1.5, "whole number"),
    ):
        refused = await _refund(shop, booked, amount=amount)
        assert (refused.status, refused.code) == (400, "VALIDATION_ERROR"), amount
        assert why in refused.details["amount"]


async def test_currencies_of_three_decimals_go_back_in_steps(shop: Shop) -> None:
    kuwaiti = await shop.sell(currency="KWD", price=20_000, deposit=5_000)
    booked = await shop.paid("10:00", service_id=kuwaiti)
    assert "card" in (await _refund(shop, booked, amount=1_234)).details["amount"]
    assert (await _refund(shop, booked, amount=1_230)).data["amount"]["display"]


async def test_scenario_31_two_refunds_at_once_never_pay_out_more_than_was_paid(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.takes = 0.05
    answers = await asyncio.gather(*(_refund(shop, booked, amount=3_000) for _ in range(4)))
    world.till.takes = 0.0
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} <= {
        "MONEY_OPERATION_OPEN",
        "REFUND_EXCEEDS_PAYMENT",
    }
    assert world.till.of(booked["bookingId"]).refunded == 3_000


async def test_payments_away_the_refund_is_on_its_way_and_made_once(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.is_away = True
    first = (await _refund(shop, booked, amount=1_000)).data
    assert (first["status"], first["amount"]["amount"]) == ("pending", 1_000)
    again = await _refund(shop, booked, amount=1_000)
    assert (again.code, again.error["retryable"]) == ("MONEY_OPERATION_OPEN", True)
    world.till.is_away = False
    world.clock.advance(seconds=30)
    await world.tick("go on with money operations")
    assert world.till.of(booked["bookingId"]).refunded == 1_000


async def test_a_refund_that_is_made_some_other_day_is_pending_and_counts_already(shop: Shop, world: World) -> None:
    """Scenario 35."""
    booked = await shop.paid("10:00")
    world.till.refunds_wait = True
    assert (await _refund(shop, booked, amount=4_000)).data["status"] == "pending"
    assert (await _refund(shop, booked, amount=2_000)).code == "REFUND_EXCEEDS_PAYMENT"
    detail = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
    assert detail["refundable"]["amount"] == 1_000


async def test_a_link_to_pay_at_is_closed_before_money_goes_back(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    await shop.owner.post(f"/api/bookings/{booked['bookingId']}/charge-balance", {"finalAmount": 18_000})
    assert (await _refund(shop, booked)).data["amount"]["amount"] == DEPOSIT
    (balance,) = world.till.of(booked["bookingId"]).balances.values()
    assert balance.status == "canceled"


@pytest.mark.parametrize("is_answered", [True, False])
async def test_a_refund_that_fails_in_the_end_is_owed_again_and_a_person_gives_it(
    shop: Shop, world: World, is_answered: bool
) -> None:
    booked = await shop.paid("10:00")
    booking_id = booked["bookingId"]
    if not is_answered:
        world.till.refunds_wait = True
        world.till.answers_lost.add("refunds")
    await shop.owner.put(f"/api/bookings/{booking_id}/status", {"status": "cancelled"})
    assert world.till.of(booking_id).refunded == DEPOSIT
    if is_answered:
        await world.holds(shop.tenant_id, "SELECT 1 FROM bookings WHERE refunded = $1 AND money_version > 1", DEPOSIT)
    await world.till.fail_refund(booking_id)
    world.till.answers_lost.clear()
    world.till.refunds_wait = False
    await world.holds(shop.tenant_id, "SELECT 1 FROM operations WHERE state = 'failed'")
    world.clock.advance(seconds=30)
    await world.tick("go on with money operations")
    seen = (await shop.owner.get(f"/api/bookings/{booking_id}")).data
    assert (seen["depositStatus"], seen["amountRefunded"]["amount"]) == ("paid", 0)
    assert (seen["refundable"]["amount"], seen["openOperation"]) == (DEPOSIT, None)
    assert "refund" in seen["actions"]
    assert seen["timeline"][-1]["kind"] == "refund_failed"
    assert world.till.of(booking_id).refunded == 0
    assert (await _refund(shop, booked)).data["amount"]["amount"] == DEPOSIT
    assert world.till.of(booking_id).refunded == DEPOSIT


async def test_the_same_key_gives_the_first_answer_again(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    path = f"/api/bookings/{booked['bookingId']}/refund"
    headers = {"Idempotency-Key": "refund-1"}
    answers = [await shop.owner.post(path, {"amount": 1_000}, headers=headers) for _ in range(3)]
    assert len({answer.data["operationId"] for answer in answers}) == 1
    assert world.till.of(booked["bookingId"]).refunded == 1_000


async def test_only_who_is_in_charge_gives_money_back(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    path = f"/api/bookings/{booked['bookingId']}/refund"
    assert (await shop.member("tech").post(path, {})).status == 403
    assert (await world.anybody.post(path, {})).status == 401
    assert (await (await world.shop()).owner.post(path, {})).code == "NOT_FOUND"
    assert world.till.of(booked["bookingId"]).refunded == 0
