"""Notify's tests begin with empty tables."""

from collections.abc import Callable, Mapping

import pytest

from tests.support.environ import environ_of
from tests.support.servers import Servers, emptied


@pytest.fixture
async def environ(servers: Servers) -> Callable[[str], Mapping[str, str]]:
    await emptied(servers, "notify", "sandbox")
    return lambda context: environ_of(servers, context)
