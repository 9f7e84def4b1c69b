"""Booking's own process is killed while money goes back, a balance is charged, a time is swapped: another one goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.kernel.clock import SystemClock
from tests.service.booking.world import DEPOSIT, Shop, World, opened
from tests.support import identities
from tests.support.contexts import Process, eventually, process
from tests.support.servers import Servers

# Two processes are started, one after the other.
pytestmark = pytest.mark.timeout(120)

# Seconds, more than any caller waits.
_HANGS = 8


@dataclass
class Killed:
    """What was in hand when the process was killed."""

    shop: Shop
    cancelled: Any
    charged: Any
    moved: Any


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers, clock=SystemClock()) as world:
        yield world


@pytest.fixture(scope="module")
async def killed(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Killed]:
    """Killed after all of it was committed and before any of it was answered; then another process starts."""
    shop = await world.shop()
    shop.day = (SystemClock().now() + timedelta(days=5)).date()
    left = Killed(shop, *[await shop.paid(clock_time) for clock_time in ("09:00", "11:00", "13:00")])
    # From here on the events are heard by the process alone.
    await world.contexts["booking"].bus.close()
    folder = tmp_path_factory.mktemp("killed")
    async with process("booking", world.environ, folder=folder) as running:
        world.till.answers_late = _HANGS
        dying = [
            _post(running, f"/api/manage/{left.cancelled['manageToken']}/cancel", {}),
            _post(
                running,
                f"/api/bookings/{left.charged['bookingId']}/charge-balance",
                {"finalAmount": 20_000},
                owner=shop,
            ),
        ]
        await eventually(lambda: world.till.done["refunds"] == 1, "money went back, and nobody was told")
        world.till.answers_late = 0
        world.slow["availability"] = _HANGS
        when = {"date": shop.day.isoformat(), "time": "15:00"}
        dying.append(_post(running, f"/api/manage/{left.moved['manageToken']}/reschedule", when))
        await eventually(lambda: _has_open_move(left, world), "another time is wanted")
        await eventually(lambda: world.waiting["availability"] >= 1, "availability is asked")
        running.kill()
    world.slow.clear()
    outcomes = await asyncio.gather(*dying, return_exceptions=True)
    assert all(isinstance(outcome, httpx.TransportError) for outcome in outcomes)
    # Half a minute later.
    await world.rows(None, "UPDATE timers SET due_at = now() WHERE task IN ('move', 'money') RETURNING 1")
    async with process("booking", world.environ, folder=folder):
        yield left


async def test_a_cancellation_pays_once(killed: Killed, world: World) -> None:
    booking_id = killed.cancelled["bookingId"]
    await _is_at_rest(killed, world, booking_id)
    account = world.till.of(booking_id)
    assert (account.refunded, len(account.refunds)) == (DEPOSIT, 1)
    assert await killed.shop.state(booking_id) == "cancelled"
    assert "09:00" in await killed.shop.offered(killed.shop.day)


async def test_a_balance_whose_caller_heard_nothing_is_not_charged_later(killed: Killed, world: World) -> None:
    booking_id = killed.charged["bookingId"]
    await _is_at_rest(killed, world, booking_id)
    account = world.till.of(booking_id)
    assert account.balances == {}
    assert account.paid == DEPOSIT
    rows = await world.rows(killed.shop.tenant_id, "SELECT state FROM operations WHERE booking_id = $1", booking_id)
    assert [row["state"] for row in rows] == ["failed"]


async def test_a_move_ends_at_its_new_time(killed: Killed, world: World) -> None:
    booking_id = killed.moved["bookingId"]
    await _is_at_rest(killed, world, booking_id)
    row = await killed.shop.row(booking_id)
    assert row is not None
    assert row["starts_at"] == killed.shop.at("15:00", killed.shop.day)
    assert (await killed.shop.events(booking_id)).count("moved") == 1
    offered = await killed.shop.offered(killed.shop.day)
    assert "13:00" in offered
    assert "15:00" not in offered


async def _has_open_move(killed: Killed, world: World) -> bool:
    """Availability is asked about more than this one: what counts is that it is written down."""
    open_ones = "SELECT 1 FROM moves WHERE booking_id = $1 AND state = 'open'"
    return bool(await world.rows(killed.shop.tenant_id, open_ones, killed.moved["bookingId"]))


async def _is_at_rest(killed: Killed, world: World, booking_id: str) -> None:
    """Nothing is left to do with it."""

    async def is_so() -> bool:
        open_ones = "SELECT 1 FROM operations WHERE booking_id = $1 AND state IN ('open', 'waiting')"
        return not await killed.shop.due(booking_id) and not await world.rows(
            killed.shop.tenant_id, open_ones, booking_id
        )

    await eventually(is_so, "nothing is left to do", within=30)


def _post(running: Process, path: str, body: Any, *, owner: Shop | None = None) -> "asyncio.Task[httpx.Response]":
    headers = {} if owner is None else identities.person(owner.owner_id, tenant_id=owner.tenant_id, role="owner")

    async def ask() -> httpx.Response:
        async with running.client() as client:
            return await client.post(path, json=body, headers=headers)

    return asyncio.create_task(ask())
