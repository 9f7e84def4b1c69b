"""Rate limits: a burst, then a steady rate, counted in Valkey; without Valkey the product goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from services.kernel.errors import TooOften
from services.kernel.ids import new_id
from services.kernel.limits import Limits
from tests.support import identities, probe
from tests.support.contexts import connected, eventually, running
from tests.support.environ import environ_of
from tests.support.proxy import Wire
from tests.support.servers import Servers


@pytest.fixture
async def valkey(servers: Servers) -> AsyncIterator[Redis]:
    client = Redis.from_url(servers.valkey)
    yield client
    await client.aclose()


async def spend(limits: Limits, whose: str, times: int, *, per_minute: int = 60, burst: int = 5) -> int:
    """How many of so many tries went on."""
    passed = 0
    for _ in range(times):
        try:
            await limits.spend("tries", whose, per_minute=per_minute, burst=burst)
            passed += 1
        except TooOften:
            pass
    return passed


async def test_a_burst_passes_and_what_is_over_it_is_told_when_to_come_back(valkey: Redis) -> None:
    limits, whose = Limits(valkey, context="probe"), new_id("ten")
    assert await spend(limits, whose, 9) == 5
    with pytest.raises(TooOften) as caught:
        await limits.spend("tries", whose, per_minute=60, burst=5)
    assert caught.value.retry_after == 1


async def test_an_allowance_comes_back_at_its_rate(valkey: Redis) -> None:
    limits, whose = Limits(valkey, context="probe"), new_id("ten")
    # One every 200 ms.
    assert await spend(limits, whose, 10, per_minute=300, burst=3) == 3
    await asyncio.sleep(0.45)
    assert await spend(limits, whose, 10, per_minute=300, burst=3) == 2


async def test_an_allowance_never_grows_over_its_burst(valkey: Redis) -> None:
    limits, whose = Limits(valkey, context="probe"), new_id("ten")
    await spend(limits, whose, 1, per_minute=6000, burst=3)
    await asyncio.sleep(0.3)
    # At 10 ms each one more may come back while they are spent.
    assert 3 <= await spend(limits, whose, 3, per_minute=6000, burst=3) <= 3


async def test_everybody_and_everything_has_an_allowance_of_its_own(valkey: Redis) -> None:
    limits = Limits(valkey, context="probe")
    one, other = new_id("ten"), new_id("ten")
    assert await spend(limits, one, 6) == 5
    assert await spend(limits, other, 6) == 5
    await limits.spend("something else", one, per_minute=60, burst=5)
    await Limits(valkey, context="echo").spend("tries", one, per_minute=60, burst=5)


async def test_racing_tries_are_counted_exactly(valkey: Redis) -> None:
    limits, whose = Limits(valkey, context="probe"), new_id("ten")
    found = await asyncio.gather(*(spend(limits, whose, 1, per_minute=1, burst=20) for _ in range(100)))
    assert sum(found) == 20


async def test_a_key_does_not_stay_for_ever(valkey: Redis) -> None:
    whose = new_id("ten")
    await spend(Limits(valkey, context="probe"), whose, 5)
    assert 0 < await valkey.pttl(f"probe:limit:tries:{whose}") <= 6_000


async def test_limits_that_are_lifted_count_nothing(valkey: Redis) -> None:
    assert await spend(Limits(valkey, context="probe", lifted=True), new_id("ten"), 50) == 50


async def test_one_business_can_not_use_up_what_is_there_for_all(fresh: Servers, tenant: str) -> None:
    async with running(probe.compose("probe", environ_of(fresh, "probe")), "serve") as client:
        mine = identities.person("usr_1", tenant_id=tenant)
        answers = await asyncio.gather(*(client.get("/api/nothing", headers=mine) for _ in range(10)))
        assert {answer.status_code for answer in answers} == {404}
        answers = await asyncio.gather(*(client.get("/api/notes", headers=mine) for _ in range(230)))
        statuses = [answer.status_code for answer in answers]
        assert 200 <= statuses.count(200) <= 229
        assert statuses.count(429) == 230 - statuses.count(200)
        # Another one notices nothing.
        others = identities.person("usr_2", tenant_id=new_id("ten"))
        assert (await client.get("/api/notes", headers=others)).status_code == 200


async def test_with_valkey_away_the_product_goes_on_and_health_says_so(fresh: Servers, tenant: str) -> None:
    async with Wire(fresh.valkey) as wire:
        context = probe.compose("probe", environ_of(fresh, "probe", REDIS_URL=wire.url))
        async with running(context) as client:
            await connected(context)
            headers = identities.person("usr_1", tenant_id=tenant)
            assert (await client.get("/health/ready")).status_code == 200
            await wire.cut()
            for _ in range(12):
                assert (await client.post("/api/metered")).status_code == 201
            assert (await client.get("/api/notes", headers=headers)).status_code == 200
            health = await client.get("/health/ready")
            assert health.status_code == 503
            assert list(health.json()["error"]["details"]) == ["redis"]
            assert health.json()["error"]["retryable"] is True
            await wire.mend()

            async def is_well() -> bool:
                return (await client.get("/health/ready")).status_code == 200

            await eventually(is_well, "it is well again by itself")


async def test_a_valkey_that_does_not_answer_holds_nobody_up_for_long(fresh: Servers) -> None:
    async with Wire(fresh.valkey) as wire:
        context = probe.compose("probe", environ_of(fresh, "probe", REDIS_URL=wire.url))
        async with running(context, "serve") as client:
            assert (await client.post("/api/metered")).status_code in {201, 429}
            wire.stall()
            took = await eventually(lambda: _goes_on(client), "the call goes on", within=5)
            assert took < 4


async def _goes_on(client: Any) -> bool:
    return (await client.post("/api/metered")).status_code == 201  # type: ignore[no-any-return]
