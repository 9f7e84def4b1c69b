"""One booking, with its neighbours, for all tests of a file; a test that breaks something mends it again."""

from collections.abc import AsyncIterator

import pytest

from tests.service.booking.world import Shop, World, morning, opened
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers) as world:
        yield world


@pytest.fixture
async def shop(world: World) -> Shop:
    morning(world)
    till = world.till
    till.is_away, till.takes = False, 0.0
    till.charges, till.refunds_wait, till.tells_of_balances = "succeeded", False, True
    till.refused.clear()
    till.answers_lost.clear()
    till.asked.clear()
    world.away.clear()
    world.slow.clear()
    world.waiting.clear()
    return await world.shop()
