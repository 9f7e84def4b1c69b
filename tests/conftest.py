"""The run itself: its servers, its clock, and tests that are coroutines."""

import pytest

from tests.support import coroutines
from tests.support.clock import FrozenClock
from tests.support.servers import Landlord, Servers, rented

_landlord = pytest.StashKey[Landlord]()


def pytest_configure(config: pytest.Config) -> None:
    # A conftest's own hooks are not asked about fixtures that live as long as the session; a plugin's are.
    config.pluginmanager.register(coroutines)
    # A worker has the landlord's address from its environment.
    if not hasattr(config, "workerinput"):
        config.stash[_landlord] = Landlord()
        config.stash[_landlord].open()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _landlord in config.stash:
        config.stash[_landlord].close()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    """Real PostgreSQL, Valkey and RabbitMQ, with a place of this worker's own; started when first asked for."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    return rented(worker)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()
