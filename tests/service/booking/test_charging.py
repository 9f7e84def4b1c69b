"""After the job the rest is charged."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.booking.use_cases import operations
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


async def _seen(shop: Shop, booked: Any) -> Any:
    return (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data


async def _status(shop: Shop, booked: Any, status: str) -> None:
    assert (await shop.owner.put(f"/api/bookings/{booked['bookingId']}/status", {"status": status})).status == 200


async def test_payments_away_it_is_said_and_nobody_is_charged_later(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.is_away = True
    lost = await _charge(shop, booked, 20_000)
    assert (lost.status, lost.error["retryable"]) == (503, True)
    assert (await _charge(shop, booked, 12_000)).status == 503
    world.till.is_away = False
    world.clock.advance(seconds=30)
    await world.tick(MONEY)
    assert world.till.of(booked["bookingId"]).balances == {}
    assert (await _seen(shop, booked))["openOperation"] is None
    assert (await _charge(shop, booked, 20_000)).data["amountCharged"]["amount"] == 15_000
    assert world.till.of(booked["bookingId"]).paid == 20_000


async def test_a_charge_of_which_nothing_is_known_is_closed_until_payments_has_answered(
    shop: Shop, world: World
) -> None:
    booked = await shop.paid("10:00")
    world.till.refused["balances"] = world.till.refused["close"] = (503, "PAYMENT_SERVICE_UNAVAILABLE")
    assert (await _charge(shop, booked, 20_000)).status == 503
    del world.till.refused["balances"]
    world.clock.advance(seconds=15)
    await world.tick(MONEY)
    for final in (20_000, 12_000):
        again = await _charge(shop, booked, final)
        assert (again.status, again.code, again.error["retryable"]) == (409, "MONEY_OPERATION_OPEN", True)
    assert (await _seen(shop, booked))["openOperation"]["status"] == "closing"
    world.till.refused.clear()
    world.clock.advance(seconds=15)
    await world.tick(MONEY)
    assert world.till.of(booked["bookingId"]).paid == DEPOSIT
    assert world.till.asked["balances"] == 1
    seen = await _seen(shop, booked)
    assert (seen["openOperation"], seen["timeline"][-1]["kind"]) == (None, "balance_given_up")
    assert "money" not in await shop.due(booked["bookingId"])
    assert (await _charge(shop, booked, 20_000)).data["amountCharged"]["amount"] == 15_000
    assert world.till.of(booked["bookingId"]).paid == 20_000


async def test_a_charge_whose_caller_died_is_given_up(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.takes = 30
    asked = world.till.asked["money"]
    dying = asyncio.create_task(_charge(shop, booked, 20_000))
    await eventually(lambda: world.till.asked["money"] > asked, "it is reckoned")
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    world.till.takes = 0
    # As long as somebody may be at it, it is left alone.
    await operations.act(world.tools, shop.tenant_id, booked["bookingId"])
    assert (await _charge(shop, booked, 12_000)).code == "MONEY_OPERATION_OPEN"
    world.clock.advance(seconds=10)
    await world.tick(MONEY)
    assert (await _seen(shop, booked))["openOperation"] is None
    assert world.till.of(booked["bookingId"]).balances == {}


async def test_charged_and_the_answer_was_lost_the_booking_shows_it(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.answers_lost.add("balances")
    world.till.tells_of_balances = False
    assert (await _charge(shop, booked, 20_000)).status == 503
    world.till.answers_lost.clear()
    await world.tick(MONEY)
    seen = await _seen(shop, booked)
    assert (seen["amountPaid"]["amount"], seen["amountDue"]["amount"]) == (20_000, 0)
    rows = await world.rows(shop.tenant_id, "SELECT state FROM operations")
    assert [row["state"] for row in rows] == ["done"]
    assert (await _charge(shop, booked, 20_000)).code == "NOTHING_DUE"
    await world.till.tell_of_balance(booked["bookingId"])

    async def is_told() -> bool:
        return "balance_paid" in await shop.timeline(booked["bookingId"])

    await eventually(is_told, "the timeline tells of the balance")
    assert world.till.of(booked["bookingId"]).refunded == 0


async def test_a_page_of_which_nobody_was_told_is_closed(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    world.till.answers_lost.add("balances")
    assert (await _charge(shop, booked, 20_000)).status == 503
    world.till.answers_lost.clear()
    await world.tick(MONEY)
    (balance,) = world.till.of(booked["bookingId"]).balances.values()
    assert balance.status == "canceled"


async def test_a_link_that_was_told_stays_when_payments_can_not_be_asked_for_it_again(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.charges = "requires_action"
    first = (await _charge(shop, booked, 20_000)).data
    world.till.is_away = True
    assert (await _charge(shop, booked, 20_000)).status == 503
    world.till.is_away = False
    world.clock.advance(seconds=30)
    await world.tick(MONEY)
    assert (await _charge(shop, booked, 20_000)).data["paymentUrl"] == first["paymentUrl"]


@pytest.mark.parametrize("heard_by", ["answer", "event", "late event"])
@pytest.mark.parametrize("end", ["no_show", "cancelled"])
async def test_paid_after_it_was_given_up_nobody_owes_it_and_all_of_it_goes_back(
    shop: Shop, world: World, end: str, heard_by: str
) -> None:
    booked = await shop.paid("10:00")
    booking_id = booked["bookingId"]
    world.till.answers_lost.add("balances")
    world.till.tells_of_balances = False
    world.till.refused["close"] = (503, "PAYMENT_SERVICE_UNAVAILABLE")
    assert (await _charge(shop, booked, 20_000)).status == 503
    if end == "no_show":
        await _status(shop, booked, "no_show")
    else:
        # Too late for anything to come back by the terms.
        world.clock.set(shop.at("10:00") - timedelta(hours=1))
        await world.cancel(shop, booking_id, by="customer")
    (balance,) = world.till.of(booking_id).balances.values()
    if heard_by == "late event":
        # Payments takes it for given up, until the bank says otherwise.
        balance.status = "canceled"
    world.till.answers_lost.clear()
    if heard_by != "event":
        world.till.refused.clear()
        world.clock.advance(seconds=15)
        await world.tick(MONEY)
    if heard_by != "answer":
        balance.status = "succeeded"
        await world.till.tell_of_balance(booking_id)
    await eventually(lambda: world.till.of(booking_id).refunded > 0, "the balance is back")
    world.till.refused.clear()
    await world.go_on_with_money(booking_id)
    account = world.till.of(booking_id)
    assert (account.refunded, len(account.refunds)) == (15_000, 1)

    async def is_even() -> bool:
        seen = await _seen(shop, booked)
        return bool((seen["amountPaid"]["amount"], seen["amountRefunded"]["amount"]) == (20_000, 15_000))

    await eventually(is_even, "the deposit is kept, and nothing else")


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
