"""What a process keeps is never older than what was told, whatever becomes of Valkey."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.kernel import errors
from services.kernel.context import connect_valkey
from services.kernel.freshness import LEASE_SECONDS, Freshness
from services.kernel.settings import Settings
from stack.ports import free_port
from stack.servers import Valkey
from tests.support.contexts import eventually
from tests.support.environ import environ_of
from tests.support.proxy import Wire
from tests.support.servers import Servers

JOE = "ten_joe"
ANN = "ten_ann"


@dataclass
class Notes:
    """What the database would say of changes that were perhaps not told."""

    of: dict[str, str] = field(default_factory=dict)
    is_away: bool = False

    async def untold(self) -> Mapping[str, str]:
        if self.is_away:
            raise errors.Unavailable
        return dict(self.of)


@asynccontextmanager
async def process(servers: Servers, valkey: str | None = None, notes: Notes | None = None) -> AsyncIterator[Freshness]:
    """As one process has it, at work and trusted."""
    settings = Settings.read(environ_of(servers, "catalog", REDIS_URL=valkey or servers.valkey))
    client: Redis = connect_valkey(settings)
    freshness = Freshness(client, "things", untold=None if notes is None else notes.untold)
    task = asyncio.create_task(freshness.run())
    try:
        await eventually(freshness.is_trusted, "it is trusted")
        yield freshness
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()


async def test_when_a_change_was_told_every_process_has_forgotten_what_it_kept(servers: Servers) -> None:
    async with process(servers) as one, process(servers) as other:
        for _ in range(50):
            own, kept, untouched = one.epoch(JOE), other.epoch(JOE), other.epoch(ANN)
            began = time.monotonic()
            await one.tell(JOE)
            assert other.epoch(JOE) != kept
            assert one.epoch(JOE) != own
            assert other.epoch(ANN) == untouched
            assert time.monotonic() - began < LEASE_SECONDS / 2
        assert one.is_trusted()
        assert other.is_trusted()


async def test_many_at_once_are_all_heard_of(servers: Servers) -> None:
    async with process(servers) as one, process(servers) as other:
        tenants = [f"ten_{number}" for number in range(200)]
        kept = {tenant: (one.epoch(tenant), other.epoch(tenant)) for tenant in tenants}
        began = time.monotonic()
        await asyncio.gather(*((one if number % 2 else other).tell(t) for number, t in enumerate(tenants)))
        assert time.monotonic() - began < LEASE_SECONDS
        assert all(one.epoch(t) != kept[t][0] and other.epoch(t) != kept[t][1] for t in tenants)


async def test_an_epoch_stays_while_nothing_changes(servers: Servers) -> None:
    async with process(servers) as one:
        kept = one.epoch(JOE)
        await asyncio.sleep(1.2)
        assert one.is_trusted()
        assert one.epoch(JOE) == kept


async def test_after_a_break_everything_counts_as_old_and_trust_comes_back(servers: Servers) -> None:
    async with Wire(servers.valkey) as wire, process(servers, wire.url) as one:
        kept = one.epoch(JOE)
        await wire.cut()
        await eventually(lambda: not one.is_trusted(), "it is not trusted", within=0.5)
        while_away = one.epoch(JOE)
        await wire.mend()
        await eventually(one.is_trusted, "it is trusted again", within=3)
        # Also what was read while nothing could be heard is not kept.
        assert len({kept, while_away, one.epoch(JOE)}) == 3


async def test_whoever_hangs_is_trusted_no_longer_than_the_change_waits(servers: Servers) -> None:
    async with Wire(servers.valkey) as wire, process(servers) as teller, process(servers, wire.url) as deaf:
        kept = deaf.epoch(JOE)
        wire.stall()
        began = time.monotonic()
        await teller.tell(JOE)
        assert not (deaf.is_trusted() and deaf.epoch(JOE) == kept)
        assert time.monotonic() - began < LEASE_SECONDS + 0.5
        await wire.mend()
        await eventually(deaf.is_trusted, "it is trusted again", within=5)
        assert deaf.epoch(JOE) != kept


async def test_who_cannot_reach_valkey_is_heard_of_through_the_database(servers: Servers) -> None:
    notes = Notes()
    async with (
        Wire(servers.valkey) as wire,
        process(servers, wire.url, notes) as teller,
        process(servers, notes=notes) as other,
    ):
        kept, untouched = other.epoch(JOE), other.epoch(ANN)
        generation = await other.generation(JOE)
        await wire.cut()
        notes.of["chg_1"] = JOE
        began = time.monotonic()
        await teller.tell(JOE)
        assert time.monotonic() - began < LEASE_SECONDS + 0.5
        assert other.is_trusted()
        assert other.epoch(JOE) != kept
        assert other.epoch(ANN) == untouched
        assert await other.generation(JOE) != generation


async def test_a_note_is_minded_once(servers: Servers) -> None:
    notes = Notes({"chg_1": JOE})
    async with process(servers, notes=notes) as one:
        kept = one.epoch(JOE)
        await asyncio.sleep(1.2)
        assert one.epoch(JOE) == kept


async def test_nothing_is_trusted_while_the_database_cannot_say_what_was_not_told(servers: Servers) -> None:
    notes = Notes()
    async with process(servers, notes=notes) as one:
        notes.is_away = True
        await eventually(lambda: not one.is_trusted(), "it is not trusted", within=2.5)
        notes.is_away = False
        await eventually(one.is_trusted, "it is trusted again", within=2.5)


async def test_a_machine_that_broke_down_without_a_word_is_waited_for_no_longer_than_its_lease(
    servers: Servers,
) -> None:
    async with Wire(servers.valkey) as wire, process(servers) as teller, process(servers, wire.url):
        # Its connections stay, as far as Valkey can see.
        wire.stall()
        await teller.tell(JOE)
        for _ in range(10):
            began = time.monotonic()
            await teller.tell(JOE)
            assert time.monotonic() - began < 0.5


async def test_with_nobody_listening_nobody_is_waited_for(servers: Servers) -> None:
    settings = Settings.read(environ_of(servers, "catalog"))
    client = connect_valkey(settings)
    alone = Freshness(client, "lonely things")
    began = time.monotonic()
    await alone.tell(JOE)
    assert time.monotonic() - began < 0.5
    assert not alone.is_trusted()
    await client.aclose()


async def test_a_generation_stays_until_a_change_is_told(servers: Servers) -> None:
    async with process(servers) as one, process(servers) as other:
        first = await one.generation(JOE)
        assert first is not None
        assert await other.generation(JOE) == first
        assert await other.generation(ANN) != first
        await one.tell(JOE)
        assert await other.generation(JOE) not in {first, None}


async def test_there_is_no_generation_while_valkey_is_away(servers: Servers) -> None:
    async with Wire(servers.valkey) as wire, process(servers, wire.url) as one:
        await wire.cut()
        assert await one.generation(JOE) is None


@pytest.mark.parametrize("memory", ["lost", "of an older day"])
async def test_no_generation_ever_comes_back(memory: str, servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    tmp_path.chmod(0o711)  # noqa: ASYNC240 - once, before anything runs
    server = Valkey(tmp_path / "valkey", port)
    server.begin()
    server.wait()
    seen: set[str | None] = {None}
    try:
        async with process(servers, server.url) as one:
            seen.add(await one.generation(JOE))
            snapshot = Redis.from_url(server.url)
            key = "things:generation:" + JOE
            token = await snapshot.get(key) or b""
            await snapshot.aclose()
            await one.tell(JOE)
            seen.add(await one.generation(JOE))
            server.stop(at_once=True)
            await eventually(lambda: not one.is_trusted(), "it is not trusted", within=3)
            server.begin()
            server.wait()
            if memory == "of an older day":
                returned = Redis.from_url(server.url)
                await returned.set(key, token)
                await returned.aclose()
            await eventually(one.is_trusted, "it is trusted again", within=5)
            assert await one.generation(JOE) not in seen
    finally:
        server.stop(at_once=True)


async def test_a_process_that_is_told_to_end_ends_whatever_it_is_doing_just_then(servers: Servers) -> None:
    """The client of Valkey swallows one end in a hundred that come while it speaks."""

    async def tell_for_ever(freshness: Freshness) -> None:
        while True:
            await freshness.tell(JOE)

    async with process(servers) as one:
        chatter = asyncio.create_task(tell_for_ever(one))
        settings = Settings.read(environ_of(servers, "catalog", REDIS_URL=servers.valkey))
        client: Redis = connect_valkey(settings)
        for turn in range(30):
            others = [Freshness(client, "things") for _ in range(5)]
            tasks = [asyncio.create_task(other.run()) for other in others]
            await asyncio.sleep(0.02 + turn % 10 / 500)
            for task in tasks:
                task.cancel()
            _, pending = await asyncio.wait(tasks, timeout=2)
            assert not pending
        assert not chatter.done()
        chatter.cancel()
        _, pending = await asyncio.wait([chatter], timeout=LEASE_SECONDS + 1)
        assert not pending
        await client.aclose()
