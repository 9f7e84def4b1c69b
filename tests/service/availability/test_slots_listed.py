"""Listed if and only if bookable, through the API, for calendars and instants made by chance."""

import random
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.service.availability.booker import Booker, opened_shop
from tests.service.availability.world import World, opened
from tests.support.servers import Servers

ZONES = ("Pacific/Auckland", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata", "Africa/Casablanca")
# The Sundays on which Auckland's clocks change are among them.
FIRST = date(2026, 4, 3)
LAST = date(2026, 4, 6)
INSTANTS = 40


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers, PEEPOPAY_UNLIMITED="1") as world:
        yield world


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _window(chance: random.Random) -> dict[str, str]:
    start = chance.randrange(0, 1440, chance.choice((5, 30, 60)))
    length = chance.randrange(30, 720, chance.choice((5, 30)))
    return {"startTime": _clock(start), "endTime": _clock((start + length) % 1440)}


async def _calendar(shop: Booker, chance: random.Random) -> None:
    """Some hours, exceptions, people and jobs."""
    owner = shop.tenant.owner
    rules = [{"dayOfWeek": chance.randrange(7), **_window(chance)} for _ in range(chance.randint(6, 16))]
    assert (await owner.put("/api/availability", {"rules": rules})).status == 200
    if chance.random() < 0.5:
        colleague = await shop.colleague()
        rule = {"dayOfWeek": chance.randrange(7), "staffId": colleague, **_window(chance)}
        assert (await owner.post("/api/availability", rule)).status == 201
    if chance.random() < 0.5:
        body = {"date": str(FIRST + timedelta(days=chance.randrange(4))), "windows": [_window(chance)]}
        answer = await owner.post("/api/availability/overrides", body)
        # All of it may lie in an hour that the clock skips.
        assert answer.status in {201, 400}
    for _ in range(chance.randrange(3)):
        on = FIRST + timedelta(days=chance.randrange(4))
        await shop.block(_clock(chance.randrange(0, 700)), _clock(chance.randrange(701, 1440)), startDate=str(on))
    for _ in range(chance.randrange(8)):
        await shop.hold(_instant(shop, chance), anyTime=True, kind=chance.choice(("hold", "booking")))


def _instant(shop: Booker, chance: random.Random) -> datetime:
    midnight = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZoneInfo(shop.tenant.zone))
    minutes = (LAST - FIRST).days * 1440 + 1440
    return midnight + timedelta(minutes=chance.randrange(0, minutes, chance.choice((1, 5, 15, 30))))


async def _listed(shop: Booker) -> set[datetime]:
    path = f"/api/widget/{shop.tenant.slug}/availability"
    found: set[datetime] = set()
    for number in range(-1, (LAST - FIRST).days + 2):
        day = FIRST + timedelta(days=number)
        answer = await shop.world.anybody().get(path, serviceId=shop.service_id, date=day.isoformat())
        starts = [datetime.fromisoformat(slot["startsAt"]) for slot in answer.data["slots"]]
        assert all(start.date() == day for start in starts)
        found.update(starts)
    return found


@pytest.mark.parametrize("seed", range(8))
async def test_what_is_listed_can_be_had_and_nothing_else(world: World, seed: int) -> None:
    chance = random.Random(seed)
    shop = await opened_shop(world)
    tenant = await world.tenant(zone=ZONES[seed % len(ZONES)])
    service_id = await tenant.service(
        duration_minutes=chance.choice((15, 30, 60, 90)),
        slot_step_minutes=chance.choice((5, 15, 20, 30, 60)),
        buffer_before_minutes=chance.choice((0, 0, 10, 45)),
        buffer_after_minutes=chance.choice((0, 0, 15, 60)),
        min_notice_minutes=chance.choice((0, 30, 180)),
        max_per_day=chance.choice((None, None, 2)),
    )
    shop = Booker(world, tenant, service_id)
    # The notice ends within the days that are looked at.
    world.clock.set(_instant(shop, chance) - timedelta(days=2, seconds=chance.randrange(60)))
    await _calendar(shop, chance)
    listed = await _listed(shop)
    asked = {_instant(shop, chance) for _ in range(INSTANTS)}
    asked |= {start + timedelta(seconds=30) for start in sorted(listed)[:2]}
    asked |= set(chance.sample(sorted(listed), min(len(listed), INSTANTS // 2)))
    for start in sorted(asked):
        explained = await tenant.owner.get(
            "/api/availability/explain", serviceId=service_id, startsAt=start.isoformat()
        )
        answer = await shop.hold(start)
        is_listed = start in listed
        assert (answer.status == 200) == is_listed, (start, answer.body)
        assert explained.data["available"] == is_listed, (start, explained.data)
        if is_listed:
            await shop.release(answer.data["bookingId"])
        else:
            assert answer.code == "SLOT_UNAVAILABLE"
    assert await _listed(shop) == listed
