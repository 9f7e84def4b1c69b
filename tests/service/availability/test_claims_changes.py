"""What becomes of a held time: confirmed, given up, held longer, moved; and words that come late."""

import asyncio

import pytest

from services.kernel.ids import new_id
from tests.service.availability.booker import ALL_DAY, Booker, assert_sound
from tests.support.contexts import eventually
from tests.support.servers import Servers


async def test_a_hold_becomes_a_booking_and_stays(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    for _ in range(2):
        outcome = (await shop.confirm(booking_id)).data
        assert (outcome["applied"], outcome["state"], outcome["claim"]["expiresAt"]) == (True, "booked", None)
    shop.world.clock.advance(hours=3)
    assert "09:00" not in await shop.offered()


@pytest.mark.parametrize("is_gone", [False, True])
async def test_paid_after_the_hold_ran_out_the_time_is_taken_again(shop: Booker, *, is_gone: bool) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    shop.world.clock.advance(minutes=20)
    if is_gone:
        gone = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM claims WHERE booking_id = $1)"
        await shop.world.holds(shop.tenant.id, gone, booking_id)
    # Neither hours nor notice nor the day's limit matter to who has paid, and it lasts as long as it was sold.
    await shop.tenant.hours()
    await shop.tenant.service(
        service_id=shop.service_id, version=2, duration_minutes=30, min_notice_minutes=10_000, max_per_day=1
    )
    claim = (await shop.confirm(booking_id)).data["claim"]
    assert (claim["startsAt"], claim["endsAt"]) == ("2026-03-02T20:00:00Z", "2026-03-02T21:00:00Z")


async def test_paid_too_late_another_person_comes(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    second = await shop.colleague()
    shop.world.clock.advance(minutes=20)
    first = await shop.booked(shop.at("09:00"), staffId=await shop.tenant.staff_id())
    assert (await shop.confirm(booking_id)).data["claim"]["staffId"] == second
    assert await shop.time_of(first) == "09:00"


@pytest.mark.parametrize("obstacle", ["booking", "block"])
async def test_paid_too_late_and_taken_it_is_refused(shop: Booker, obstacle: str) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    shop.world.clock.advance(minutes=20)
    if obstacle == "block":
        await shop.block("09:30", "09:45")
    else:
        await shop.booked(shop.at("09:00"))
    answer = await shop.confirm(booking_id)
    assert (answer.status, answer.code, {*answer.details}) == (409, "SLOT_UNAVAILABLE", {obstacle})
    assert await shop.state(booking_id) == "lapsed"
    await eventually(lambda: shop.is_remembered(booking_id, "lapsed"), "the hold is over")


async def test_many_confirm_and_take_at_the_end_of_a_hold_and_one_has_it(shop: Booker, servers: Servers) -> None:
    for start in ALL_DAY:
        booking_id = await shop.held(shop.at(start))
        shop.world.clock.advance(minutes=15)
        confirmed, *others = await asyncio.gather(
            shop.confirm(booking_id), *(shop.hold(shop.at(start), kind="booking") for _ in range(3))
        )
        assert [answer.status for answer in (confirmed, *others)].count(200) == 1
    await assert_sound(servers)


async def test_what_is_over_or_unknown_is_not_confirmed(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    await shop.release(booking_id, version=3)
    late = (await shop.confirm(booking_id, version=2)).data
    assert (late["applied"], late["state"], late["version"]) == (False, "released", 3)
    assert (await shop.confirm(booking_id, version=4)).code == "BOOKING_OVER"
    assert (await shop.confirm(new_id("book"))).code == "BOOKING_NOT_FOUND"
    assert "09:00" in await shop.offered()


async def test_an_older_release_does_not_free_what_was_confirmed_since(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    await shop.confirm(booking_id, version=5)
    late = (await shop.release(booking_id, version=4)).data
    assert (late["applied"], late["state"], late["version"]) == (False, "booked", 5)
    assert await shop.time_of(booking_id) == "09:00"


async def test_of_one_version_the_end_is_the_last_word(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    assert (await shop.release(booking_id, version=1)).data["state"] == "released"
    assert (await shop.confirm(booking_id, version=1)).data["applied"] is False
    assert (await shop.release(booking_id, version=1)).data["applied"] is True


async def test_an_older_move_or_renewal_changes_nothing(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"), version=4)
    ends = (await shop.known(booking_id)).data["claim"]["expiresAt"]
    assert (await shop.move(booking_id, shop.at("10:00"), version=3)).data["applied"] is False
    assert (await shop.renew(booking_id, 9_000, version=3)).data["applied"] is False
    claim = (await shop.known(booking_id)).data["claim"]
    assert (await shop.time_of(booking_id), claim["expiresAt"]) == ("09:00", ends)


async def test_a_hold_lasts_longer_and_never_shorter(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    ends = (await shop.known(booking_id)).data["claim"]["expiresAt"]
    assert (await shop.renew(booking_id, 60)).data["claim"]["expiresAt"] == ends
    await shop.renew(booking_id, 3600)
    shop.world.clock.advance(minutes=59)
    assert (await shop.hold(shop.at("09:00"))).code == "SLOT_UNAVAILABLE"
    shop.world.clock.advance(minutes=1)
    assert (await shop.hold(shop.at("09:00"))).status == 200


async def test_what_ran_out_is_not_renewed_and_what_is_booked_need_not_be(shop: Booker) -> None:
    lapsed, booked = await shop.held(shop.at("09:00")), await shop.booked(shop.at("10:00"))
    shop.world.clock.advance(minutes=15)
    assert (await shop.renew(lapsed, 60)).code == "HOLD_EXPIRED"
    assert (await shop.renew(booked, 60)).data["claim"]["expiresAt"] is None


async def test_a_move_is_judged_by_the_offer_unless_made_by_hand(shop: Booker) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    assert (await shop.move(booking_id, shop.at("20:00"))).details.keys() == {"hours"}
    assert (await shop.move(booking_id, shop.at("20:00"), anyTime=True)).data["applied"] is True
    assert await shop.time_of(booking_id) == "20:00"


async def test_the_same_person_comes_if_they_can(shop: Booker) -> None:
    second = await shop.colleague()
    booking_id = await shop.booked(shop.at("09:00"), staffId=second)
    await shop.booked(shop.at("16:00"), staffId=second)
    assert (await shop.move(booking_id, shop.at("10:00"))).data["claim"]["staffId"] == second
    other = (await shop.move(booking_id, shop.at("16:00"), version=4)).data["claim"]["staffId"]
    assert other == await shop.tenant.staff_id()


async def test_a_move_may_be_to_another_service(shop: Booker) -> None:
    booking_id = await shop.booked(shop.at("09:00"))
    longer = await shop.tenant.service(duration_minutes=120)
    claim = (await shop.move(booking_id, shop.at("10:00"), serviceId=longer)).data["claim"]
    assert (claim["serviceId"], claim["endsAt"]) == (longer, "2026-03-02T23:00:00Z")


async def test_a_hold_that_is_moved_ends_when_it_would_have(shop: Booker) -> None:
    booking_id = await shop.held(shop.at("09:00"))
    ends = (await shop.known(booking_id)).data["claim"]["expiresAt"]
    shop.world.clock.advance(minutes=5)
    claim = (await shop.move(booking_id, shop.at("10:00"))).data["claim"]
    assert (claim["kind"], claim["expiresAt"]) == ("hold", ends)


async def test_what_has_no_time_is_not_moved(shop: Booker) -> None:
    lapsed, released = await shop.held(shop.at("09:00")), await shop.held(shop.at("10:00"))
    await shop.release(released, version=2)
    shop.world.clock.advance(minutes=15)
    assert (await shop.move(lapsed, shop.at("11:00"))).code == "HOLD_EXPIRED"
    assert (await shop.move(released, shop.at("11:00"), version=3)).code == "BOOKING_OVER"
    assert (await shop.move(new_id("book"), shop.at("11:00"))).code == "BOOKING_NOT_FOUND"
