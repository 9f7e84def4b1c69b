"""The scenarios of holding and moving a time, with the server in any zone."""

import asyncio
from datetime import timedelta

import pytest

from tests.service.availability.booker import ALL_DAY, TUESDAY, Booker, assert_sound, deadlocks, opened_shop
from tests.service.availability.world import World
from tests.support.contexts import eventually
from tests.support.servers import Servers


@pytest.mark.usefixtures("server_zone")
async def test_16_at_most_n_a_day_counts_live_holds_and_gives_back(world: World, servers: Servers) -> None:
    shop = await opened_shop(world, max_per_day=3)
    answers = await asyncio.gather(*(shop.hold(shop.at(start)) for start in ALL_DAY))
    won = [answer.data["bookingId"] for answer in answers if answer.status == 200]
    assert len(won) == 3
    assert all("limit" in answer.details for answer in answers if answer.status != 200)
    assert await shop.offered() == []
    # The next local day has its own three, also where the day of UTC is the same.
    assert (await shop.hold(shop.at("09:00", TUESDAY + timedelta(days=1)))).status == 200
    await shop.release(won[0])
    again = await asyncio.gather(*(shop.hold(shop.at(start)) for start in ALL_DAY))
    assert sum(answer.status == 200 for answer in again) == 1
    # To another day, and back: there is room for it, for it counts itself no longer.
    assert (await shop.move(won[1], shop.at("11:00", TUESDAY + timedelta(days=1)))).status == 200
    world.clock.advance(seconds=900)
    assert len(await shop.offered()) == len(ALL_DAY)
    await assert_sound(servers)


@pytest.mark.usefixtures("server_zone")
async def test_17_two_at_once_get_one_person_each_and_the_third_nobody(world: World, servers: Servers) -> None:
    shop = await opened_shop(world)
    first = await shop.tenant.staff_id()
    second = await shop.colleague()
    # Never picked: one on leave, one who does something else, one who no longer works.
    away = await shop.colleague("Away")
    await shop.block("00:00", "24:00", staffId=away)
    await shop.colleague("Other", serviceIds=[])
    await shop.colleague("Gone", active=False)
    answers = await asyncio.gather(*(shop.hold(shop.at("09:00")) for _ in range(6)))
    assert {answer.data["staffId"] for answer in answers if answer.status == 200} == {first, second}
    assert sorted(answer.status for answer in answers) == [200, 200, 409, 409, 409, 409]
    await assert_sound(servers)


async def test_who_is_wished_for_comes_or_nobody(shop: Booker) -> None:
    second = await shop.colleague()
    assert (await shop.hold(shop.at("09:00"), staffId=second)).data["staffId"] == second
    assert (await shop.hold(shop.at("09:00"), staffId=second)).code == "SLOT_UNAVAILABLE"
    assert (await shop.hold(shop.at("09:00"))).status == 200


async def test_who_has_the_fewest_jobs_that_day_comes(shop: Booker) -> None:
    first, second = await shop.tenant.staff_id(), await shop.colleague()
    staff = [(await shop.hold(shop.at(start))).data["staffId"] for start in ("09:00", "11:00", "13:00", "15:00")]
    assert staff == [first, second, first, second]


@pytest.mark.usefixtures("server_zone")
async def test_19_of_many_at_once_for_overlapping_times_one_wins(world: World, servers: Servers) -> None:
    shop = await opened_shop(world, slot_step_minutes=10)
    longer = shop.of(await shop.tenant.service(slot_step_minutes=10, duration_minutes=120))
    # Each of these times overlaps each other one.
    starts = [f"09:{minute:02}" for minute in range(0, 60, 10)]
    answers = await asyncio.gather(
        *(one.hold(shop.at(start)) for start in starts for one in (shop, longer) for _ in range(3))
    )
    assert sum(answer.status == 200 for answer in answers) == 1
    assert {answer.code for answer in answers if answer.status != 200} == {"SLOT_UNAVAILABLE"}
    await assert_sound(servers)


@pytest.mark.usefixtures("server_zone")
async def test_20_ones_own_hold_does_not_hide_the_time_and_is_given_up(world: World, servers: Servers) -> None:
    shop = await opened_shop(world, slot_step_minutes=30)
    first = await shop.held(shop.at("09:00"))
    # The same time again, then one that overlaps it, then quite another.
    for start in ("09:00", "09:30", "14:00"):
        following = await shop.held(shop.at(start), replaces=first)
        assert await shop.state(first) == "released"
        assert await shop.time_of(following) == start
        first = following
    assert (await shop.hold(shop.at("09:00"))).status == 200
    await assert_sound(servers)


async def test_20_what_is_refused_leaves_ones_own_hold(shop: Booker, servers: Servers) -> None:
    mine, theirs = await shop.held(shop.at("09:00")), await shop.held(shop.at("10:00"))
    answer = await shop.hold(shop.at("10:00"), replaces=mine)
    assert answer.code == "SLOT_UNAVAILABLE"
    assert (await shop.time_of(mine), await shop.time_of(theirs)) == ("09:00", "10:00")
    await assert_sound(servers)


async def test_20_what_was_paid_meanwhile_is_not_given_up(shop: Booker) -> None:
    paid = await shop.held(shop.at("09:00"))
    await shop.confirm(paid)
    answer = await shop.hold(shop.at("10:00"), replaces=paid)
    assert (answer.status, answer.code) == (409, "REPLACED_IS_BOOKED")
    assert await shop.time_of(paid) == "09:00"


async def test_20_two_who_want_each_others_old_time_do_not_wait_for_each_other(shop: Booker, servers: Servers) -> None:
    before = await deadlocks(servers)
    mine, theirs = await shop.held(shop.at("09:00")), await shop.held(shop.at("10:00"))
    for _ in range(20):
        first, second = await asyncio.gather(
            shop.hold(shop.at("10:00"), replaces=mine), shop.hold(shop.at("09:00"), replaces=theirs)
        )
        # Whoever comes first finds the other's time still held; neither loses what they had.
        assert {first.status, second.status} <= {200, 409}
        mine = first.data["bookingId"] if first.status == 200 else mine
        theirs = second.data["bookingId"] if second.status == 200 else theirs
        assert None not in (await shop.time_of(mine), await shop.time_of(theirs))
    await assert_sound(servers)
    assert await deadlocks(servers) == before


@pytest.mark.usefixtures("server_zone")
async def test_21_a_hold_is_dead_at_the_very_moment_it_expires(world: World) -> None:
    shop = await opened_shop(world)
    booking_id = await shop.held(shop.at("09:00"))
    world.clock.advance(seconds=900, microseconds=-1)
    assert (await shop.hold(shop.at("09:00"))).details.keys() == {"booking"}
    assert "09:00" not in await shop.offered()
    world.clock.advance(microseconds=1)
    assert "09:00" in await shop.offered()
    assert await shop.state(booking_id) == "lapsed"
    assert (await shop.hold(shop.at("09:00"))).status == 200
    await eventually(lambda: shop.is_remembered(booking_id, "lapsed"), "the hold is over")


async def test_21_a_hold_ends_with_no_traffic(shop: Booker, servers: Servers) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    shop.world.clock.advance(seconds=900)
    gone = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM claims WHERE booking_id = $1)"
    await shop.world.holds(shop.tenant.id, gone, booking_id)
    await assert_sound(servers)


@pytest.mark.usefixtures("server_zone")
async def test_22_a_cancelled_time_can_be_had_at_once(world: World, servers: Servers) -> None:
    shop = await opened_shop(world)
    booking_id = await shop.booked(shop.at("09:00"))
    second = await shop.colleague()
    # It was given to another person meanwhile.
    assert (await shop.move(booking_id, shop.at("09:00"), staffId=second)).data["claim"]["staffId"] == second
    assert (await shop.hold(shop.at("09:00"))).status == 200
    assert "09:00" not in await shop.offered()
    await shop.release(booking_id, version=4)
    assert "09:00" in await shop.offered()
    assert (await shop.hold(shop.at("09:00"))).data["staffId"] == second
    await assert_sound(servers)


@pytest.mark.usefixtures("server_zone")
async def test_36_a_move_may_overlap_its_own_old_time(world: World, servers: Servers) -> None:
    shop = await opened_shop(world, slot_step_minutes=30)
    booking_id = await shop.booked(shop.at("09:00"))
    outcome = (await shop.move(booking_id, shop.at("09:30"))).data
    assert (outcome["applied"], outcome["claim"]["startsAt"]) == (True, "2026-03-02T20:30:00Z")
    assert "10:30" in await shop.offered()
    assert "09:00" not in await shop.offered()
    await assert_sound(servers)


@pytest.mark.usefixtures("server_zone")
async def test_36_onto_a_time_just_sold_is_refused_and_the_old_one_kept(world: World, servers: Servers) -> None:
    shop = await opened_shop(world)
    booking_id, other = await shop.booked(shop.at("09:00")), await shop.booked(shop.at("10:00"))
    answer = await shop.move(booking_id, shop.at("10:00"), move_id="move_01m7zge9wyem6a61yhe3vc7871")
    assert (answer.status, answer.code, {*answer.details}) == (409, "SLOT_UNAVAILABLE", {"booking"})
    assert await shop.time_of(booking_id) == "09:00"
    # The same move, tried again when there is room, is made; once more, it changes nothing.
    await shop.release(other)
    for _ in range(2):
        again = await shop.move(booking_id, shop.at("10:00"), move_id="move_01m7zge9wyem6a61yhe3vc7871")
        assert again.data["applied"] is True
        assert await shop.time_of(booking_id) == "10:00"
    await assert_sound(servers)


async def test_36_two_who_swap_their_times_at_once_keep_one_each(shop: Booker, servers: Servers) -> None:
    before = await deadlocks(servers)
    first, second, third = [await shop.booked(shop.at(start)) for start in ("09:00", "10:00", "11:00")]
    times = ("09:00", "10:00", "11:00", "12:00")
    for version in range(3, 15):
        await asyncio.gather(
            *(
                shop.move(booking_id, shop.at(times[(version + place) % 4]), version=version)
                for place, booking_id in enumerate((first, second, third))
            )
        )
        found = [await shop.time_of(booking_id) for booking_id in (first, second, third)]
        assert None not in found
        assert len(set(found)) == 3
    await assert_sound(servers)
    assert await deadlocks(servers) == before
