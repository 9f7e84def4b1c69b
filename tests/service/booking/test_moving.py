"""A booking at another time."""

import asyncio
from datetime import timedelta
from typing import Any

from tests.service.booking.world import DEPOSIT, Shop, World
from tests.support.contexts import eventually

GO_ON = "go on with moves"


async def _move(world: World, booked: Any, clock_time: str, day: str = "2026-03-03") -> Any:
    path = f"/api/manage/{booked['manageToken']}/reschedule"
    return await world.anybody.post(path, {"date": day, "time": clock_time})


async def test_a_moved_booking_has_its_new_time_and_the_old_one_is_free(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    moved = (await _move(world, booked, "14:00")).data
    assert moved["startsAt"] == "2026-03-03T14:00:00+13:00"
    assert moved["endsAt"] == "2026-03-03T15:00:00+13:00"
    assert moved["status"] == "confirmed"
    offered = await shop.offered()
    assert "10:00" in offered
    assert "14:00" not in offered
    assert (await shop.events(booked["bookingId"]))[-1] == "moved"
    assert (await shop.timeline(booked["bookingId"]))[-1] == "moved"
    assert "move" not in await shop.due(booked["bookingId"])
    # Never charged again.
    assert world.till.asked["deposits"] == 1
    assert world.till.of(booked["bookingId"]).paid == DEPOSIT


async def test_scenario_36_onto_a_time_that_overlaps_its_own_old_one_is_allowed(shop: Shop, world: World) -> None:
    half = await shop.sell(slot_step_minutes=30)
    booked = await shop.paid("10:00", service_id=half)
    assert (await _move(world, booked, "10:30")).data["startsAt"] == "2026-03-03T10:30:00+13:00"
    assert (await _move(world, booked, "10:30")).data["startsAt"] == "2026-03-03T10:30:00+13:00"
    assert (await shop.events(booked["bookingId"])).count("moved") == 1


async def test_scenario_36_onto_one_just_sold_is_refused_and_the_old_one_is_kept(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    await shop.paid("11:00")
    refused = await _move(world, booked, "11:00")
    assert (refused.status, refused.code) == (409, "SLOT_UNAVAILABLE")
    row = await shop.row(booked["bookingId"])
    assert row is not None
    assert row["starts_at"] == shop.at("10:00")
    claim = await shop.claim(booked["bookingId"])
    assert claim["claim"]["startsAt"].startswith("2026-03-02T21:00")
    # It is still as movable as before.
    assert (await _move(world, booked, "12:00")).status == 200


async def test_scenario_36_many_who_move_onto_one_time_one_wins(shop: Shop, world: World) -> None:
    booked = await asyncio.gather(*(shop.booked(f"{hour:02}:00") for hour in range(9, 14)))
    answers = await asyncio.gather(*(_move(world, one, "15:00") for one in booked))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    rows = await world.rows(shop.tenant_id, "SELECT starts_at FROM bookings WHERE state = 'pending'")
    assert len({row["starts_at"] for row in rows}) == len(booked)


async def test_a_booking_that_is_not_paid_yet_is_moved_with_its_hold(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    moved = (await _move(world, booked, "13:00")).data
    assert (moved["status"], moved["expiresAt"]) == ("pending", booked["expiresAt"])
    assert (await shop.claim(booked["bookingId"]))["state"] == "held"
    assert await shop.events(booked["bookingId"]) == ["requested"]
    await world.till.pay(booked["bookingId"])
    await shop.becomes(booked["bookingId"], "confirmed")
    row = await shop.row(booked["bookingId"])
    assert row is not None
    assert row["starts_at"] == shop.at("13:00")
    assert "13:00" not in await shop.offered()


async def test_what_is_off_the_grid_only_the_business_can_give(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    assert (await _move(world, booked, "10:17")).code == "SLOT_UNAVAILABLE"
    path = f"/api/bookings/{booked['bookingId']}/reschedule"
    when = {"date": "2026-03-03", "time": "20:17"}
    assert (await shop.owner.post(path, when)).code == "SLOT_UNAVAILABLE"
    moved = await shop.owner.post(path, {**when, "anyTime": True})
    assert moved.data["startsAt"] == "2026-03-03T20:17:00+13:00"
    assert moved.data["timeline"][-1]["by"] == "tenant"
    assert moved.data["timeline"][-1]["actor"] == shop.owner_id


async def test_a_time_that_the_clocks_leave_out_is_refused(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    path = f"/api/bookings/{booked['bookingId']}/reschedule"
    refused = await shop.owner.post(path, {"date": "2026-09-27", "time": "02:30", "anyTime": True})
    assert (refused.status, refused.code) == (409, "SLOT_UNAVAILABLE")
    assert "clocks go forward" in refused.details["time"]


async def test_what_is_not_to_come_is_not_moved(shop: Shop, world: World) -> None:
    free = await shop.free_service()
    for hour, steps in enumerate((["cancelled"], ["in_progress", "completed"], ["in_progress"], ["no_show"]), start=9):
        booked = await shop.booked(f"{hour:02}:00", service_id=free)
        for step in steps:
            await shop.owner.put(f"/api/bookings/{booked['bookingId']}/status", {"status": step})
        assert (await _move(world, booked, "16:00")).code == "INVALID_STATUS_CHANGE", steps


async def test_what_has_begun_its_customer_does_not_move(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.clock.set(shop.at("10:00"))
    refused = await _move(world, booked, "14:00")
    assert (refused.status, refused.code) == (409, "BOOKING_IS_PAST")
    world.clock.set(shop.at("14:00"))
    path = f"/api/bookings/{booked['bookingId']}/reschedule"
    assert (await shop.owner.post(path, {"date": "2026-03-04", "time": "10:00"})).code == "BOOKING_IS_PAST"


async def test_availability_away_the_move_stays_open_and_the_clockwork_ends_it(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.away.add("availability")
    answer = await _move(world, booked, "14:00")
    assert (answer.status, answer.error["retryable"]) == (503, True)
    assert "move" in await shop.due(booked["bookingId"])
    world.away.clear()
    world.clock.advance(seconds=30)
    await world.tick(GO_ON)
    row = await shop.row(booked["bookingId"])
    assert row is not None
    assert row["starts_at"] == shop.at("14:00")
    assert "move" not in await shop.due(booked["bookingId"])
    assert (await shop.events(booked["bookingId"])).count("moved") == 1


async def test_who_dies_after_the_swap_is_carried_on_with_and_swaps_once(shop: Shop, world: World) -> None:
    """Killed between availability's answer and the commit: the database has an open move, and availability a new time."""
    booked = await shop.paid("10:00")
    world.away.add("availability")
    await _move(world, booked, "14:00")
    world.away.clear()
    (move,) = await world.rows(shop.tenant_id, "SELECT * FROM moves WHERE state = 'open'")
    swapped = await world.availability("booking").post(
        f"/internal/claims/{booked['bookingId']}/move",
        {
            "tenantId": shop.tenant_id,
            "moveId": move["id"],
            "version": move["version"],
            "startsAt": move["starts_at"].isoformat(),
        },
    )
    assert swapped.data["applied"] is True
    # Somebody takes the old time meanwhile, so that it could not be given back.
    await shop.paid("10:00")
    assert (await _move(world, booked, "14:00")).data["startsAt"] == "2026-03-03T14:00:00+13:00"
    world.clock.advance(seconds=30)
    await world.tick(GO_ON)
    assert (await shop.events(booked["bookingId"])).count("moved") == 1


async def test_a_move_that_was_left_behind_ends_before_the_next_one_begins(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.away.add("availability")
    await _move(world, booked, "14:00")
    world.away.clear()
    assert (await _move(world, booked, "15:00")).data["startsAt"] == "2026-03-03T15:00:00+13:00"
    assert (await shop.events(booked["bookingId"])).count("moved") == 2
    offered = await shop.offered()
    assert {"10:00", "14:00"} <= set(offered)


async def test_cancelling_closes_an_open_move_and_frees_whatever_time_it_has(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.away.add("availability")
    await _move(world, booked, "14:00")
    cancelled = await world.anybody.post(f"/api/manage/{booked['manageToken']}/cancel", {})
    assert cancelled.data["status"] == "cancelled"
    world.away.clear()
    world.clock.advance(seconds=30)
    await world.tick()

    async def are_free() -> bool:
        return {"10:00", "14:00"} <= set(await shop.offered())

    await eventually(are_free, "both times are free again")
    (move,) = await world.rows(shop.tenant_id, "SELECT state FROM moves")
    assert move["state"] == "closed"


async def test_a_move_against_a_cancellation_ends_with_no_time_taken(shop: Shop, world: World) -> None:
    for hour in (9, 10, 11):
        booked = await shop.paid(f"{hour:02}:00")
        moved, cancelled = await asyncio.gather(
            _move(world, booked, "16:00"),
            world.anybody.post(f"/api/manage/{booked['manageToken']}/cancel", {}),
        )
        assert cancelled.status == 200
        assert moved.status in {200, 409}
        assert await shop.state(booked["bookingId"]) == "cancelled"
        assert (await shop.claim(booked["bookingId"]))["state"] == "released"
        assert "16:00" in await shop.offered()


async def test_a_move_while_the_deposit_is_paid_ends_at_the_new_time_confirmed(shop: Shop, world: World) -> None:
    for hour in (9, 10, 11):
        booked = await shop.booked(f"{hour:02}:00")
        to = f"{hour + 4:02}:00"
        moved, _ = await asyncio.gather(_move(world, booked, to), world.till.pay(booked["bookingId"]))
        assert moved.status == 200, moved.body
        await shop.becomes(booked["bookingId"], "confirmed")
        row = await shop.row(booked["bookingId"])
        assert row is not None
        assert row["starts_at"] == shop.at(to)
        claim = await shop.claim(booked["bookingId"])
        assert (claim["state"], claim["claim"]["staffId"]) == ("booked", row["staff_id"])
        assert to not in await shop.offered()


async def test_when_availability_has_heard_of_a_later_version_the_move_becomes_later_still(
    shop: Shop, world: World
) -> None:
    booked = await shop.paid("10:00")
    row = await shop.row(booked["bookingId"])
    assert row is not None
    renewed = await world.availability("booking").post(
        f"/internal/claims/{booked['bookingId']}/renew",
        {"tenantId": shop.tenant_id, "version": row["version"] + 3, "seconds": 60},
    )
    assert renewed.data["applied"] is True
    assert (await _move(world, booked, "14:00")).data["startsAt"] == "2026-03-03T14:00:00+13:00"


async def test_scenario_33_a_late_move_does_not_make_the_terms_better(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    # Between 24 and 12 hours before, half of it would come back; and so it stays, however far away the new time is.
    world.clock.set(shop.at("10:00") - timedelta(hours=20))
    moved = (await _move(world, booked, "10:00", "2026-03-20")).data
    assert moved["cancellation"]["refund"]["amount"] == DEPOSIT // 2
    assert [one["refundPercent"] for one in moved["terms"]["deadlines"]] == [50]
    again = (await _move(world, booked, "11:00", "2026-03-21")).data
    assert again["cancellation"]["refund"]["amount"] == DEPOSIT // 2
    # The business moving it takes nothing away from that.
    path = f"/api/bookings/{booked['bookingId']}/reschedule"
    await shop.owner.post(path, {"date": "2026-03-22", "time": "11:00"})
    cancelled = await world.anybody.post(f"/api/manage/{booked['manageToken']}/cancel", {})
    assert cancelled.data["refund"]["amount"] == DEPOSIT // 2


async def test_scenario_33_whom_the_business_moves_keeps_the_terms(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.clock.set(shop.at("10:00") - timedelta(hours=1))
    path = f"/api/bookings/{booked['bookingId']}/reschedule"
    await shop.owner.post(path, {"date": "2026-03-20", "time": "10:00"})
    seen = (await world.anybody.get(f"/api/manage/{booked['manageToken']}")).data
    assert seen["cancellation"]["refund"]["amount"] == DEPOSIT


async def test_a_move_refused_for_another_reason_than_time_is_told_as_it_is(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    path = f"/api/bookings/{booked['bookingId']}/reschedule"
    unknown = "stf_01h0000000000000000000000a"
    refused = await shop.owner.post(path, {"date": "2026-03-03", "time": "14:00", "staffId": unknown})
    assert refused.status in {404, 409}
    assert await shop.due(booked["bookingId"]) & {"move"} == set()


async def test_nobody_moves_what_is_not_there_or_another_business_s(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    other = await world.shop()
    for booking_id in (booked["bookingId"], "book_01h0000000000000000000000a", "nonsense"):
        path = f"/api/bookings/{booking_id}/reschedule"
        refused = await other.owner.post(path, {"startsAt": "2026-03-05T00:00:00Z"})
        assert (refused.status, refused.code) == (404, "NOT_FOUND")
