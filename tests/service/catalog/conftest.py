"""One catalog for all tests of a file; a test that breaks something opens one of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.catalog.house import Business, House, opened
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("logos")
    async with opened(servers, LOGO_FOLDER=str(folder)) as house:
        yield house


@pytest.fixture
async def shop(house: House) -> Business:
    """A business that has just signed up."""
    return await house.business()
