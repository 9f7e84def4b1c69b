"""After the job the rest is charged."""

import asyncio
from typing import Any

from tests.service.booking.world import DEPOSIT, Shop, World
from tests.support.contexts import eventually

MONEY = "go on with money operations"


async def _charge(shop: Shop, booked: Any, final: Any) -> Any:
    return await shop.owner.post(f"/api/bookings/{booked['bookingId']}/charge-balance", {"finalAmount": final})


async def test_the_final_amount_less_what_was_paid_is_charged(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    charged = (await _charge(shop, booked, {"amount": 20_000, "currency": "NZD", "display": "$200.00"})).data
    assert charged["status"] == "succeeded"
    assert charged["amountCharged"] == {"amount": 15_000, "currency": "NZD", "display": "$150.00"}
    assert charged["paymentId"].startswith("pay_")
    assert charged["paymentUrl"] is None
    detail = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
    assert detail["amountPaid"]["amount"] == 20_000
    assert detail["finalAmount"]["amount"] == 20_000
    assert detail["amountDue"]["amount"] == 0
    assert [payment["kind"] for payment in detail["payments"]] == ["deposit", "balance"]
    assert "money" not in await shop.due(booked["bookingId"])


async def test_nothing_is_due_of_what_was_paid(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    for final in (DEPOSIT, DEPOSIT - 1_000):
        refused = await _charge(shop, booked, final)
        assert (refused.status, refused.code) == (409, "NOTHING_DUE")
    await _charge(shop, booked, 20_000)
    assert (await _charge(shop, booked, 20_000)).code == "NOTHING_DUE"
    assert (await _charge(shop, booked, 21_000)).data["amountCharged"]["amount"] == 1_000
    assert world.till.of(booked["bookingId"]).paid == 21_000


async def test_what_went_back_is_due_again(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    await shop.owner.post(f"/api/bookings/{booked['bookingId']}/refund", {"amount": 2_000})
    assert (await _charge(shop, booked, 10_000)).data["amountCharged"]["amount"] == 7_000


async def test_a_booking_without_deposit_is_charged_in_full(shop: Shop) -> None:
    booked = await shop.booked("10:00", service_id=await shop.free_service())
    assert (await _charge(shop, booked, 9_900)).data["amountCharged"]["amount"] == 9_900


async def test_two_charges_at_once_charge_once(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.takes = 0.05
    answers = await asyncio.gather(*(_charge(shop, booked, 20_000) for _ in range(4)))
    world.till.takes = 0.0
    assert {answer.status for answer in answers} <= {200, 409}
    assert {answer.code for answer in answers if answer.status == 409} <= {"NOTHING_DUE", "MONEY_OPERATION_OPEN"}
    assert world.till.of(booked["bookingId"]).paid == 20_000
    assert len({answer.data["paymentId"] for answer in answers if answer.status == 200}) == 1


async def test_two_charges_of_different_amounts_at_once_never_take_more_than_one_of_them(
    shop: Shop, world: World
) -> None:
    booked = await shop.paid("10:00")
    world.till.takes = 0.05
    await asyncio.gather(_charge(shop, booked, 20_000), _charge(shop, booked, 12_000))
    world.till.takes = 0.0
    assert world.till.of(booked["bookingId"]).paid in {20_000, 12_000}


async def test_a_refund_and_a_charge_at_once_are_one_after_the_other(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.takes = 0.05
    path = f"/api/bookings/{booked['bookingId']}/refund"
    charged, refunded = await asyncio.gather(_charge(shop, booked, 20_000), shop.owner.post(path, {"amount": 1_000}))
    world.till.takes = 0.0
    codes = {answer.code for answer in (charged, refunded) if answer.status == 409}
    assert codes <= {"MONEY_OPERATION_OPEN"}
    account = world.till.of(booked["bookingId"])
    assert account.paid - account.refunded in {20_000, 19_000, 4_000}


async def test_scenario_32_the_bank_asks_and_there_is_one_link_and_no_second_charge(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    first = (await _charge(shop, booked, 20_000)).data
    assert first["status"] == "requires_action"
    assert first["paymentUrl"].startswith("https://pay.example/")
    again = (await _charge(shop, booked, 20_000)).data
    assert (again["paymentUrl"], again["paymentId"]) == (first["paymentUrl"], first["paymentId"])
    world.clock.advance(minutes=10)
    await world.tick(MONEY)
    assert len(world.till.of(booked["bookingId"]).balances) == 1
    detail = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
    assert detail["openOperation"]["status"] == "requires_action"
    assert detail["amountDue"]["amount"] == 15_000
    await world.till.pay_balance(booked["bookingId"])

    async def is_settled() -> bool:
        seen = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
        return bool(seen["amountDue"]["amount"] == 0 and seen["openOperation"] is None)

    await eventually(is_settled, "the link was paid")
    assert (await _charge(shop, booked, 20_000)).code == "NOTHING_DUE"


async def test_another_amount_closes_the_old_link_first(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    first = (await _charge(shop, booked, 20_000)).data
    second = (await _charge(shop, booked, 12_000)).data
    assert second["paymentUrl"] != first["paymentUrl"]
    old, new = world.till.of(booked["bookingId"]).balances.values()
    assert (old.status, new.status, new.amount) == ("canceled", "requires_action", 7_000)


async def test_the_old_link_was_paid_meanwhile_so_only_the_difference_is_due(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    await _charge(shop, booked, 20_000)
    account = world.till.of(booked["bookingId"])
    (balance,) = account.balances.values()
    # Paid, and nobody has told us.
    balance.status, account.paid = "succeeded", 20_000
    world.till.charges = "succeeded"
    assert (await _charge(shop, booked, 23_000)).data["amountCharged"]["amount"] == 3_000


async def test_a_link_that_has_run_out_is_over_and_the_next_charge_is_a_new_one(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    first = (await _charge(shop, booked, 20_000)).data
    await world.till.fail_balance(booked["bookingId"])
    await world.holds(shop.tenant_id, "SELECT 1 FROM operations WHERE state = 'failed'")
    assert (await _charge(shop, booked, 20_000)).data["paymentUrl"] != first["paymentUrl"]


async def test_a_declined_card_is_told_and_may_be_tried_again(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "failed"
    failed = (await _charge(shop, booked, 20_000)).data
    assert (failed["status"], failed["declineCode"]) == ("failed", "insufficient_funds")
    world.till.charges = "succeeded"
    assert (await _charge(shop, booked, 20_000)).data["status"] == "succeeded"


async def test_payments_away_it_is_said_and_the_same_again_goes_on(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.is_away = True
    lost = await _charge(shop, booked, 20_000)
    assert (lost.status, lost.error["retryable"]) == (503, True)
    assert (await _charge(shop, booked, 12_000)).code == "MONEY_OPERATION_OPEN"
    world.till.is_away = False
    assert (await _charge(shop, booked, 20_000)).data["amountCharged"]["amount"] == 15_000
    assert world.till.of(booked["bookingId"]).paid == 20_000


async def test_killed_after_the_card_was_charged_the_clockwork_hears_of_it(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.answers_lost.add("balances")
    await _charge(shop, booked, 20_000)
    world.till.answers_lost.clear()
    world.clock.advance(seconds=30)
    await world.tick(MONEY)
    assert world.till.of(booked["bookingId"]).paid == 20_000
    rows = await world.rows(shop.tenant_id, "SELECT state FROM operations")
    assert [row["state"] for row in rows] == ["done"]
    assert (await _charge(shop, booked, 20_000)).code == "NOTHING_DUE"


async def test_what_payments_refuses_is_handed_on_and_leaves_nothing_open(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.refused["balances"] = (409, "PAYMENTS_NOT_READY")
    refused = await _charge(shop, booked, 20_000)
    assert (refused.status, refused.code) == (409, "PAYMENTS_NOT_READY")
    world.till.refused.clear()
    assert (await _charge(shop, booked, 20_000)).status == 200


async def test_a_final_amount_that_is_none_is_named(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    for final in (0, -1, "200", 10**9, {"amount": 100, "currency": "USD"}, None):
        refused = await _charge(shop, booked, final)
        assert (refused.status, refused.code) == (400, "VALIDATION_ERROR"), final
        assert "finalAmount" in refused.details


async def test_only_what_stands_is_charged(shop: Shop) -> None:
    booked = await shop.booked("10:00")
    assert (await _charge(shop, booked, 20_000)).code == "INVALID_STATUS_CHANGE"
    await shop.owner.put(f"/api/bookings/{booked['bookingId']}/status", {"status": "cancelled"})
    assert (await _charge(shop, booked, 20_000)).code == "INVALID_STATUS_CHANGE"


async def test_who_was_not_there_owes_nothing_and_the_link_is_closed(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    await _charge(shop, booked, 20_000)
    await shop.owner.put(f"/api/bookings/{booked['bookingId']}/status", {"status": "no_show"})
    (balance,) = world.till.of(booked["bookingId"]).balances.values()
    assert balance.status == "canceled"
    assert world.till.of(booked["bookingId"]).refunded == 0


async def test_a_job_that_is_done_may_still_be_paid_at_its_link(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    await _charge(shop, booked, 20_000)
    for status in ("in_progress", "completed"):
        await shop.owner.put(f"/api/bookings/{booked['bookingId']}/status", {"status": status})
    (balance,) = world.till.of(booked["bookingId"]).balances.values()
    assert balance.status == "requires_action"
    assert "money" not in await shop.due(booked["bookingId"])
