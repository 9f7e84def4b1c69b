"""One availability for all tests of a file; a test that breaks something opens one of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.service.availability.booker import Booker, opened_shop
from tests.service.availability.world import World, opened
from tests.support.servers import Servers
from tests.support.zones import server_zone

__all__ = ["server_zone"]


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers) as world:
        yield world


@pytest.fixture
async def shop(world: World) -> Booker:
    return await opened_shop(world)
