"""The time to pay ends: exactly then, with no traffic, and only once nobody can pay any more."""

from services.kernel.ids import new_id
from tests.service.booking.world import DEPOSIT, Shop, World, opened
from tests.support.contexts import eventually
from tests.support.servers import Servers

END = "end the time to pay"


async def test_scenario_21_it_ends_at_that_very_moment_with_no_traffic(shop: Shop, world: World) -> None:
    booked = await shop.booked()
    booking_id = booked["bookingId"]
    world.clock.advance(seconds=899, milliseconds=999)
    await world.tick()
    assert await shop.state(booking_id) == "pending"
    world.clock.advance(milliseconds=1)
    await world.tick(END)
    assert await shop.state(booking_id) == "expired"
    assert world.till.of(booking_id).status == "canceled"
    assert "10:00" in await shop.offered()
    assert await shop.events(booking_id) == ["requested", "expired"]
    assert await shop.due(booking_id) == set()
    assert (await shop.claim(booking_id))["state"] == "released"


async def test_scenario_21_it_ends_after_a_restart(servers: Servers) -> None:
    async with opened(servers) as before:
        shop = await before.shop()
        booking_id = (await shop.booked())["bookingId"]
    async with opened(servers) as after:
        after.till.accounts = before.till.accounts
        after.clock.advance(minutes=15)
        await after.tick(END)
        shop.world = after
        assert await shop.state(booking_id) == "expired"


async def test_nobody_can_pay_any_more_before_it_ends(shop: Shop, world: World) -> None:
    booking_id = (await shop.booked())["bookingId"]
    world.clock.advance(minutes=15)
    world.till.is_away = True
    await world.tick(END)
    assert await shop.state(booking_id) == "pending"
    assert "10:00" not in await shop.offered()
    # Past the hold's own end, too.
    world.clock.advance(minutes=10)
    await world.tick(END)
    assert await shop.state(booking_id) == "pending"
    world.till.is_away = False
    world.clock.advance(seconds=10)
    await world.tick(END)
    assert await shop.state(booking_id) == "expired"
    assert world.till.of(booking_id).status == "canceled"


async def test_what_turns_out_to_be_paid_stands(shop: Shop, world: World) -> None:
    booking_id = (await shop.booked())["bookingId"]
    world.clock.advance(minutes=15)
    await world.till.pay(booking_id, is_told=False)
    await world.tick(END)
    assert await shop.state(booking_id) == "confirmed"
    assert "10:00" not in await shop.offered()


async def test_a_payment_that_is_still_processing_keeps_its_time_until_it_ends(shop: Shop, world: World) -> None:
    booking_id = (await shop.booked())["bookingId"]
    world.till.of(booking_id).status = "processing"
    world.clock.advance(minutes=15)
    for _ in range(4):
        await world.tick(END)
        world.clock.advance(minutes=3)
    assert await shop.state(booking_id) == "pending"
    assert "10:00" not in await shop.offered()
    world.till.of(booking_id).status = "requires_payment"
    await world.tick(END)
    assert await shop.state(booking_id) == "expired"


async def test_a_deposit_that_is_cancelled_elsewhere_ends_it_at_once(shop: Shop, world: World) -> None:
    booking_id = (await shop.booked())["bookingId"]
    await world.till._close(booking_id, shop.tenant_id)
    await shop.becomes(booking_id, "expired")
    await eventually(lambda: _offers(shop, "10:00"), "the time is free again")


async def test_time_that_could_not_be_given_up_is_given_up_later(shop: Shop, world: World) -> None:
    booking_id = (await shop.booked())["bookingId"]
    world.clock.advance(minutes=15)
    world.away.add("availability")
    await world.tick(END)
    assert await shop.state(booking_id) == "expired"
    assert await shop.due(booking_id) == {"release"}
    world.away.clear()
    world.clock.advance(seconds=10)
    await world.tick("give up time")
    assert await shop.due(booking_id) == set()
    assert (await shop.claim(booking_id))["state"] == "released"


async def test_two_that_end_it_at_once_end_it_once(shop: Shop, world: World) -> None:
    booking_id = (await shop.booked())["bookingId"]
    world.clock.advance(minutes=15)
    for _ in range(3):
        await world.rows(
            None, "UPDATE timers SET due_at = $2 WHERE booking_id = $1 RETURNING 1", booking_id, world.clock.now()
        )
        await world.tick(END)
    assert await shop.events(booking_id) == ["requested", "expired"]


async def test_whether_a_booking_needs_its_time_is_told_to_availability_and_nobody_else(
    shop: Shop, world: World
) -> None:
    booked = await shop.paid()
    path = f"/internal/bookings/{booked['bookingId']}/claim"
    answer = await world.another("availability").get(path, tenantId=shop.tenant_id)
    assert answer.data == {"state": "confirmed", "version": 3}
    assert (await world.another("notify").get(path, tenantId=shop.tenant_id)).status == 403
    assert (await world.anybody.get(path, tenantId=shop.tenant_id)).status == 401
    other = await world.shop()
    assert (await world.another("availability").get(path, tenantId=other.tenant_id)).code == "BOOKING_NOT_FOUND"
    unknown = f"/internal/bookings/{new_id('book')}/claim"
    assert (await world.another("availability").get(unknown, tenantId=shop.tenant_id)).code == "BOOKING_NOT_FOUND"


async def test_all_that_a_message_says_is_told_to_notify_and_nobody_else(shop: Shop, world: World) -> None:
    booked = await shop.paid(notes="The gate squeaks")
    path = f"/internal/bookings/{booked['bookingId']}/letter"
    letter = (await world.another("notify").get(path, tenantId=shop.tenant_id)).data
    assert letter["reference"] == booked["reference"]
    assert letter["manageUrl"] == f"http://localhost:8080/manage/{booked['manageToken']}"
    assert (letter["paid"], letter["due"], letter["currency"]) == (DEPOSIT, 13_000, "NZD")
    assert letter["customer"]["email"] == "Ana@Example.com"
    assert letter["startsAt"] == "2026-03-03T10:00:00+13:00"
    assert "Monday, 2 March 2026, 10:00 (NZDT)" in letter["terms"][0]
    assert (await world.another("availability").get(path, tenantId=shop.tenant_id)).status == 403


async def _offers(shop: Shop, clock_time: str) -> bool:
    return clock_time in await shop.offered()
