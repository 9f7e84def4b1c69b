"""Tests and fixtures may be coroutines. All of a worker's run in one loop, so that a fixture's connections live in it."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

_runner = pytest.StashKey[asyncio.Runner]()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _runner in config.stash:
        config.stash[_runner].close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    _run(pyfuncitem.config, pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    function: Any = fixturedef.func
    if inspect.isasyncgenfunction(function):
        _replace(fixturedef, _yielding(request.config, function))
    elif inspect.iscoroutinefunction(function):
        _replace(fixturedef, _returning(request.config, function))
    try:
        return (yield)
    finally:
        _replace(fixturedef, function)


def _replace(fixturedef: pytest.FixtureDef[Any], function: Callable[..., Any]) -> None:
    fixturedef.func = function  # type: ignore[misc] # declared final, yet the usual way of such plugins


def _run(config: pytest.Config, coroutine: Any) -> Any:
    if _runner not in config.stash:
        config.stash[_runner] = asyncio.Runner()
    return config.stash[_runner].run(coroutine)


def _returning(config: pytest.Config, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def setup(**given: Any) -> Any:
        return _run(config, function(**given))

    return setup


def _yielding(config: pytest.Config, function: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    @functools.wraps(function)
    def setup(**given: Any) -> Iterator[Any]:
        living = _Living(function(**given))
        yield _run(config, living.begin())
        _run(config, living.end())

    return setup


class _Living:
    """A fixture that yields: one task from its beginning to its end, for what it enters must be left by the same."""

    def __init__(self, steps: Any) -> None:
        self._steps = steps
        self._is_over = asyncio.Event()

    async def begin(self) -> Any:
        self._value: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live())
        await asyncio.wait({self._value, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not self._value.done():
            await self._task
        return self._value.result()

    async def end(self) -> None:
        self._is_over.set()
        await self._task

    async def _live(self) -> None:
        self._value.set_result(await anext(self._steps))
        await self._is_over.wait()
        async for _ in self._steps:
            raise AssertionError("a fixture yields once")
