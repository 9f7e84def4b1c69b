"""Kept answers are never older than what was answered to whoever changed something, whatever goes wrong between."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.availability.store.kept import Kept, Made
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.context import connect_valkey
from services.kernel.freshness import LEASE_SECONDS, Freshness
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from stack.ports import free_port
from stack.servers import Valkey
from tests.service.availability.booker import ALL_DAY, TUESDAY, Booker, opened_shop
from tests.service.availability.heard import statements
from tests.service.availability.world import World, opened
from tests.support.clock import FrozenClock
from tests.support.contexts import eventually
from tests.support.environ import environ_of
from tests.support.proxy import Wire
from tests.support.servers import Servers

JOE = "ten_joe"
NAME = "a day"


@pytest.fixture(scope="module")
async def replicas(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers, replicas=2) as world:
        yield world


async def trusted(world: World, *, within: float = 10) -> None:
    """Every replica keeps answers again."""
    for context in world.contexts:
        tools: Tools = context.provides["tools"]
        await eventually(tools.freshness.is_trusted, "the replica keeps answers", within=within)


# One process's kept answers, with a reader that can be stopped at any point


@dataclass
class Fact:
    """What the database holds: a number, that grows."""

    value: int = 0
    reads: int = 0


@dataclass
class Process:
    """A process that answers with the number."""

    freshness: Freshness
    kept: Kept
    fact: Fact
    # Where the next reading stops: before it has read, or after.
    stops: dict[str, asyncio.Event] = field(default_factory=dict)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> int:
        ready = self.kept.ready(NAME)
        if ready is None:
            ready = await self.kept.answer(NAME, tenant_id=JOE, name=NAME, make=self._make)
        return int(ready.body)

    async def write(self) -> int:
        """What nobody who asks from now on may be told less than."""
        self.fact.value += 1
        value = self.fact.value
        await self.freshness.tell(JOE)
        return value

    async def _make(self) -> Made:
        await self._stop("before")
        self.fact.reads += 1
        value = self.fact.value
        await self._stop("after")
        return Made(str(value).encode(), 4e9)

    async def _stop(self, point: str) -> None:
        waits = self.stops.pop(point, None)
        if waits is not None:
            self.reached.set()
            await waits.wait()


@asynccontextmanager
async def process(servers: Servers, fact: Fact, valkey: str | None = None) -> AsyncIterator[Process]:
    settings = Settings.read(environ_of(servers, "availability", REDIS_URL=valkey or servers.valkey))
    client: Redis = connect_valkey(settings)
    freshness = Freshness(client, "numbers")
    task = asyncio.create_task(freshness.run())
    try:
        await eventually(freshness.is_trusted, "it is trusted")
        await freshness.tell(JOE)
        yield Process(freshness, Kept(freshness, FrozenClock()), fact)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()


@pytest.mark.parametrize("point", ["before", "after"])
@pytest.mark.parametrize("writer", ["the same process", "another"])
async def test_a_slow_reader_never_brings_old_bytes_back(servers: Servers, point: str, writer: str) -> None:
    fact = Fact()
    async with process(servers, fact) as slow, process(servers, fact) as other:
        for _ in range(30):
            gate = slow.stops[point] = asyncio.Event()
            slow.reached.clear()
            await (slow if writer == "another" else other).freshness.tell(JOE)
            reading = asyncio.create_task(slow.read())
            await slow.reached.wait()
            value = await (slow if writer == "the same process" else other).write()
            # Whoever asks after the change is told of it, though somebody who began before it is still on the way.
            assert await slow.read() == value
            assert await other.read() == value
            gate.set()
            assert await reading >= value - 1
            for _ in range(3):
                assert await slow.read() == value
                assert await other.read() == value
                await asyncio.sleep(0)


async def test_a_reader_held_up_on_its_way_to_valkey_never_brings_old_bytes_back(servers: Servers) -> None:
    fact = Fact()
    async with Wire(servers.valkey) as wire, process(servers, fact, wire.url) as slow, process(servers, fact) as other:
        for hold in (0.02, 0.3):
            await other.freshness.tell(JOE)
            wire.stall()
            reading = asyncio.create_task(slow.read())
            await asyncio.sleep(hold)
            # It can't be told of this, so the writer waits until it trusts nothing any more.
            writing = asyncio.create_task(other.write())
            await asyncio.sleep(hold)
            await wire.mend()
            value = await writing
            assert await other.read() == value
            assert await slow.read() == value
            await reading
            assert await slow.read() == value
            assert await other.read() == value
            await eventually(slow.freshness.is_trusted, "it is trusted again")


async def test_of_many_who_ask_at_once_one_finds_out(servers: Servers) -> None:
    fact = Fact()
    async with process(servers, fact) as one:
        assert await asyncio.gather(*(one.read() for _ in range(100))) == [0] * 100
        assert fact.reads == 1
        value = await one.write()
        assert set(await asyncio.gather(*(one.read() for _ in range(100)))) == {value}
        assert fact.reads == 2


async def test_what_one_process_found_out_another_need_not(servers: Servers) -> None:
    fact = Fact()
    async with process(servers, fact) as one, process(servers, fact) as other:
        await one.read()

        async def is_there() -> bool:
            return (await other.freshness.found(JOE, NAME))[1] is not None

        await eventually(is_there, "Valkey has it")
        assert await other.read() == 0
        assert fact.reads == 1


async def test_one_who_gives_up_does_not_take_the_answer_from_others(servers: Servers) -> None:
    fact = Fact()
    async with process(servers, fact) as one:
        gate = one.stops["before"] = asyncio.Event()
        impatient = asyncio.create_task(one.read())
        await one.reached.wait()
        patient = asyncio.create_task(one.read())
        await asyncio.sleep(0)
        impatient.cancel()
        gate.set()
        assert await patient == 0
        assert fact.reads == 1


async def test_what_fails_is_told_to_all_who_wait_and_tried_again(servers: Servers) -> None:
    fact = Fact()
    async with process(servers, fact) as one:

        async def fail() -> Made:
            await asyncio.sleep(0.01)
            raise errors.Unavailable

        found = await asyncio.gather(
            *(one.kept.answer(NAME, tenant_id=JOE, name=NAME, make=fail) for _ in range(3)), return_exceptions=True
        )
        assert [type(each) for each in found] == [errors.Unavailable] * 3
        assert await one.read() == 0


async def test_kept_answers_take_no_more_room_than_they_may(servers: Servers) -> None:
    async with process(servers, Fact()) as one:
        kept = Kept(one.freshness, FrozenClock(), largest=100_000)

        async def make() -> Made:
            return Made(b"x" * 5_000, 4e9)

        for number in range(50):
            await kept.answer(number, tenant_id=JOE, name=str(number), make=make)
            assert kept.ready(0) is not None
            assert kept.size <= 100_000
        # What is asked for stays, what is not goes.
        assert kept.ready(25) is None
        assert kept.ready(49) is not None


# The whole of it, in two processes' worth of availability


async def test_what_is_written_through_one_is_read_through_the_other_at_once(replicas: World) -> None:
    shop = await opened_shop(replicas)
    chance = random.Random(3)
    for number in range(60):
        start = chance.choice(ALL_DAY)
        writer, *readers = chance.sample([shop, Booker(replicas, shop.tenant, shop.service_id, 1)], 2)
        booking_id = await writer.held(writer.at(start))
        for reader in (*readers, writer):
            assert start not in await reader.offered(), number
        answer = await writer.release(booking_id)
        assert answer.status == 200
        for reader in (*readers, writer):
            assert start in await reader.offered(), number


@pytest.mark.parametrize("change", ["hours", "override", "block", "staff", "service", "holidays"])
async def test_whatever_a_day_follows_from_is_seen_everywhere_at_once(replicas: World, change: str) -> None:
    shop = await opened_shop(replicas)
    other = Booker(replicas, shop.tenant, shop.service_id, 1)
    friday = date(2026, 4, 3)
    assert [await each.offered(friday) for each in (shop, other)] == [ALL_DAY, ALL_DAY]
    owner = shop.tenant.owner
    if change == "hours":
        await shop.tenant.open_daily("09:00", "10:00")
    elif change == "override":
        await owner.post("/api/availability/overrides", {"date": "2026-04-03", "windows": []})
    elif change == "block":
        await owner.post("/api/availability/blocked-dates", {"startDate": "2026-04-03"})
    elif change == "staff":
        colleague = await shop.colleague(serviceIds=[])
        await owner.put(f"/api/staff/{await shop.tenant.staff_id()}", {"active": False})
        assert colleague
    elif change == "service":
        await shop.tenant.service(service_id=shop.service_id, version=2, duration_minutes=480)
    elif change == "holidays":
        await owner.put("/api/availability/holidays", {"closed": True})
    expected = ["09:00"] if change in {"hours", "service"} else []

    async def is_seen() -> bool:
        return [await each.offered(friday) for each in (other, shop)] == [expected, expected]

    if change == "service":
        # The event was applied some moments ago at the latest; it is told of after that.
        await eventually(is_seen, "the service is seen as it is")
    else:
        assert await is_seen()


async def test_a_change_nobody_told_of_is_seen_soon(replicas: World) -> None:
    """As a process leaves it that died between its commit and telling."""
    shop = await opened_shop(replicas)
    other = Booker(replicas, shop.tenant, shop.service_id, 1)
    assert [await each.offered() for each in (shop, other)] == [ALL_DAY, ALL_DAY]
    async with replicas.contexts[0].tools.db.transaction(shop.tenant.id) as tx:
        await tx.run(
            "INSERT INTO overrides (id, tenant_id, day, windows) VALUES ($1, $2, $3, '{}')",
            new_id("ovr"),
            shop.tenant.id,
            TUESDAY,
        )
        await tx.run("INSERT INTO changes (tenant_id) VALUES ($1)", shop.tenant.id)

    async def is_seen() -> bool:
        return [await each.offered() for each in (shop, other)] == [[], []]

    async def is_forgotten() -> bool:
        return not await replicas.rows(None, "SELECT 1 FROM changes WHERE tenant_id = $1", shop.tenant.id)

    assert await eventually(is_seen, "the change is seen") < LEASE_SECONDS + 1
    await eventually(is_forgotten, "it was told in the end")


async def test_what_was_told_is_not_noted_for_long(replicas: World) -> None:
    shop = await opened_shop(replicas)
    await asyncio.gather(*(shop.held(shop.at(start)) for start in ALL_DAY))

    async def is_empty() -> bool:
        return not await replicas.rows(None, "SELECT 1 FROM changes")

    await eventually(is_empty, "nothing is left to tell", within=3)


async def test_21_a_hold_that_ends_changes_the_answer_by_itself(replicas: World) -> None:
    shop = await opened_shop(replicas)
    other = Booker(replicas, shop.tenant, shop.service_id, 1)
    await shop.held(shop.at("09:00"))
    for each in (shop, other, shop, other):
        assert await each.offered() == ALL_DAY[1:]
    replicas.clock.advance(seconds=899)
    for each in (shop, other):
        assert await each.offered() == ALL_DAY[1:]
    replicas.clock.advance(seconds=1)
    for each in (shop, other):
        assert await each.offered() == ALL_DAY


async def test_the_passing_of_time_changes_the_answer_by_itself(replicas: World) -> None:
    shop = await opened_shop(replicas, min_notice_minutes=60, booking_window_days=1)
    # It is nine on Monday morning.
    monday, wednesday = TUESDAY - timedelta(days=1), TUESDAY + timedelta(days=1)
    assert (await shop.offered(monday))[0] == "10:00"
    assert await shop.offered(wednesday) == []
    replicas.clock.advance(seconds=1)
    assert (await shop.offered(monday))[0] == "11:00"
    replicas.clock.advance(hours=15, seconds=-2)
    assert await shop.offered(wednesday) == []
    replicas.clock.advance(seconds=1)
    assert await shop.offered(wednesday) == ALL_DAY


async def test_many_who_ask_for_one_day_cost_one_statement(replicas: World) -> None:
    shop = await opened_shop(replicas)
    # From here on it is known whose slug it is, and every connection is there.
    await asyncio.gather(*(shop.offered(TUESDAY + timedelta(days=number)) for number in range(1, 13)))
    with statements(replicas) as said:
        answers = await asyncio.gather(*(shop.offered() for _ in range(60)))
        assert answers == [ALL_DAY] * 60
        assert await shop.offered() == ALL_DAY
    assert len(said) == 1


# Valkey away, hanging, empty, or of an older day


@asynccontextmanager
async def own_valkey(folder: Path) -> AsyncIterator[Valkey]:
    folder.chmod(0o711)  # noqa: ASYNC240 - once, before anything runs
    server = Valkey(folder / "valkey", free_port())
    server.begin()
    server.wait()
    try:
        yield server
    finally:
        server.stop(at_once=True)


async def _agree(shops: list[Booker], chance: random.Random) -> None:
    """A time is taken through one and given up through another; whoever is asked then says so."""
    writer, other = chance.sample(shops, 2)
    start = chance.choice(ALL_DAY)
    booking_id = await writer.held(writer.at(start))
    for reader in (other, writer):
        assert start not in await reader.offered()
    assert (await other.release(booking_id)).status == 200
    for reader in (writer, other):
        assert start in await reader.offered()


async def test_nothing_is_stale_while_valkey_hangs_dies_and_returns(servers: Servers, tmp_path: Path) -> None:
    chance = random.Random(5)
    async with (
        own_valkey(tmp_path) as valkey,
        opened(servers, replicas=2, REDIS_URL=valkey.url, PEEPOPAY_UNLIMITED="1") as world,
    ):
        shop = await opened_shop(world)
        shops = [shop, Booker(world, shop.tenant, shop.service_id, 1)]
        for _ in range(10):
            await _agree(shops, chance)
        # It hangs, and wakes up with what it knew.
        os.kill(valkey._running[-1][1].pid, signal.SIGSTOP)
        await _agree(shops, chance)
        os.kill(valkey._running[-1][1].pid, signal.SIGCONT)
        for _ in range(10):
            await _agree(shops, chance)
        await trusted(world)
        # It dies, and comes back with nothing.
        valkey.stop(at_once=True)
        await _agree(shops, chance)
        valkey.begin()
        valkey.wait()
        for _ in range(10):
            await _agree(shops, chance)
        await trusted(world)
        for _ in range(10):
            await _agree(shops, chance)
