"""One auth for all tests of a file; a test that breaks something opens one of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.service.auth.house import House, opened
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def house(servers: Servers) -> AsyncIterator[House]:
    async with opened(servers) as house:
        yield house
