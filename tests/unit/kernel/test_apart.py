"""Work on strangers' bytes apart: it can neither hold up, swell nor break the process that asked for it."""

import asyncio
import logging
import os
import socket
import time
from pathlib import Path

import pytest
import uvloop

from services.kernel import apart
from tests.unit.kernel import apart_work as work


async def _run(of: apart.Work, payload: bytes = b"", *, asker: str = "jo", seconds: float = 5) -> bytes:
    return await apart.run(of, payload, of=asker, seconds=seconds, megabytes=256)


def _children() -> set[str]:
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= set((task / "children").read_text().split())
    return found


async def test_bytes_go_there_and_come_back_however_many() -> None:
    payload = os.urandom(6_000_000)
    assert await _run(work.backwards, payload) == payload[::-1]


async def test_it_knows_no_secret_has_no_connection_and_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "plum")
    with socket.socket():
        assert await _run(work.inherited) == b"[]"
    assert await _run(work.surroundings) == repr((["LC_ALL"], [256 * 1_048_576, 5, 0])).encode()


@pytest.mark.parametrize("of", [work.spins, work.swells, work.talks_without_end])
async def test_what_takes_too_much_is_ended(of: apart.Work) -> None:
    before = _children()
    began = time.perf_counter()
    with pytest.raises(apart.NotDone):
        await _run(of, seconds=1)
    assert time.perf_counter() - began < 4
    assert _children() <= before


async def test_what_breaks_is_told_without_a_stranger_s_words(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(apart.NotDone):
        await _run(work.breaks, b"private words")
    (told,) = caplog.records
    assert vars(told)["report"].startswith("ValueError at ")
    assert "private" not in repr(vars(told))
    with pytest.raises(apart.NotDone):
        await _run(work.crashes)


async def test_who_ends_before_all_was_said_harms_nobody() -> None:
    assert await _run(work.ends_before_it_listens, bytes(5_000_000)) == b""


async def test_meanwhile_everything_else_goes_on_and_others_need_not_wait_for_all_of_one_asker() -> None:
    hostile = [asyncio.create_task(_run(work.spins, asker="mallory", seconds=1.5)) for _ in range(4)]
    await asyncio.sleep(0.05)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    assert await _run(work.backwards, b"abc") == b"cba"
    assert time.perf_counter() - began < 1.4
    assert ticks > 3
    assert sum(one.done() for one in hostile) == 0
    for one in (*hostile, ticking):
        one.cancel()
    await asyncio.gather(*hostile, ticking, return_exceptions=True)
    assert _children() == set()


def test_in_the_loop_that_contexts_run_in_it_is_the_same() -> None:
    async def all_of_it() -> None:
        payload = os.urandom(3_000_000)
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.set_inheritable(True)
            # The one is where the answer goes.
            assert await _run(work.inherited) == b"['AF_UNIX']"
        slow = asyncio.create_task(_run(work.spins, asker="mallory", seconds=2))
        await asyncio.sleep(0.1)
        began = time.perf_counter()
        assert await _run(work.backwards, payload) == payload[::-1]
        assert time.perf_counter() - began < 1.8
        with pytest.raises(apart.NotDone):
            await slow
        with pytest.raises(apart.NotDone):
            await _run(work.swells)

    uvloop.run(all_of_it())


async def test_no_more_than_two_are_at_work_at_once() -> None:
    began = time.perf_counter()
    await asyncio.gather(*(_run(work.sleeps, b"0.4", asker=str(number)) for number in range(4)))
    assert time.perf_counter() - began >= 0.8
