"""What happens to claims though nobody asks: booking's events, questions about orphans, the clock, and forgetting."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.availability.settings import AvailabilitySettings
from services.availability.use_cases import upkeep
from services.contracts.booking import BookingCancelled, BookingConfirmed, BookingExpired, BookingMoved
from services.kernel import ids
from services.kernel.ids import new_id
from services.kernel.settings import SettingsProblem
from tests.service.availability.booker import Booker, assert_sound, opened_shop
from tests.service.availability.world import World, opened
from tests.support.contexts import eventually
from tests.support.environ import environ_of
from tests.support.servers import Servers

Spoken = BookingConfirmed | BookingMoved | BookingCancelled | BookingExpired


def standing(shop: Booker, booking_id: str, at: datetime, *, staff_id: str, version: int = 2) -> BookingConfirmed:
    return BookingConfirmed(
        tenant_id=shop.tenant.id,
        booking_id=booking_id,
        version=version,
        reference="PP-7K3M9",
        service_id=shop.service_id,
        staff_id=staff_id,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
    )


async def told(shop: Booker, event: Spoken, *, event_id: str | None = None, sequence: int = 1) -> None:
    """The event was heard and applied."""
    event_id = event_id or ids.new_uuid()
    await shop.world.tell(event, about=event.booking_id, event_id=event_id, sequence=sequence)
    await shop.world.applied(event_id)


async def remembered(shop: Booker, booking_id: str) -> dict[str, Any]:
    [row] = await shop.world.rows(shop.tenant.id, "SELECT * FROM bookings WHERE booking_id = $1", booking_id)
    return dict(row.items())


def asked_about(shop: Booker, booking_id: str) -> int:
    return shop.world.neighbours.asked[_path(booking_id)]


def _path(booking_id: str) -> str:
    return f"/booking/internal/bookings/{booking_id}/claim"


async def after_two_minutes(shop: Booker) -> None:
    """Somebody has looked at whatever nobody has spoken of."""
    shop.world.clock.advance(minutes=2)
    await upkeep.ask_about_orphans(context_tools(shop.world))


def context_tools(world: World) -> Any:
    """What the use cases of the running context work with."""
    return world.contexts[0].provides["tools"]


async def test_a_confirmed_booking_is_settled_and_nobody_asks_about_it(shop: Booker) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    event = standing(shop, booking_id, shop.at("09:00"), staff_id=await shop.tenant.staff_id())
    await told(shop, event)
    row = await remembered(shop, booking_id)
    assert (row["state"], row["settled"], row["reference"], row["version"]) == ("booked", True, "PP-7K3M9", 2)
    await after_two_minutes(shop)
    assert asked_about(shop, booking_id) == 0


async def test_the_same_event_twice_and_an_older_one_change_nothing(shop: Booker) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    confirmed = standing(shop, booking_id, shop.at("09:00"), staff_id=await shop.tenant.staff_id(), version=4)
    event_id = ids.new_uuid()
    for _ in range(2):
        await told(shop, confirmed, event_id=event_id)
    await told(shop, BookingExpired(tenant_id=shop.tenant.id, booking_id=booking_id, version=3), sequence=2)
    assert (await shop.state(booking_id), await shop.time_of(booking_id)) == ("booked", "09:00")


@pytest.mark.parametrize("kind", ["cancelled", "expired"])
async def test_a_release_that_was_lost_is_made_good_by_the_event(shop: Booker, servers: Servers, kind: str) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    fact: dict[str, Any] = {"tenant_id": shop.tenant.id, "booking_id": booking_id, "version": 3}
    event = BookingCancelled(**fact, by="customer") if kind == "cancelled" else BookingExpired(**fact)
    assert "09:00" not in await shop.offered()
    await told(shop, event)
    assert await shop.state(booking_id) == "released"
    assert "09:00" in await shop.offered()
    await assert_sound(servers)


@pytest.mark.parametrize("is_run_out", [False, True])
async def test_a_confirmation_that_was_lost_is_made_good_by_the_event(
    shop: Booker, servers: Servers, *, is_run_out: bool
) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    if is_run_out:
        shop.world.clock.advance(minutes=20)
        await eventually(lambda: shop.is_remembered(booking_id, "lapsed"), "the hold is over")
    await told(shop, standing(shop, booking_id, shop.at("09:00"), staff_id=await shop.tenant.staff_id()))
    assert (await shop.state(booking_id), await shop.time_of(booking_id)) == ("booked", "09:00")
    assert "09:00" not in await shop.offered()
    await assert_sound(servers)


async def test_a_booking_that_nothing_is_known_of_has_its_time_by_the_event(shop: Booker, servers: Servers) -> None:
    booking_id = new_id("book")
    await told(shop, standing(shop, booking_id, shop.at("09:00"), staff_id=await shop.tenant.staff_id()))
    assert (await shop.state(booking_id), await shop.time_of(booking_id)) == ("booked", "09:00")
    await assert_sound(servers)


async def test_a_late_confirmation_of_what_is_over_takes_nothing_back(shop: Booker, servers: Servers) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    await shop.release(booking_id, version=3)
    await told(shop, standing(shop, booking_id, shop.at("09:00"), staff_id=await shop.tenant.staff_id()))
    row = await remembered(shop, booking_id)
    # It is told all the same that it was a booking once: calendars show it as cancelled.
    assert (row["state"], row["settled"], row["reference"]) == ("released", True, "PP-7K3M9")
    assert "09:00" in await shop.offered()
    await assert_sound(servers)


async def test_what_calendars_show_grows_in_sequence(shop: Booker) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    staff_id = await shop.tenant.staff_id()
    confirmed = standing(shop, booking_id, shop.at("09:00"), staff_id=staff_id)
    await told(shop, confirmed)
    assert (await remembered(shop, booking_id))["sequence"] == 0
    await shop.move(booking_id, shop.at("11:00"), version=3)
    moved = BookingMoved(
        tenant_id=shop.tenant.id,
        booking_id=booking_id,
        version=3,
        reference="PP-7K3M9",
        service_id=shop.service_id,
        staff_id=staff_id,
        starts_at=shop.at("11:00"),
        ends_at=shop.at("12:00"),
        former_starts_at=shop.at("09:00"),
    )
    await told(shop, moved, sequence=2)
    row = await remembered(shop, booking_id)
    assert (row["sequence"], row["settled"], row["starts_at"]) == (1, True, shop.at("11:00"))
    cancelled = BookingCancelled(tenant_id=shop.tenant.id, booking_id=booking_id, version=4, by="tenant")
    await told(shop, cancelled, sequence=3)
    row = await remembered(shop, booking_id)
    assert (row["sequence"], row["state"]) == (2, "released")


async def test_an_orphan_that_booking_does_not_know_is_released(shop: Booker, servers: Servers) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    shop.world.neighbours.refused[_path(booking_id)] = (404, "BOOKING_NOT_FOUND")
    shop.world.clock.advance(seconds=119)
    await upkeep.ask_about_orphans(context_tools(shop.world))
    assert asked_about(shop, booking_id) == 0
    shop.world.clock.advance(seconds=1)
    await eventually(lambda: shop.is_remembered(booking_id, "released"), "the clockwork has asked")
    assert "09:00" in await shop.offered()
    await assert_sound(servers)


@pytest.mark.parametrize("state", ["cancelled", "expired"])
async def test_an_orphan_that_is_over_is_released(shop: Booker, state: str) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    shop.world.neighbours.known[_path(booking_id)] = {"state": state, "version": 4}
    await after_two_minutes(shop)
    outcome = (await shop.known(booking_id)).data
    assert (outcome["state"], outcome["version"]) == ("released", 4)


@pytest.mark.parametrize("refusal", [(404, "NOT_FOUND"), (503, "SERVICE_UNAVAILABLE"), (500, "INTERNAL_ERROR")])
async def test_no_clear_answer_gives_up_no_time(shop: Booker, refusal: tuple[int, str]) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    shop.world.neighbours.refused[_path(booking_id)] = refusal
    await after_two_minutes(shop)
    assert asked_about(shop, booking_id) == 1
    assert await shop.time_of(booking_id) == "09:00"
    # It is asked again, but not before two minutes are over.
    await upkeep.ask_about_orphans(context_tools(shop.world))
    assert asked_about(shop, booking_id) == 1
    del shop.world.neighbours.refused[_path(booking_id)]
    shop.world.neighbours.known[_path(booking_id)] = {"state": "pending", "version": 1}
    await after_two_minutes(shop)
    assert asked_about(shop, booking_id) == 2
    shop.world.neighbours.known[_path(booking_id)] = {"state": "confirmed", "version": 2}
    await after_two_minutes(shop)
    assert (await remembered(shop, booking_id))["settled"] is True
    await after_two_minutes(shop)
    assert asked_about(shop, booking_id) == 3
    assert await shop.time_of(booking_id) == "09:00"


async def test_attempts_are_forgotten_after_a_month_and_bookings_after_a_year(shop: Booker, servers: Servers) -> None:
    tools = context_tools(shop.world)
    released, lapsed = await shop.held(shop.at("09:00")), await shop.held(shop.at("10:00"))
    booked, over = await shop.booked(shop.at("11:00")), await shop.booked(shop.at("12:00"))
    staff_id = await shop.tenant.staff_id()
    for booking_id, start in ((booked, "11:00"), (over, "12:00")):
        await told(shop, standing(shop, booking_id, shop.at(start), staff_id=staff_id))
    await shop.release(released)
    await shop.release(over)
    shop.world.clock.advance(minutes=20)
    await upkeep.end_holds(tools)

    async def known() -> set[str]:
        rows = await shop.world.rows(shop.tenant.id, "SELECT booking_id FROM bookings")
        return {row["booking_id"] for row in rows}

    for days, left in ((29, {released, lapsed, booked, over}), (2, {booked, over}), (372, set())):
        shop.world.clock.advance(days=days)
        await upkeep.forget_old(tools)
        assert await known() == left
        await assert_sound(servers)
    assert await shop.world.rows(shop.tenant.id, "SELECT 1 FROM claims") == []


async def test_21_a_hold_that_ran_out_while_nothing_ran_ends_after_the_start(servers: Servers) -> None:
    async with opened(servers, PEEPOPAY_HOLD_SECONDS="60") as world:
        shop = await opened_shop(world)
        booking_id = await shop.held(shop.at("09:00"))
        ran_out = world.clock.now() + timedelta(minutes=1)
    async with opened(servers) as world:
        world.clock.set(ran_out)
        shop = Booker(world, shop.tenant, shop.service_id)
        await eventually(lambda: shop.is_remembered(booking_id, "lapsed"), "the hold is over")
    await assert_sound(servers)


async def test_holds_of_many_end_by_many_at_once(world: World, servers: Servers) -> None:
    """More than one round's worth, and two who look at the same time."""
    shop = await opened_shop(world, duration_minutes=5, slot_step_minutes=5)
    for place in range(60):
        await shop.held(shop.at("09:00") + place * timedelta(minutes=5))
    world.clock.advance(minutes=15)
    tools = context_tools(world)
    await upkeep.end_holds(tools)
    gone = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM claims)"
    await world.holds(shop.tenant.id, gone)
    await assert_sound(servers)


@pytest.mark.parametrize("seconds", ["0", "86401", "soon"])
def test_a_hold_lasts_from_a_second_to_a_day(servers: Servers, seconds: str) -> None:
    with pytest.raises(SettingsProblem, match="PEEPOPAY_HOLD_SECONDS"):
        AvailabilitySettings.read(environ_of(servers, "availability", PEEPOPAY_HOLD_SECONDS=seconds))
