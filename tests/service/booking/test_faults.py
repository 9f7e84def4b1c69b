"""The table of faults in a booking's way: whatever goes wrong, nothing is half done."""

import asyncio
import time
from typing import Any

import pytest

from services.booking.use_cases import drafts
from services.kernel.ids import new_uuid
from tests.service.booking.world import DEPOSIT, Shop, World
from tests.support.contexts import eventually

DRAFTS = "end stale drafts"


async def test_payments_is_away_the_time_is_free_again_and_nothing_is_pending(shop: Shop, world: World) -> None:
    world.till.is_away = True
    answer = await shop.book()
    assert (answer.status, answer.code, answer.error["retryable"]) == (503, "PAYMENT_SERVICE_UNAVAILABLE", True)
    assert "10:00" in await shop.offered()
    assert await world.rows(shop.tenant_id, "SELECT 1 FROM bookings WHERE state <> 'draft'") == []
    world.till.is_away = False
    await world.tick(DRAFTS)
    assert await world.rows(shop.tenant_id, "SELECT 1 FROM bookings") == []


async def test_payments_is_slow_the_answer_comes_within_five_seconds(shop: Shop, world: World) -> None:
    world.till.takes = 10
    began = time.monotonic()
    answer = await shop.book()
    assert time.monotonic() - began < 5
    assert (answer.status, answer.code) == (503, "PAYMENT_SERVICE_UNAVAILABLE")
    assert "10:00" in await shop.offered()


async def test_a_deposit_made_whose_answer_was_lost_is_closed(shop: Shop, world: World) -> None:
    world.till.answers_lost.add("deposits")
    assert (await shop.book()).status == 503
    draft = (await world.rows(shop.tenant_id, "SELECT id FROM bookings"))[0]["id"]
    assert world.till.of(draft).status == "requires_payment"
    world.till.answers_lost.clear()
    await world.tick(DRAFTS)
    assert world.till.of(draft).status == "canceled"
    assert await shop.drafts() == 0
    assert await shop.due(draft) == set()


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (400, "PAYMENT_REFUSED", (400, "PAYMENT_REFUSED")),
        (402, "CARD_DECLINED", (402, "CARD_DECLINED")),
        (429, "RATE_LIMITED", (429, "RATE_LIMITED")),
        (409, "PAYMENTS_NOT_READY", (409, "PAYMENTS_NOT_READY")),
        (409, "DEPOSIT_CLOSED", (409, "SLOT_UNAVAILABLE")),
        (500, "INTERNAL", (503, "PAYMENT_SERVICE_UNAVAILABLE")),
    ],
)
async def test_whatever_payments_refuses_frees_the_time(
    shop: Shop, world: World, status: int, code: str, told: tuple[int, str]
) -> None:
    world.till.refused["deposits"] = (status, code)
    answer = await shop.book()
    assert (answer.status, answer.code) == told
    assert "10:00" in await shop.offered()
    await world.tick(DRAFTS)
    assert await shop.drafts() == 0


class TestABusinessThatCannotBePaid:
    """Nothing is held for whom nobody could pay."""

    async def test_it_is_told_before_any_time_is_held(self, world: World, shop: Shop) -> None:
        unready = await world.shop(is_ready=False)
        world.till.unready.add(unready.tenant_id)
        answer = await unready.book()
        assert (answer.status, answer.code) == (409, "PAYMENTS_NOT_READY")
        assert await world.rows(unready.tenant_id, "SELECT 1 FROM claims", context="availability") == []
        assert world.till.asked["deposits"] == 0
        free = await unready.free_service()
        assert (await unready.booked(service_id=free))["status"] == "confirmed"
        assert shop.tenant_id != unready.tenant_id

    async def test_one_that_has_just_connected_is_asked_about_once(self, world: World, shop: Shop) -> None:
        fresh = await world.shop(is_ready=False)
        assert (await fresh.booked())["status"] == "pending"
        assert world.till.asked["accounts"] == 1
        assert shop.tenant_id != fresh.tenant_id

    async def test_scenario_30_its_account_is_restricted_while_somebody_is_on_the_page(
        self, shop: Shop, world: World
    ) -> None:
        world.till.unready.add(shop.tenant_id)
        answer = await shop.book()
        assert (answer.status, answer.code) == (409, "PAYMENTS_NOT_READY")
        assert "10:00" in await shop.offered()
        await world.till.can_be_paid(shop.tenant_id, version=2, is_so=False)
        await world.holds(shop.tenant_id, "SELECT 1 FROM tenants WHERE NOT charges_enabled")
        asked = world.till.asked["deposits"]
        assert (await shop.book()).code == "PAYMENTS_NOT_READY"
        assert world.till.asked["deposits"] == asked

    async def test_payments_is_away_when_it_is_asked_about_the_account(self, world: World, shop: Shop) -> None:
        fresh = await world.shop(is_ready=False)
        world.till.is_away = True
        assert (await fresh.book()).code == "PAYMENT_SERVICE_UNAVAILABLE"
        assert await fresh.drafts() == 0
        assert shop.tenant_id != fresh.tenant_id


async def test_availability_is_down_nothing_is_half_done(shop: Shop, world: World) -> None:
    free = await shop.free_service()
    world.away.add("availability")
    for service_id in (shop.service_id, free):
        answer = await shop.book(service_id=service_id)
        assert (answer.status, answer.error["retryable"]) == (503, True)
    assert world.till.asked["deposits"] == 0
    assert await world.rows(shop.tenant_id, "SELECT 1 FROM bookings WHERE state <> 'draft'") == []
    # As long as it is away, nobody knows whether it had heard.
    await world.tick(DRAFTS)
    assert await shop.drafts() == 2
    world.away.clear()
    world.clock.advance(seconds=15)
    await world.tick(DRAFTS)
    assert await shop.drafts() == 0
    assert "10:00" in await shop.offered()


@pytest.mark.parametrize("dies_at", ["the hold", "the deposit"])
async def test_a_request_that_dies_leaves_nothing(shop: Shop, world: World, dies_at: str) -> None:
    if dies_at == "the deposit":
        world.till.takes = 30
    else:
        world.slow["availability"] = 30
    dying = asyncio.create_task(shop.book())
    await eventually(lambda: _is_asked(shop, world, dies_at), f"it came to {dies_at}")
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    world.till.takes = 0
    world.slow.clear()
    await world.tick(DRAFTS)
    assert await shop.drafts() == 1
    world.clock.advance(seconds=60)
    await world.tick(DRAFTS)
    assert await world.rows(shop.tenant_id, "SELECT 1 FROM bookings") == []
    assert await world.rows(None, "SELECT 1 FROM timers WHERE tenant_id = $1", shop.tenant_id) == []
    assert "10:00" in await shop.offered()
    assert {account.status for account in world.till.accounts.values() if account.tenant_id == shop.tenant_id} <= {
        None,
        "canceled",
    }


async def test_an_abandoned_draft_does_not_block_its_time_while_payments_is_away(shop: Shop, world: World) -> None:
    world.till.takes = 30
    dying = asyncio.create_task(shop.book())
    await eventually(lambda: world.till.asked["deposits"] > 0, "the deposit is asked for")
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    world.till.takes = 0
    world.till.is_away = True
    assert "10:00" not in await shop.offered()
    world.clock.advance(seconds=61)
    await world.tick(DRAFTS)
    assert "10:00" in await shop.offered()
    assert await shop.drafts() == 1
    world.till.is_away = False
    world.clock.advance(seconds=15)
    await world.tick(DRAFTS)
    assert await shop.drafts() == 0
    (account,) = (one for one in world.till.accounts.values() if one.tenant_id == shop.tenant_id)
    assert account.is_closed


async def test_availability_is_down_and_the_deposit_of_a_draft_is_closed_nevertheless(shop: Shop, world: World) -> None:
    world.till.answers_lost.add("deposits")
    assert (await shop.book()).status == 503
    world.till.answers_lost.clear()
    draft = (await world.rows(shop.tenant_id, "SELECT id FROM bookings"))[0]["id"]
    world.away.add("availability")
    await world.tick(DRAFTS)
    assert world.till.of(draft).status == "canceled"
    assert await shop.drafts() == 1
    world.away.clear()
    world.clock.advance(seconds=15)
    await world.tick(DRAFTS)
    assert await shop.drafts() == 0
    assert "10:00" in await shop.offered()


async def _is_asked(shop: Shop, world: World, dies_at: str) -> bool:
    if dies_at == "the deposit":
        return world.till.asked["deposits"] > 0
    return bool(await shop.drafts()) and world.waiting["availability"] > 0


async def test_a_draft_that_somebody_paid_for_all_the_same_gets_its_money_back(shop: Shop, world: World) -> None:
    world.till.answers_lost.add("deposits")
    assert (await shop.book()).status == 503
    draft = (await world.rows(shop.tenant_id, "SELECT id FROM bookings"))[0]["id"]
    event_id = new_uuid()
    await world.till.say(await world.till.pay(draft, is_told=False), event_id=event_id)
    world.till.answers_lost.clear()
    await world.tick(DRAFTS)
    await world.heard(event_id)
    await world.go_on_with_money(draft)
    assert await shop.state(draft) == "expired"
    assert world.till.of(draft).refunded == DEPOSIT
    assert "deposit_unclaimed" in await shop.events(draft)


async def test_a_sweep_that_comes_to_a_booking_that_was_finished_meanwhile_leaves_it_alone(
    shop: Shop, world: World
) -> None:
    booked = await shop.booked()
    await drafts.end_stale(world.tools, tenant_id=shop.tenant_id, booking_id=booked["bookingId"])
    assert await shop.state(booked["bookingId"]) == "pending"


async def test_one_that_was_given_up_while_it_was_being_made_is_not_told_as_made(shop: Shop, world: World) -> None:
    world.till.takes = 0.4
    slow = asyncio.create_task(shop.book())
    await eventually(lambda: world.till.asked["deposits"] > 0, "payments is asked")
    world.till.takes = 0
    world.clock.advance(seconds=61)
    await world.tick(DRAFTS)
    answer = await slow
    assert (answer.status, answer.code) == (409, "SLOT_UNAVAILABLE")
    world.clock.advance(seconds=61)
    await world.tick(DRAFTS)
    assert "10:00" in await shop.offered()
    assert {account.status for account in world.till.accounts.values() if account.tenant_id == shop.tenant_id} <= {
        None,
        "canceled",
    }


async def test_the_broker_is_down_and_bookings_without_deposit_succeed(shop: Shop, world: World) -> None:
    free = await shop.free_service()
    bus: Any = world.contexts["booking"].bus
    publish = bus.publish

    async def away(**_: object) -> None:
        raise OSError("the broker is away")

    bus.publish = away
    try:
        booked = await shop.booked(service_id=free)
        assert booked["status"] == "confirmed"
    finally:
        bus.publish = publish

    async def is_settled() -> bool:
        return bool((await shop.claim(booked["bookingId"]))["settled"])

    await eventually(is_settled, "availability hears of it when the broker is back")
