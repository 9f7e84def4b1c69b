"""The tests' own contexts, on this worker's servers."""

from collections.abc import AsyncIterator

import aio_pika
import asyncpg
import pytest
from redis.asyncio import Redis

from services.kernel.ids import new_id
from tests.support import probe
from tests.support.environ import environ_of
from tests.support.servers import Servers, emptied


@pytest.fixture(scope="session")
async def place(servers: Servers) -> Servers:
    """The servers, with the schemas of `probe` and `echo`."""
    await probe.make_schemas(servers)
    return servers


@pytest.fixture
async def fresh(place: Servers) -> AsyncIterator[Servers]:
    """The same, with nothing left over from another test."""
    await emptied(place, *probe.NAMES)
    async with Redis.from_url(place.valkey) as valkey:
        await valkey.flushdb()
    yield place
    connection = await aio_pika.connect(place.rabbitmq)
    async with connection, connection.channel() as channel:
        for queue in ("echo.probe", "echo.probe.parked"):
            await channel.queue_delete(queue)


@pytest.fixture
def probe_environ(fresh: Servers) -> dict[str, str]:
    return environ_of(fresh, "probe")


@pytest.fixture
def echo_environ(fresh: Servers) -> dict[str, str]:
    return environ_of(fresh, "echo")


@pytest.fixture
async def sql(fresh: Servers) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's look at the database."""
    connection = await asyncpg.connect(fresh.postgres)
    yield connection
    await connection.close()


@pytest.fixture
def tenant() -> str:
    return new_id("ten")
