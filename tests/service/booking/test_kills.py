"""Booking's own process is killed in the middle of things: the same key goes on from there, or a sweep ends it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest

from services.kernel.clock import SystemClock
from services.kernel.ids import new_uuid
from tests.service.booking.world import ANA, Shop, World, opened
from tests.support.contexts import Process, eventually, process
from tests.support.servers import Servers

STEPS = ["before the hold", "before the deposit", "after the deposit"]

# Seconds, more than any caller waits.
_HANGS = 8
# Two processes are started, whatever else the machine does.
pytestmark = pytest.mark.timeout(150)


@dataclass
class Left:
    """What the process left behind when it was killed: for each step a request with its key, and its draft."""

    shop: Shop
    key: str
    draft: str = ""


@dataclass
class Killed:
    """One of each for whoever calls again, one of each for the sweep, and a booking that was just being confirmed."""

    carried_on: dict[str, Left]
    swept: dict[str, Left]
    paid: str
    paid_shop: Shop


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers, clock=SystemClock()) as world:
        yield world


@pytest.fixture(scope="module")
async def killed(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Killed]:
    """Booking runs in one process, and that is killed with all of this in its hands; then another one starts."""
    left = {step: [Left(await _shop(world), new_uuid()) for _ in range(2)] for step in STEPS}
    paid_shop = await _shop(world)
    paid = (await paid_shop.booked())["bookingId"]
    first = Left(await _shop(world), new_uuid())
    # From here on the events are heard by the process alone.
    await world.contexts["booking"].bus.close()
    folder = tmp_path_factory.mktemp("killed")
    dying: list[asyncio.Task[httpx.Response]] = []
    async with process("booking", world.environ, folder=folder) as running:
        # A process is slow at first, and all that follows has to be in its hands before its patience ends.
        assert (await _book_at(running, first)).status_code == HTTPStatus.CREATED
        asked, done = world.till.asked["deposits"], world.till.done["deposits"]
        world.till.takes = _HANGS
        dying += [_book_at(running, one) for one in left["before the deposit"]]
        await eventually(lambda: world.till.asked["deposits"] == asked + 2, "payments is asked")
        world.till.takes, world.till.answers_late = 0, _HANGS
        dying += [_book_at(running, one) for one in left["after the deposit"]]
        await eventually(lambda: world.till.done["deposits"] == done + 2, "two deposits are made")
        world.till.answers_late = 0
        world.slow["availability"] = _HANGS
        dying += [_book_at(running, one) for one in left["before the hold"]]
        await world.till.pay(paid)
        await eventually(lambda: world.waiting["availability"] >= 3, "two times are wanted, and one for good")
        running.kill()
    world.slow.clear()
    outcomes = await asyncio.gather(*dying, return_exceptions=True)
    assert all(isinstance(outcome, httpx.TransportError) for outcome in outcomes)
    for one in (one for both in left.values() for one in both):
        one.draft = (await world.rows(one.shop.tenant_id, "SELECT id FROM bookings WHERE state = 'draft'"))[0]["id"]
    async with process("booking", world.environ, folder=folder):
        yield Killed(
            {step: both[0] for step, both in left.items()},
            {step: both[1] for step, both in left.items()},
            paid,
            paid_shop,
        )


@pytest.mark.parametrize("step", STEPS)
async def test_the_same_key_goes_on_from_wherever_it_died(world: World, killed: Killed, step: str) -> None:
    left = killed.carried_on[step]
    # Half a minute later, when nobody can still be working on the first call.
    await world.rows(None, "UPDATE idempotency SET begun_at = begun_at - interval '31 s' RETURNING 1")
    booked = await left.shop.booked(key=left.key)
    assert (booked["bookingId"], booked["status"]) == (left.draft, "pending")
    assert len(await world.rows(left.shop.tenant_id, "SELECT 1 FROM bookings")) == 1
    await world.till.pay(left.draft)
    await left.shop.becomes(left.draft, "confirmed")
    assert await left.shop.events(left.draft) == ["requested", "confirmed"]


@pytest.mark.parametrize("step", STEPS)
async def test_where_nobody_goes_on_a_sweep_ends_it(world: World, killed: Killed, step: str) -> None:
    left = killed.swept[step]
    assert await left.shop.drafts() == 1
    # A minute later.
    await world.rows(None, "UPDATE timers SET due_at = now() WHERE booking_id = $1 RETURNING 1", left.draft)

    async def is_gone() -> bool:
        return not await world.rows(left.shop.tenant_id, "SELECT 1 FROM bookings")

    await eventually(is_gone, "nothing is left of the draft")
    assert "10:00" in await left.shop.offered()
    account = world.till.accounts.get(left.draft)
    assert account is None or account.status in {None, "canceled"}


async def test_what_was_being_confirmed_is_confirmed_by_another_process(killed: Killed) -> None:
    await killed.paid_shop.becomes(killed.paid, "confirmed")
    assert await killed.paid_shop.events(killed.paid) == ["requested", "confirmed"]


def _book_at(running: Process, left: Left) -> "asyncio.Task[httpx.Response]":
    shop = left.shop

    async def ask() -> httpx.Response:
        body = {"serviceId": shop.service_id, "date": shop.day.isoformat(), "time": "10:00", "customer": ANA}
        async with running.client() as client:
            headers = {"Idempotency-Key": left.key}
            return await client.post(f"/api/widget/{shop.slug}/book", json=body, headers=headers)

    return asyncio.create_task(ask())


async def _shop(world: World) -> Shop:
    shop = await world.shop()
    shop.day = (SystemClock().now() + timedelta(days=3)).date()
    return shop
