"""The run itself: its servers, and tests that are coroutines."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from tests.support.clock import FrozenClock
from tests.support.servers import Landlord, Servers, rented

_landlord = pytest.StashKey[Landlord]()
_runner = pytest.StashKey[asyncio.Runner]()


def pytest_configure(config: pytest.Config) -> None:
    # A worker has the landlord's address from its environment.
    if not hasattr(config, "workerinput"):
        config.stash[_landlord] = Landlord()
        config.stash[_landlord].open()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _runner in config.stash:
        config.stash[_runner].close()
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


# Tests and fixtures may be coroutines. All of a worker's run in one loop, so that a fixture's connections live in it.


def _run(config: pytest.Config, coroutine: Any) -> Any:
    if _runner not in config.stash:
        config.stash[_runner] = asyncio.Runner()
    return config.stash[_runner].run(coroutine)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}  # noqa: SLF001 - as pytest does
    _run(pyfuncitem.config, pyfuncitem.obj(**given))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    function = fixturedef.func
    if inspect.isasyncgenfunction(function):
        fixturedef.func = _yielding(request.config, function)  # type: ignore[misc] # pytest's own way for such plugins
    elif inspect.iscoroutinefunction(function):
        fixturedef.func = _returning(request.config, function)  # type: ignore[misc] # as above
    try:
        return (yield)
    finally:
        fixturedef.func = function  # type: ignore[misc] # as above


def _returning(config: pytest.Config, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def setup(**given: Any) -> Any:
        return _run(config, function(**given))

    return setup


def _yielding(config: pytest.Config, function: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    @functools.wraps(function)
    def setup(**given: Any) -> Iterator[Any]:
        steps = function(**given)
        yield _run(config, anext(steps))
        if _run(config, _exhausted(steps)):
            return
        raise AssertionError(f"the fixture {function.__name__} yields twice")

    return setup


async def _exhausted(steps: Any) -> bool:
    try:
        await anext(steps)
    except StopAsyncIteration:
        return True
    return False
