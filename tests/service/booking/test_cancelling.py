"""A booking is given up, and its money goes back by the terms."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.catalog import CancellationStep
from tests.service.availability.world import profile_fact, registered_fact
from tests.service.booking.world import DEPOSIT, Shop, World
from tests.support.contexts import eventually

MONEY = "go on with money operations"
HALF = DEPOSIT // 2


async def _cancel(world: World, booked: Any, **body: Any) -> Any:
    return await world.anybody.post(f"/api/manage/{booked['manageToken']}/cancel", body)


async def _preview(world: World, booked: Any) -> int:
    seen = (await world.anybody.get(f"/api/manage/{booked['manageToken']}")).data
    amount: int = seen["cancellation"]["refund"]["amount"]
    return amount


async def _refunded(world: World, booked: Any, amount: int) -> None:
    account = world.till.of(booked["bookingId"])
    await eventually(lambda: account.refunded == amount, f"{amount} of {account.paid} went back")
    # Nothing more comes after it.
    await world.tick(MONEY)
    assert account.refunded == amount


@pytest.mark.parametrize(
    ("before", "comes_back"),
    [
        (timedelta(hours=24), DEPOSIT),
        (timedelta(hours=24) - timedelta(seconds=1), HALF),
        (timedelta(hours=12), HALF),
        (timedelta(hours=12) - timedelta(seconds=1), 0),
        (timedelta(minutes=1), 0),
    ],
)
async def test_scenario_33_a_cancellation_pays_what_the_preview_said(
    shop: Shop, world: World, before: timedelta, comes_back: int
) -> None:
    booked = await shop.paid("10:00")
    world.clock.set(shop.at("10:00") - before)
    assert await _preview(world, booked) == comes_back
    cancelled = (await _cancel(world, booked)).data
    assert cancelled["refund"]["amount"] == comes_back
    assert cancelled["status"] == "cancelled"
    await _refunded(world, booked, comes_back)
    assert (await shop.events(booked["bookingId"]))[-1] == "cancelled"


async def test_scenario_33_the_terms_are_those_of_when_it_was_booked(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    tenant = registered_fact()
    harsh = profile_fact(
        tenant,
        tenant_id=shop.tenant_id,
        slug=shop.slug,
        version=2,
        cancellation_policy=(CancellationStep(hours_before=500, refund_percent=10),),
    )
    await world.tell(harsh, about=shop.tenant_id, sequence=2)
    await world.holds(shop.tenant_id, "SELECT 1 FROM tenants WHERE profile_version = 2")
    assert await _preview(world, booked) == DEPOSIT
    assert (await _cancel(world, booked)).data["refund"]["amount"] == DEPOSIT
    await _refunded(world, booked, DEPOSIT)


async def test_scenario_33_the_business_cancels_and_everything_goes_back_always(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.clock.set(shop.at("10:00") + timedelta(minutes=5))
    path = f"/api/bookings/{booked['bookingId']}/status"
    answer = await shop.owner.put(path, {"status": "cancelled", "reason": "The van broke down"})
    assert answer.data["status"] == "cancelled"
    assert answer.data["cancelReason"] == "The van broke down"
    await _refunded(world, booked, DEPOSIT)


async def test_scenario_22_the_time_is_bookable_at_once(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    assert "10:00" not in await shop.offered()
    await _cancel(world, booked)
    assert "10:00" in await shop.offered()
    assert (await shop.book("10:00")).status == 201


async def test_cancelled_twice_pays_once(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    answers = await asyncio.gather(*(_cancel(world, booked) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"INVALID_STATUS_CHANGE"}
    await _refunded(world, booked, DEPOSIT)


async def test_neither_availability_nor_payments_keeps_anybody_from_cancelling(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.away.add("availability")
    world.till.is_away = True
    cancelled = await _cancel(world, booked)
    assert (cancelled.status, cancelled.data["refund"]["amount"]) == (200, DEPOSIT)
    world.away.clear()
    world.till.is_away = False
    world.clock.advance(seconds=30)
    await world.tick()
    await _refunded(world, booked, DEPOSIT)
    assert "10:00" in await shop.offered()
    assert "money" not in await shop.due(booked["bookingId"])


async def test_killed_before_payments_was_asked_the_clockwork_pays(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.answers_lost.add("refunds")
    assert (await _cancel(world, booked)).data["refund"]["amount"] == DEPOSIT
    world.till.answers_lost.clear()
    for _ in range(3):
        world.clock.advance(seconds=30)
        await world.tick(MONEY)
    await _refunded(world, booked, DEPOSIT)
    rows = await world.rows(shop.tenant_id, "SELECT state FROM operations")
    assert [row["state"] for row in rows] == ["done"]


async def test_cancelled_before_it_is_paid_it_can_not_be_paid_any_more(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    assert (await _cancel(world, booked)).data["refund"]["amount"] == 0
    assert world.till.of(booked["bookingId"]).status == "canceled"
    assert "10:00" in await shop.offered()


async def test_paid_while_it_was_cancelled_all_that_the_terms_give_goes_back(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    # Stripe has the money, and nobody has told us yet.
    fact = await world.till.pay(booked["bookingId"], is_told=False)
    world.clock.set(shop.at("10:00") - timedelta(hours=20))
    await _cancel(world, booked)
    await _refunded(world, booked, HALF)
    await world.till.say(fact)
    await world.till.say(fact)

    async def is_told() -> bool:
        row = await shop.row(booked["bookingId"])
        return row is not None and row["paid"] == DEPOSIT and row["refunded"] == HALF

    await eventually(is_told, "the booking knows its money")
    await _refunded(world, booked, HALF)
    assert await shop.state(booked["bookingId"]) == "cancelled"


async def test_a_cancellation_against_a_payment_ends_with_no_time_and_no_money_kept(shop: Shop, world: World) -> None:
    for hour in (9, 10, 11, 12):
        booked = await shop.booked(f"{hour:02}:00")
        cancelled, _ = await asyncio.gather(_cancel(world, booked), world.till.pay(booked["bookingId"]))
        assert cancelled.status == 200
        account = world.till.of(booked["bookingId"])

        async def is_even(account: Any = account) -> bool:
            await world.tick(MONEY)
            return bool(account.paid == account.refunded)

        await eventually(is_even, "all of it has gone back")
        assert await shop.state(booked["bookingId"]) == "cancelled"
        await eventually(lambda booked=booked: _is_released(shop, booked), "its time is free")  # type: ignore[misc]


def _links(world: World, booked: Any) -> list[str]:
    return [balance.status for balance in world.till.of(booked["bookingId"]).balances.values()]


async def _is_released(shop: Shop, booked: Any) -> bool:
    return bool((await shop.claim(booked["bookingId"]))["state"] == "released")


async def test_a_refund_under_way_is_counted_when_it_is_cancelled(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.is_away = True
    path = f"/api/bookings/{booked['bookingId']}"
    refund = await shop.owner.post(f"{path}/refund", {"amount": 1_000})
    assert refund.data["status"] == "pending"
    await shop.owner.put(f"{path}/status", {"status": "cancelled"})
    world.till.is_away = False
    world.clock.advance(seconds=30)
    await world.tick(MONEY)
    await _refunded(world, booked, DEPOSIT)
    amounts = list(world.till.of(booked["bookingId"]).refunds.values())
    assert amounts == [1_000, 4_000]


async def test_what_went_back_before_is_part_of_what_comes_back(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    await shop.owner.post(f"/api/bookings/{booked['bookingId']}/refund", {"amount": 4_000})
    world.clock.set(shop.at("10:00") - timedelta(hours=20))
    assert await _preview(world, booked) == 0
    assert (await _cancel(world, booked)).data["refund"]["amount"] == 0
    await _refunded(world, booked, 4_000)


async def test_a_link_to_pay_the_rest_is_closed_and_what_was_paid_at_it_goes_back(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    path = f"/api/bookings/{booked['bookingId']}"
    await shop.owner.post(f"{path}/charge-balance", {"finalAmount": 18_000})
    await shop.owner.put(f"{path}/status", {"status": "cancelled"})
    assert _links(world, booked) == ["canceled"]
    await _refunded(world, booked, DEPOSIT)


async def test_payments_away_the_link_to_pay_is_closed_by_the_clockwork(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00", service_id=await shop.free_service())
    world.till.charges = "requires_action"
    path = f"/api/bookings/{booked['bookingId']}"
    await shop.owner.post(f"{path}/charge-balance", {"finalAmount": 18_000})
    world.till.is_away = True
    await shop.owner.put(f"{path}/status", {"status": "cancelled"})
    assert _links(world, booked) == ["requires_action"]
    world.till.is_away = False
    world.clock.advance(seconds=30)
    await world.tick(MONEY)
    assert _links(world, booked) == ["canceled"]
    assert "money" not in await shop.due(booked["bookingId"])


async def test_paid_at_the_link_of_a_booking_that_is_cancelled_all_of_it_goes_back(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    path = f"/api/bookings/{booked['bookingId']}"
    await shop.owner.post(f"{path}/charge-balance", {"finalAmount": 18_000})
    world.till.is_away = True
    await shop.owner.put(f"{path}/status", {"status": "cancelled"})
    world.till.is_away = False
    await world.till.pay_balance(booked["bookingId"])

    async def is_even() -> bool:
        world.clock.advance(seconds=20)
        await world.tick(MONEY)
        return world.till.of(booked["bookingId"]).refunded == 18_000

    await eventually(is_even, "deposit and balance are back")
    await _refunded(world, booked, 18_000)


async def test_after_it_has_begun_its_customer_does_not_cancel(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.clock.set(shop.at("10:00"))
    refused = await _cancel(world, booked)
    assert (refused.status, refused.code) == (409, "BOOKING_IS_PAST")
    seen = (await world.anybody.get(f"/api/manage/{booked['manageToken']}")).data
    assert seen["cancellation"]["allowed"] is False


async def test_a_half_of_what_has_no_half_is_rounded_to_what_a_card_can_be_given(shop: Shop, world: World) -> None:
    odd = await shop.sell(deposit=5_001)
    booked = await shop.paid("10:00", service_id=odd)
    world.clock.set(shop.at("10:00") - timedelta(hours=20))
    assert await _preview(world, booked) == 2_501
    assert (await _cancel(world, booked)).data["refund"]["amount"] == 2_501
    await _refunded(world, booked, 2_501)
