"""A deposit is paid: the booking stands, once, whenever and however often that is told."""

import asyncio
import random
from typing import Any

import pytest

from services.booking.jobs.payments import paid_unconfirmed
from services.contracts.payments import DepositFailed, DepositSucceeded, DisputeOpened
from services.kernel.ids import new_id, new_uuid
from tests.service.booking.world import DEPOSIT, Shop, World
from tests.support.contexts import eventually


async def money(shop: Shop, booking_id: str) -> tuple[int, int, str]:
    row = await shop.row(booking_id)
    assert row is not None
    return row["paid"], row["refunded"], row["deposit_status"]


async def test_paid_is_confirmed_and_all_are_told_once(shop: Shop, world: World) -> None:
    booked = await shop.paid()
    booking_id = booked["bookingId"]
    assert await shop.events(booking_id) == ["requested", "confirmed"]
    assert await shop.timeline(booking_id) == ["requested", "deposit_paid", "confirmed"]
    assert await money(shop, booking_id) == (DEPOSIT, 0, "paid")
    assert (await shop.claim(booking_id))["state"] == "booked"
    assert await shop.due(booking_id) == set()
    world.clock.advance(hours=2)
    await world.tick()
    assert await shop.state(booking_id) == "confirmed"


async def test_scenario_24_the_news_comes_before_our_own_answer_and_waits_for_it(shop: Shop, world: World) -> None:
    world.till.takes = 0.5
    booking = asyncio.create_task(shop.booked())
    await eventually(lambda: world.till.asked["deposits"] > 0, "payments is asked")
    draft = (await world.rows(shop.tenant_id, "SELECT id FROM bookings WHERE state = 'draft'"))[0]["id"]
    fact = DepositSucceeded(
        tenant_id=shop.tenant_id,
        booking_id=draft,
        version=1,
        payment_id=new_id("pay"),
        currency="NZD",
        amount=DEPOSIT,
        paid=DEPOSIT,
        refunded=0,
    )
    await world.till.say(fact)
    booked = await booking
    assert booked["status"] == "pending"
    await shop.becomes(draft, "confirmed")
    assert await shop.events(draft) == ["requested", "confirmed"]


async def test_scenario_24_the_news_comes_five_times(shop: Shop, world: World) -> None:
    booked = await shop.booked()
    fact = await world.till.pay(booked["bookingId"], is_told=False)
    one_and_the_same = new_uuid()
    for event_id in (one_and_the_same, one_and_the_same, new_uuid(), new_uuid(), new_uuid()):
        await world.till.say(fact, event_id=event_id)
        await world.heard(event_id)
    assert await shop.events(booked["bookingId"]) == ["requested", "confirmed"]
    assert await money(shop, booked["bookingId"]) == (DEPOSIT, 0, "paid")


@pytest.mark.parametrize("seed", range(4))
async def test_scenario_24_the_same_end_in_whatever_order_the_news_comes(shop: Shop, world: World, seed: int) -> None:
    booked = await shop.booked()
    booking_id = booked["bookingId"]
    facts: list[Any] = [DepositFailed(**world.till._facts(world.till.of(booking_id)), decline_code="expired_card")]
    facts.append(await world.till.pay(booking_id, is_told=False))
    facts.append(world.till.refunded_fact(booking_id, 2_000))
    facts.append(world.till.refunded_fact(booking_id, 3_000))
    told = [(fact, new_uuid()) for fact in facts]
    random.Random(seed).shuffle(told)
    for fact, event_id in told:
        await world.till.say(fact, event_id=event_id)
        await world.heard(event_id)
    await shop.becomes(booking_id, "confirmed")
    assert await money(shop, booking_id) == (DEPOSIT, DEPOSIT, "refunded")
    assert await shop.events(booking_id) == ["requested", "confirmed"]


async def test_scenario_24_the_news_never_comes_and_payments_is_asked(shop: Shop, world: World) -> None:
    booked = await shop.booked()
    await world.till.pay(booked["bookingId"], is_told=False)
    await world.tick("ask about deposits")
    assert await shop.state(booked["bookingId"]) == "pending"
    world.clock.advance(seconds=60)
    await world.tick("ask about deposits")
    assert await shop.state(booked["bookingId"]) == "confirmed"


async def test_scenario_26_the_first_card_is_refused_and_the_second_accepted(shop: Shop, world: World) -> None:
    booked = await shop.booked()
    booking_id = booked["bookingId"]
    await world.till.decline(booking_id)

    async def is_failed() -> bool:
        return await money(shop, booking_id) == (0, 0, "failed")

    await eventually(is_failed, "the refusal is heard")
    assert await shop.state(booking_id) == "pending"
    await world.till.pay(booking_id)
    await shop.becomes(booking_id, "confirmed")
    assert await shop.events(booking_id) == ["requested", "confirmed"]
    assert await shop.timeline(booking_id) == ["requested", "deposit_failed", "deposit_paid", "confirmed"]


class TestPaidAfterTheHoldRanOut:
    """Never two bookings, never money for nothing."""

    async def test_scenario_23_the_time_is_still_free_and_the_booking_stands(self, shop: Shop, world: World) -> None:
        booked = await shop.booked()
        await world.till.pay(booked["bookingId"], is_told=False)
        world.clock.advance(minutes=30)
        assert "10:00" in await shop.offered()
        await world.tick("end the time to pay")
        assert await shop.state(booked["bookingId"]) == "confirmed"
        assert "10:00" not in await shop.offered()

    async def test_scenario_23_the_time_is_taken_and_all_of_it_goes_back(self, shop: Shop, world: World) -> None:
        late = await shop.booked()
        await world.till.pay(late["bookingId"], is_told=False)
        world.clock.advance(minutes=30)
        quick = await shop.paid("10:00")
        await world.tick("end the time to pay")
        assert await shop.state(late["bookingId"]) == "expired"
        assert (await shop.events(late["bookingId"]))[1:] == ["expired", "deposit_unclaimed"]

        async def is_back() -> bool:
            return await money(shop, late["bookingId"]) == (DEPOSIT, DEPOSIT, "refunded")

        await eventually(is_back, "all of it went back")
        assert await shop.state(quick["bookingId"]) == "confirmed"
        assert sum(world.till.of(late["bookingId"]).refunds.values()) == DEPOSIT

    async def test_what_somebody_has_sent_back_already_is_not_sent_twice(self, shop: Shop, world: World) -> None:
        late = await shop.booked()
        booking_id = late["bookingId"]
        paid = await world.till.pay(booking_id, is_told=False)
        world.clock.advance(minutes=30)
        await shop.paid("10:00")
        event_id = new_uuid()
        await world.till.say(world.till.refunded_fact(booking_id, DEPOSIT), event_id=event_id)
        await world.heard(event_id)
        await world.till.say(paid)
        await shop.becomes(booking_id, "expired")
        assert world.till.of(booking_id).refunds == {}
        assert await world.rows(shop.tenant_id, "SELECT 1 FROM operations") == []

    async def test_told_late_by_the_news_itself(self, shop: Shop, world: World) -> None:
        late = await shop.booked()
        fact = await world.till.pay(late["bookingId"], is_told=False)
        world.clock.advance(minutes=30)
        await shop.paid("10:00")
        await world.till.say(fact)
        await shop.becomes(late["bookingId"], "expired")
        await eventually(lambda: world.till.of(late["bookingId"]).refunded == DEPOSIT, "all of it went back")

    async def test_a_block_laid_over_the_time_since_counts_as_taken(self, shop: Shop, world: World) -> None:
        late = await shop.booked()
        await world.till.pay(late["bookingId"], is_told=False)
        world.clock.advance(minutes=30)
        body = {"startDate": "2026-03-03"}
        answer = await world.owner_at_availability(shop).post("/api/availability/blocked-dates", body)
        assert answer.status == 201, answer.body
        await world.tick("end the time to pay")
        assert await shop.state(late["bookingId"]) == "expired"
        assert world.till.of(late["bookingId"]).refunded == DEPOSIT


class TestPaidAfterItWasCancelled:
    """Whichever comes second refunds by the terms."""

    async def test_by_the_business_all_of_it_goes_back(self, shop: Shop, world: World) -> None:
        booked = await self._cancelled_while_it_is_paid(shop, world, by="tenant", clock_time="10:00")
        assert world.till.of(booked["bookingId"]).refunded == DEPOSIT

    async def test_by_the_customer_half_of_it_goes_back_where_the_terms_say_so(self, shop: Shop, world: World) -> None:
        # It is Monday nine in the morning: Tuesday at seven is within 24 hours.
        booked = await self._cancelled_while_it_is_paid(shop, world, by="customer", clock_time="09:00", hours=4)
        assert world.till.of(booked["bookingId"]).refunded == DEPOSIT // 2

    async def _cancelled_while_it_is_paid(
        self, shop: Shop, world: World, *, by: Any, clock_time: str, hours: int = 0
    ) -> Any:
        world.clock.advance(hours=hours)
        booked = await shop.booked(clock_time)
        booking_id = booked["bookingId"]
        fact = await world.till.pay(booking_id, is_told=False)
        # Payments does not answer at the moment, so the cancellation knows of no payment.
        world.till.is_away = True
        await world.cancel(shop, booking_id, by=by)
        assert await shop.state(booking_id) == "cancelled"
        assert clock_time in await shop.offered()
        world.till.is_away = False
        await world.till.say(fact)
        await world.go_on_with_money(booking_id)
        assert await shop.state(booking_id) == "cancelled"
        assert "confirmed" not in await shop.events(booking_id)
        return booked

    async def test_at_the_same_moment(self, shop: Shop, world: World) -> None:
        for clock_time in ("10:00", "11:00", "12:00", "13:00"):
            booked = await shop.booked(clock_time)
            booking_id = booked["bookingId"]
            fact = await world.till.pay(booking_id, is_told=False)
            event_id = new_uuid()
            await asyncio.gather(world.till.say(fact, event_id=event_id), world.cancel(shop, booking_id, by="tenant"))
            await world.heard(event_id)
            await world.go_on_with_money(booking_id)
            assert await shop.state(booking_id) == "cancelled"
            assert world.till.of(booking_id).refunded == DEPOSIT
            assert clock_time in await shop.offered()


class TestAvailabilityIsAway:
    """Somebody has paid, and nobody can say whether the time can be had."""

    async def test_it_is_seen_and_confirmed_when_it_is_back(self, shop: Shop, world: World) -> None:
        booked = await shop.booked()
        booking_id = booked["bookingId"]
        world.away.add("availability")
        await world.till.pay(booking_id)

        async def is_noted() -> bool:
            return "paid" in await shop.due(booking_id)

        await eventually(is_noted, "it is noted that it is paid")
        assert await shop.state(booking_id) == "pending"
        assert await money(shop, booking_id) == (DEPOSIT, 0, "paid")
        world.clock.advance(seconds=61)
        await world.tick("confirm what is paid", "measure what is paid and not confirmed")
        assert paid_unconfirmed._value.get() == 1
        world.away.clear()
        world.clock.advance(seconds=10)
        await world.tick("confirm what is paid", "measure what is paid and not confirmed")
        assert await shop.state(booking_id) == "confirmed"
        assert paid_unconfirmed._value.get() == 0
        assert await shop.events(booking_id) == ["requested", "confirmed"]


async def test_money_for_a_booking_that_nobody_knows_is_parked(shop: Shop, world: World) -> None:
    fact = DepositSucceeded(
        tenant_id=shop.tenant_id,
        booking_id=new_id("book"),
        version=1,
        payment_id=new_id("pay"),
        currency="NZD",
        amount=DEPOSIT,
        paid=DEPOSIT,
        refunded=0,
    )
    event_id = new_uuid()
    await world.till.say(fact, event_id=event_id)
    await world.till.pay((await shop.booked())["bookingId"])
    assert await world.rows(None, "SELECT 1 FROM inbox WHERE event_id = $1", event_id) == []


@pytest.mark.parametrize("differs", [{"amount": 4_999, "paid": 4_999}, {"currency": "AUD"}])
async def test_scenario_27_money_that_differs_from_what_was_asked_for_confirms_nothing(
    shop: Shop, world: World, differs: dict[str, Any]
) -> None:
    booked = await shop.booked()
    fact = DepositSucceeded(**{**world.till._facts(world.till.of(booked["bookingId"])), "paid": DEPOSIT, **differs})
    event_id = new_uuid()
    await world.till.say(fact, event_id=event_id)
    # What is told after it is applied, and it is not.
    other = await shop.paid("11:00")
    assert await shop.state(other["bookingId"]) == "confirmed"
    assert await shop.state(booked["bookingId"]) == "pending"
    assert await world.rows(None, "SELECT 1 FROM inbox WHERE event_id = $1", event_id) == []


async def test_a_dispute_and_a_refund_made_elsewhere_are_seen(shop: Shop, world: World) -> None:
    booked = await shop.paid()
    booking_id = booked["bookingId"]
    await world.till.say(world.till.refunded_fact(booking_id, 1_500))

    async def is_heard() -> bool:
        return await money(shop, booking_id) == (DEPOSIT, 1_500, "partially_refunded")

    await eventually(is_heard, "the refund is heard")
    fact = DisputeOpened(**world.till._facts(world.till.of(booking_id)), dispute_id=new_id("dsp"), reason="fraudulent")
    event_id = new_uuid()
    await world.till.say(fact, event_id=event_id)
    await world.heard(event_id)
    assert (await shop.timeline(booking_id))[-2:] == ["refunded", "dispute_opened"]
    assert await shop.state(booking_id) == "confirmed"
