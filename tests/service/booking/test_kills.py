"""Booking's own process is killed in the middle of things: the same key goes on from there, or a sweep ends it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.kernel.clock import SystemClock
from services.kernel.ids import new_uuid
from tests.service.booking.world import ANA, Shop, World, opened
from tests.support.contexts import Process, eventually, process
from tests.support.servers import Servers

STEPS = ["before the hold", "before the deposit", "after the deposit"]


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers, clock=SystemClock()) as world:
        yield world


@pytest.fixture
async def shop(world: World) -> Shop:
    shop = await world.shop()
    shop.day = (SystemClock().now() + timedelta(days=3)).date()
    return shop


def book_at(running: Process, shop: Shop, key: str) -> "asyncio.Task[httpx.Response]":
    async def ask() -> httpx.Response:
        body = {"serviceId": shop.service_id, "date": shop.day.isoformat(), "time": "10:00", "customer": ANA}
        async with running.client() as client:
            return await client.post(f"/api/widget/{shop.slug}/book", json=body, headers={"Idempotency-Key": key})

    return asyncio.create_task(ask())


async def killed_at(step: str, world: World, shop: Shop, running: Process, key: str) -> str:
    """The draft that the process left behind."""
    till = world.till
    if step == "before the hold":
        world.slow["availability"] = 60
    elif step == "before the deposit":
        till.takes = 60
    else:
        till.answers_late = 60
    waiting, asked, done = world.waiting["availability"], till.asked["deposits"], till.done["deposits"]
    dying = book_at(running, shop, key)
    reached = {
        "before the hold": lambda: world.waiting["availability"] > waiting,
        "before the deposit": lambda: till.asked["deposits"] > asked,
        "after the deposit": lambda: till.done["deposits"] > done,
    }
    await eventually(reached[step], step)
    running.kill()
    world.slow.clear()
    till.takes = till.answers_late = 0
    with pytest.raises(httpx.TransportError):
        await dying
    return str((await world.rows(shop.tenant_id, "SELECT id FROM bookings WHERE state = 'draft'"))[0]["id"])


async def test_the_same_key_goes_on_from_wherever_it_died(world: World, tmp_path: Path) -> None:
    for step in STEPS:
        shop = await _another(world)
        key = new_uuid()
        async with process("booking", world.environ, "serve", folder=tmp_path) as running:
            draft = await killed_at(step, world, shop, running, key)
        # Half a minute later, when nobody can still be working on the first call.
        await world.rows(None, "UPDATE idempotency SET begun_at = begun_at - interval '31 s' RETURNING 1")
        booked = await shop.booked(key=key)
        assert (booked["bookingId"], booked["status"]) == (draft, "pending")
        assert len(await world.rows(shop.tenant_id, "SELECT 1 FROM bookings")) == 1
        await world.till.pay(draft)
        await shop.becomes(draft, "confirmed")
        assert await shop.events(draft) == ["requested", "confirmed"]


async def test_where_nobody_goes_on_a_sweep_ends_it(world: World, tmp_path: Path) -> None:
    for step in STEPS:
        shop = await _another(world)
        async with process("booking", world.environ, "serve", folder=tmp_path) as running:
            draft = await killed_at(step, world, shop, running, new_uuid())
        await world.tick("end stale drafts")
        assert await shop.drafts() == 1
        # A minute later.
        await world.rows(None, "UPDATE timers SET due_at = now() WHERE booking_id = $1 RETURNING 1", draft)
        await world.tick("end stale drafts")
        assert await world.rows(shop.tenant_id, "SELECT 1 FROM bookings") == []
        assert "10:00" in await shop.offered()
        account = world.till.accounts.get(draft)
        assert account is None or account.status in {None, "canceled"}


async def test_killed_while_it_confirms_what_is_paid_another_one_does(world: World, shop: Shop, tmp_path: Path) -> None:
    booked = await shop.booked()
    bus = world.contexts["booking"].bus
    await bus.close()
    async with process("booking", world.environ, "consume", folder=tmp_path) as running:
        world.slow["availability"] = 60
        waiting = world.waiting["availability"]
        await world.till.pay(booked["bookingId"])
        await eventually(lambda: world.waiting["availability"] > waiting, "it asks for the time")
        running.kill()
        world.slow.clear()
    assert await shop.state(booked["bookingId"]) == "pending"
    async with process("booking", world.environ, "consume", folder=tmp_path):
        await shop.becomes(booked["bookingId"], "confirmed")
    assert await shop.events(booked["bookingId"]) == ["requested", "confirmed"]


async def _another(world: World) -> Any:
    shop = await world.shop()
    shop.day = (SystemClock().now() + timedelta(days=3)).date()
    return shop
