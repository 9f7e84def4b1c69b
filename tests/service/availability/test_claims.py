"""Holding a time: what is sold, to whom, and what a call does that comes again."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.ids import new_id
from tests.service.availability.booker import ALL_DAY, MONDAY, TUESDAY, Booker, assert_sound, opened_shop
from tests.service.availability.world import World
from tests.support import identities
from tests.support.servers import Servers


async def test_a_hold_says_who_until_when_and_how_long(shop: Booker) -> None:
    claim = (await shop.hold(shop.at("09:00"), graceSeconds=180)).data
    assert claim["staffId"] == await shop.tenant.staff_id()
    assert (claim["startsAt"], claim["endsAt"]) == ("2026-03-02T20:00:00Z", "2026-03-02T21:00:00Z")
    ends = shop.world.clock.now() + timedelta(seconds=900 + 180)
    assert claim["expiresAt"] == ends.isoformat().replace("+00:00", "Z")
    assert claim["kind"] == "hold"
    assert await shop.offered() == ALL_DAY[1:]


async def test_what_needs_no_deposit_is_booked_at_once(shop: Booker) -> None:
    claim = (await shop.hold(shop.at("09:00"), kind="booking")).data
    assert (claim["kind"], claim["expiresAt"]) == ("booking", None)


async def test_the_same_call_again_gives_the_same_claim(shop: Booker) -> None:
    booking_id = new_id("book")
    first, *others = await asyncio.gather(*(shop.hold(shop.at("09:00"), booking_id) for _ in range(8)))
    assert {other.data["claimId"] for other in others} == {first.data["claimId"]}
    await shop.confirm(booking_id)
    after = (await shop.hold(shop.at("09:00"), booking_id)).data
    assert (after["claimId"], after["kind"]) == (first.data["claimId"], "booking")


async def test_one_booking_does_not_hold_two_times(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    other = await shop.tenant.service()
    for answer in (
        await shop.hold(shop.at("10:00"), booking_id),
        await shop.of(other).hold(shop.at("09:00"), booking_id),
        await shop.hold(shop.at("09:00"), booking_id, staffId=new_id("stf")),
        # A hold that ends is not what somebody meant who asked for a booking.
        await shop.hold(shop.at("09:00"), booking_id, kind="booking"),
    ):
        assert (answer.status, answer.code) == (409, "CLAIM_DIFFERS")
    assert await shop.time_of(booking_id) == "09:00"


async def test_a_booking_that_is_over_holds_nothing_again(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    await shop.release(booking_id, version=2)
    for version in (1, 2, 3):
        answer = await shop.hold(shop.at("09:00"), booking_id, version=version)
        assert (answer.status, answer.code) == (409, "BOOKING_OVER")
    assert await shop.offered() == ALL_DAY


async def test_a_release_that_overtakes_its_hold_is_not_forgotten(shop: Booker, servers: Servers) -> None:
    booking_id = new_id("book")
    answer = await shop.release(booking_id, version=1)
    assert (answer.data["applied"], answer.data["state"], answer.data["claim"]) == (True, "released", None)
    late = await shop.hold(shop.at("09:00"), booking_id, version=1)
    assert (late.status, late.code) == (409, "BOOKING_OVER")
    await assert_sound(servers)


@pytest.mark.parametrize(
    ("start", "day", "rule"),
    [
        ("08:00", TUESDAY, "hours"),
        ("16:30", TUESDAY, "hours"),
        ("09:30", TUESDAY, "step"),
        ("09:00:30", TUESDAY, "step"),
        ("09:00", MONDAY, "notice"),
        ("09:00", MONDAY - timedelta(days=1), "past"),
        ("09:00", MONDAY + timedelta(days=8), "window"),
        ("11:00", TUESDAY, "block"),
        ("12:00", TUESDAY, "booking"),
        ("13:00", TUESDAY, "buffer"),
    ],
)
async def test_what_is_not_listed_is_not_sold(world: World, start: str, day: Any, rule: str) -> None:
    shop = await opened_shop(
        world, min_notice_minutes=60, booking_window_days=7, buffer_before_minutes=10, buffer_after_minutes=10
    )
    await shop.block("11:30", "11:35")
    other = shop.of(await shop.tenant.service(slot_step_minutes=5))
    await other.booked(shop.at("11:55"))
    answer = await shop.hold(shop.at(start, day))
    assert (answer.status, answer.code) == (409, "SLOT_UNAVAILABLE")
    assert rule in answer.details


async def test_the_business_books_by_hand_whatever_is_not_taken(shop: Booker) -> None:
    await shop.block("11:00", "12:00")
    for start in ("05:07", "11:00", "23:30"):
        assert (await shop.hold(shop.at(start), anyTime=True)).status == 200
    assert (await shop.hold(shop.at("11:59"), anyTime=True)).details.keys() == {"booking"}
    yesterday = shop.at("09:00", MONDAY - timedelta(days=1))
    assert (await shop.hold(yesterday, anyTime=True, kind="booking")).status == 200


async def test_a_service_that_is_no_longer_offered_is_not_sold(world: World) -> None:
    shop = await opened_shop(world, active=False)
    assert (await shop.hold(shop.at("09:00"))).details.keys() == {"service"}


async def test_a_service_changed_while_a_customer_looks_is_sold_as_it_is_now(shop: Booker) -> None:
    assert "16:00" in await shop.offered()
    await shop.tenant.service(service_id=shop.service_id, version=2, duration_minutes=90)
    assert (await shop.hold(shop.at("16:00"))).details.keys() == {"hours"}
    assert (await shop.hold(shop.at("15:00"))).data["endsAt"] == "2026-03-03T03:30:00Z"


async def test_what_nobody_told_of_is_asked_for_once(world: World) -> None:
    tenant = await world.tenant(is_announced=False)
    await tenant.open_daily()
    shop = Booker(world, tenant, await tenant.service(is_announced=False))
    assert (await shop.hold(shop.at("09:00"))).status == 200


async def test_a_service_that_nobody_knows_is_not_there(shop: Booker) -> None:
    answer = await shop.of(new_id("svc")).hold(shop.at("09:00"))
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


async def test_booking_alone_has_a_say(shop: Booker) -> None:
    body = {"tenantId": shop.tenant.id, "version": 1}
    path = f"/internal/claims/{new_id('book')}/release"
    for caller, status in (
        (shop.world.another("payments"), 403),
        (shop.tenant.owner, 401),
        (shop.world.anybody(), 401),
    ):
        assert (await caller.post(path, body)).status == status
    # For another context it was signed, and so it opens nothing here.
    elsewhere = identities.context("booking", "payments", shop.world.clock)
    assert (await shop.world.anybody().post(path, body, headers=elsewhere)).status == 401


async def test_another_businesss_booking_is_not_there(shop: Booker, world: World) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    stranger = await opened_shop(world)
    for answer in (
        await stranger.hold(stranger.at("09:00"), booking_id),
        await stranger.confirm(booking_id),
        await stranger.release(booking_id),
        await stranger.renew(booking_id, 60),
        await stranger.move(booking_id, stranger.at("10:00")),
        await stranger.known(booking_id),
        await stranger.of(shop.service_id).hold(stranger.at("09:00")),
    ):
        assert answer.status == 404
    assert await shop.time_of(booking_id) == "09:00"


async def test_every_bad_field_is_named(shop: Booker) -> None:
    answer = await shop.world.another().post(
        "/internal/holds",
        {
            "tenantId": "ten",
            "bookingId": "",
            "serviceId": shop.service_id,
            "startsAt": "2026-03-03T09:00:00",
            "version": -1,
            "kind": "external",
            "graceSeconds": 601,
        },
    )
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.details.keys() == {"tenantId", "bookingId", "startsAt", "version", "kind", "graceSeconds"}
    for year in ("0001", "9999"):
        far = await shop.hold(shop.at("09:00").replace(year=int(year)))
        assert far.details.keys() == {"startsAt"}
    itself = new_id("book")
    assert (await shop.hold(shop.at("09:00"), itself, replaces=itself)).details.keys() == {"replaces"}
